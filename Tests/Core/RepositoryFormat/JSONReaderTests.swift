import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct JSONReaderTests {
    @Test(arguments: [
        (#""\"\\\/\b\t\n\f\r""#, "\"\\/\u{8}\t\n\u{C}\r"),
        (#""\u0041\u00e9\u00E9\u65e5""#, "Aéé日"),
        (#""\ud83d\ude00\uD83D\uDE00""#, "😀😀"),
        (#""\u0000x""#, "\u{0}x"),
        ("\"\u{7F}é😀\"", "\u{7F}é😀"),
    ])
    func readsEveryEscape(text: String, expected: String) throws {
        #expect(try reading(text) { try $0.string() } == expected)
    }

    @Test(arguments: [
        "0", "-0", "7", "-12", "1.5", "-0.25", "1e5", "1E+5", "2.50e-07", "true", "false", "null",
        "123456789012345678901234567890", #""text""#, "[]", "{}", "[[],{},[1,\"]\"]]",
        #"{"a":{"b":[1,{"c":null}]},"d":"}"}"#,
    ])
    func skipsAnyValue(text: String) throws {
        try reading(text) { try $0.skipValue() }
        let follower = try reading("[\(text),7]") { reader in
            try reader.beginArray()
            _ = try reader.nextElement()
            try reader.skipValue()
            _ = try reader.nextElement()
            let number = try reader.unsigned()
            #expect(try !reader.nextElement())
            return number
        }
        #expect(follower == 7)
    }

    @Test func readsTheExtremesOfEachType() throws {
        #expect(try reading("18446744073709551615") { try $0.unsigned() } == .max)
        #expect(try reading("-9223372036854775808") { try $0.integer(Int64.self) } == .min)
        #expect(try reading("9223372036854775807") { try $0.integer(Int64.self) } == .max)
        #expect(try reading("-128") { try $0.integer(Int8.self) } == -128)
        #expect(try reading("4294967295") { try $0.integer(UInt32.self) } == .max)
    }

    @Test(arguments: [
        "18446744073709551616", "99999999999999999999", "00", "01", "-1", "", "1.0", "1e2", "+1",
        "x", "\"1\"",
    ])
    func refusesWhatIsNoUnsignedNumber(text: String) {
        #expect(throws: refusal(.malformed)) { try reading(text) { try $0.unsigned() } }
    }

    @Test(arguments: ["-9223372036854775809", "9223372036854775808", "-0", "-", "--1", "-01"])
    func refusesWhatIsNoSignedNumber(text: String) {
        #expect(throws: refusal(.malformed)) { try reading(text) { try $0.integer(Int64.self) } }
    }

    @Test(arguments: ["128", "-129", "300", "18446744073709551615"])
    func refusesNumbersThatTheTypeCannotHold(text: String) {
        #expect(throws: refusal(.malformed)) { try reading(text) { try $0.integer(Int8.self) } }
    }

    @Test(arguments: [
        "\"644\"", "\"00644\"", "\"0648\"", "\"06 4\"", "\"+644\"", "0644", "\"064\u{FF}\"", "\"\"",
    ])
    func refusesWhatIsNoMode(text: String) {
        #expect(throws: refusal(.malformed)) { try reading(text) { try $0.octalMode() } }
    }

    @Test func refusesDigestsThatAreNot64Digits() {
        for digits in [0, 63, 65] {
            let text = "\"" + String(repeating: "a", count: digits) + "\""
            #expect(throws: refusal(.malformed)) { try reading(text) { try $0.digest() } }
        }
        let right = String(repeating: "a", count: 64)
        for text in [right, "\"\(right)", "\"\(right.dropLast())A\"", "'\(right)\"", "\"\(right)'"]
        {
            #expect(throws: refusal(.malformed), "\(text)") {
                try reading(text) { try $0.digest() }
            }
        }
    }

    @Test func readsDigestsOneBehindTheOther() throws {
        var generator = SeededGenerator(seed: 3)
        let digests = generator.array(1...20) { $0.chunkID().digest }
        let text = "[" + digests.map { "\"\($0.hexadecimal)\"" }.joined(separator: ",") + "]"
        let found = try reading(text) { reader in
            var found: [Digest256] = []
            try reader.beginArray()
            while try reader.nextElement() { found.append(try reader.digest()) }
            return found
        }
        #expect(found == digests)
    }

    /// Pieces of ASCII, of other characters, of broken ones, and escapes, in any order: what comes
    /// out is what the pieces stand for, and one broken piece makes the whole refused.
    @Test(arguments: seeds(count: 40))
    func readsStringsOfManyPieces(seed: UInt64) throws {
        let pieces: [(text: [UInt8], value: [UInt8]?)] = [
            (Array("plain".utf8), Array("plain".utf8)), (Array("é日".utf8), Array("é日".utf8)),
            (Array(#"\""#.utf8), Array("\"".utf8)), (Array(#"\u00e9"#.utf8), Array("é".utf8)),
            ([0xC3], nil), ([0x80], nil),
        ]
        var generator = SeededGenerator(seed: seed)
        let isBroken = generator.oneIn(3)
        let chosen = generator.array(0...6) { $0.pick(Array(pieces.prefix(isBroken ? 6 : 4))) }
        let text = [UInt8(ascii: "\"")] + chosen.flatMap(\.text) + [UInt8(ascii: "\"")]
        if chosen.allSatisfy({ $0.value != nil }) {
            let expected = chosen.flatMap { $0.value ?? [] }
            #expect(try reading(text) { try $0.utf8String() } == expected)
        } else if String(validating: chosen.flatMap { $0.value ?? $0.text }, as: UTF8.self) == nil {
            #expect(throws: refusal(.malformed)) { try reading(text) { try $0.utf8String() } }
        }
    }

    @Test(arguments: ["0", "7", "4294967295"])
    func readsAccountNumbersOfKeys(text: String) throws {
        #expect(try key("{\"\(text)\":1}") { $0.number } == UInt32(text))
    }

    @Test(arguments: ["", "+7", "-0", "007", "4294967296", "7x", "x", " 7"])
    func keysThatAreNoPlainNumberHaveNone(text: String) throws {
        #expect(try key("{\"\(text)\":1}") { $0.number } == nil)
    }

    @Test func keysMatchTheirWholeTextOnly() throws {
        #expect(try key(#"{"size":1}"#) { "size" ~= $0 })
        #expect(try key(#"{"size":1}"#) { !("siz" ~= $0) && !("sizes" ~= $0) && !("" ~= $0) })
    }

    private func key<Value>(
        _ text: String, _ body: (JSONReader.Key) throws -> Value
    ) throws -> Value {
        try reading(text) { reader in
            try reader.beginObject()
            let value = try body(try #require(try reader.nextKey()))
            try reader.skipValue()
            #expect(try reader.nextKey() == nil)
            return value
        }
    }
}
