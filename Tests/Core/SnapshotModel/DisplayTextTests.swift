import SnapshotModel
import TestSupport
import Testing

struct DisplayTextTests {
    @Test(arguments: [
        ("", ""),
        ("plain name.txt", "plain name.txt"),
        ("日本 ü 👩‍🚀", "日本 ü 👩‍🚀"),
        ("a\\b", "a\\\\b"),
        ("\u{0}\t\n\r\u{1B}[31m", "\\x00\\x09\\x0a\\x0d\\x1b[31m"),
        ("\u{7F}\u{80}\u{9F}\u{A0}", "\\x7f\\x80\\x9f\u{A0}"),
        ("\u{202A}\u{202E}\u{2066}\u{2069}", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}"),
        ("\u{2029}\u{202F}", "\u{2029}\u{202F}"),
    ])
    func escapesWhatATerminalWouldObey(text: String, expected: String) {
        #expect(DisplayText.escape(Array(text.utf8)) == expected)
        #expect(FileName(text).display == expected)
    }

    @Test(
        arguments: [
            ([0xFF], "\\xff"),
            ([0x61, 0xE9, 0x62], "a\\xe9b"),
            ([0xC3, 0xBC, 0xFF, 0x5C, 0x0A], "\\xc3\\xbc\\xff\\\\\\x0a"),
            ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
        ] as [([UInt8], String)])
    func escapesBytesThatAreNotUTF8(bytes: [UInt8], expected: String) {
        #expect(DisplayText.escape(bytes) == expected)
    }

    @Test(arguments: seeds(count: 16))
    func neverLetsAControlCharacterThrough(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let text = DisplayText.escape(generator.fileName().bytes)
            #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }
}
