import S3Credentials
import Testing

struct CommandWordsTests {
    /// Commands with their words as a POSIX shell finds them.
    static let commands: [(String, [String])] = [
        ("", []), ("   ", []), ("a", ["a"]), ("  a\tb\n c ", ["a", "b", "c"]),
        ("a 'b c' d", ["a", "b c", "d"]), ("a \"b c\" d", ["a", "b c", "d"]),
        ("a'b'\"c\"d", ["abcd"]), ("'' \"\" x", ["", "", "x"]),
        (#"a\ b \'c\" \\"#, ["a b", "'c\"", #"\"#]),
        (#""a\"b\\c\d\$e""#, [#"a"b\c\d\$e"#]), (#"'a\b"c'"#, [#"a\b"c"#]),
        ("'$HOME' $(x) `y` * ; | >", ["$HOME", "$(x)", "`y`", "*", ";", "|", ">"]),
        ("/opt/a b/c # d", ["/opt/a", "b/c", "#", "d"]), ("'日本' \"é\"", ["日本", "é"]),
    ]

    @Test(arguments: 0..<14)
    func wordsAreThoseOfAShell(number: Int) {
        let (command, words) = Self.commands[number]
        #expect(CommandWords.split(command) == words)
    }

    @Test(arguments: ["'a", "a \"b", #"a \"#, #""a\""#, "'a' 'b"])
    func quotesWithoutAnEndAreRefused(command: String) {
        #expect(CommandWords.split(command) == nil)
    }
}
