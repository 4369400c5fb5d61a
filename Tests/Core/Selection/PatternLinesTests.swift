import Selection
import Testing

/// Lines of pattern files are read as git reads them.
struct PatternLinesTests {
    private func lines(_ text: String) -> [String] {
        PatternLines(Array(text.utf8)).map {
            "\($0.number) \(String(decoding: $0.text, as: UTF8.self))"
        }
    }

    @Test(arguments: [
        ("a\nb\n", ["1 a", "2 b"]), ("a\n\n#c\nb", ["1 a", "4 b"]), ("", []), ("\n", []),
        ("\\#a\n", ["1 \\#a"]), ("a \n", ["1 a"]), ("a\\ \n", ["1 a\\ "]),
        ("a\\  \n", ["1 a\\ "]), ("a b \n", ["1 a b"]), ("a\t\n", ["1 a\t"]), (" a\n", ["1  a"]),
        ("a\r\n", ["1 a"]), ("a \r\n", ["1 a"]), ("a\rb\n", ["1 a\rb"]), ("  \n", []),
        ("\u{FEFF}a\n", ["1 a"]), ("a\0b\nc", ["1 a", "2 c"]), ("a\\", ["1 a\\"]),
        ("a  \\", ["1 a  \\"]),
    ])
    func `spaces, comments and ends`(text: String, expected: [String]) {
        // Compared as bytes: a carriage return and a line feed are one character.
        #expect(lines(text).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }
}
