import RepositoryFormat
import TestSupport
import Testing

struct JSONRefusalTests {
    @Test(arguments: [
        "", " ", "[", "]", "{", "}", ",", ":", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]",
        "[1,,2]", "[1}", "[1]]", "[1],", "[[1]", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#,
        #"{,"a":1}"#, #"{"a":1]"#, #"{"a":1 }"#, #"{"a" :1}"#, #"{"a":1,"b"}"#, #"{"a":1;"b":2}"#,
        #"["a""b"]"#, "[[][]]", "[{}{}]", "[1-1]", #"[true"a"]"#, #"{"a":1"b":2}"#,
        #"{"a":[]"b":[]}"#,
        "{a:1}", "{'a':1}", "{1:1}", #"{"a\u0062":1}"#, "[ 1]", "[1 ]", "\n1", "1\n", "1 ", "1,2",
        "\u{FEFF}1", "//", "[1]//",
    ])
    func refusesBrokenStructure(text: String) { expectRefusal(text) }

    @Test(arguments: [
        "tru", "True", "TRUE", "nul", "nulll", "truefalse", "none", "nan", "NaN", "inf", "-inf",
        "infinity", "Infinity", "undefined", "0x10", "0x1p3", "+1", "01", "-", "-01", ".5", "5.",
        "-.5", "1e", "1e+", "1E-", "e5", "1.e5", "--1", "1-1", "1+1", "1.2.3", "1e5.5", "1_000",
    ])
    func refusesWhatIsNoScalar(text: String) { expectRefusal(text) }

    @Test(arguments: [
        "\"", "\"a", "\"\\", "\"\\\"", #""\x""#, #""\a""#, #""\'""#, #""\U0041""#, #""\u""#,
        #""\u12""#, #""\u123""#, #""\u12G4""#, #""\u 123""#, #""\u+123""#, #""\ud800""#,
        #""\udc00""#, #""\ud800A""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\ud800\ud800""#,
        #""\udc00\ud800""#, "\"\n\"", "\"\u{0}\"", "\"\u{1F}\"", "\"\\u\u{10}\u{10}\u{14}\u{11}\"",
        "'a'",
    ])
    func refusesBrokenStrings(text: String) { expectRefusal(text) }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0x61, 0x80],
        ] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        expectRefusal([quote] + bytes + [quote])
        expectRefusal(Array("{\"".utf8) + bytes + Array("\":1}".utf8))
    }

    @Test func refusesEveryControlCharacterInStringsAndKeys() {
        for byte in UInt8(0)..<0x20 {
            expectRefusal([UInt8(ascii: "\""), byte, UInt8(ascii: "\"")])
            expectRefusal(Array("{\"a".utf8) + [byte] + Array("\":1}".utf8))
        }
    }

    @Test func nestingIsReadUpToTheLimitAndNoDeeper() throws {
        let limit = FormatLimits.jsonDepth
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deepest = nested(limit - 1, open, "1", close)
            try reading(deepest) { try $0.skipValue() }
            expectRefusal(nested(limit, open, "1", close))
        }
        expectRefusal(String(repeating: "[", count: 100_000))
    }

    @Test func readersOfPlainTextRefuseEscapesAndOtherScripts() {
        for text in [#""\u0041""#, "\"é\"", "\"a\u{7F}\"", "\"a", "a\""] {
            #expect(throws: refusal(.malformed)) {
                try reading(text) { reader in try reader.plainString().count }
            }
        }
    }

    private func nested(_ depth: Int, _ open: String, _ core: String, _ close: String) -> String {
        String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
    }

    private func expectRefusal(_ text: String) { expectRefusal(Array(text.utf8)) }

    private func expectRefusal(_ bytes: [UInt8]) {
        #expect(throws: refusal(.malformed), "\(String(decoding: bytes, as: UTF8.self))") {
            try reading(bytes) { try $0.skipValue() }
        }
    }
}
