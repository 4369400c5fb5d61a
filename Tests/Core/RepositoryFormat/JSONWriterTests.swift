import Foundation
import RepositoryFormat
import TestSupport
import Testing

struct JSONWriterTests {
    @Test func separatesMembersAndElementsWithCommasOnly() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.number(UInt64(1))
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.string("x")
        writer.endArray()
        writer.key("b")
        writer.boolean(true)
        writer.key(number: 4_294_967_295)
        writer.plain("c")
        writer.endObject()
        writer.endLine()
        writer.boolean(false)
        #expect(text(writer) == "{\"a\":[1,[],{},\"x\"],\"b\":true,\"4294967295\":\"c\"}\nfalse")
        writer.removeAll()
        writer.number(UInt64(7))
        #expect(text(writer) == "7")
    }

    @Test(arguments: [
        ("", "\"\""),
        ("\"\\/", "\"\\\"\\\\/\""),
        ("\u{8}\t\n\u{C}\r", "\"\\b\\t\\n\\f\\r\""),
        ("\u{0}\u{1}\u{B}\u{1F}", "\"\\u0000\\u0001\\u000b\\u001f\""),
        ("\u{7F}\u{80}\u{2028}é👩‍🚀", "\"\u{7F}\u{80}\u{2028}é👩‍🚀\""),
    ])
    func escapesStringsAsRFC8785Says(string: String, expected: String) {
        var writer = JSONWriter()
        writer.string(string)
        #expect(text(writer) == expected)
    }

    @Test func writesTheExtremesOfNumbers() {
        var writer = JSONWriter()
        writer.beginArray()
        for number in [0, 9, 10, UInt64.max] { writer.number(number) }
        for number in [Int64.min, -10, -1, 0, Int64.max] { writer.number(number) }
        writer.endArray()
        #expect(
            text(writer) == "[0,9,10,18446744073709551615,"
                + "-9223372036854775808,-10,-1,0,9223372036854775807]")
    }

    @Test func writesModesWithFourOctalDigits() {
        var writer = JSONWriter()
        writer.beginArray()
        for mode in [0, 0o7, 0o644, 0o7777] as [UInt16] { writer.octal(mode: mode) }
        writer.endArray()
        #expect(text(writer) == #"["0000","0007","0644","7777"]"#)
    }

    @Test(arguments: [(0, "0.000"), (7, "0.007"), (1_050, "1.050"), (61_999, "61.999")])
    func writesMillisecondsAsSeconds(value: UInt64, expected: String) {
        var writer = JSONWriter()
        writer.milliseconds(value)
        #expect(text(writer) == expected)
    }

    @Test(arguments: seeds(count: 8))
    func anotherParserReadsTheSameStrings(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let strings = generator.array(1...50) { $0.string() }
        var writer = JSONWriter()
        writer.beginArray()
        for string in strings { writer.string(string) }
        writer.endArray()
        let decoded = try JSONDecoder().decode([String].self, from: Data(writer.bytes))
        #expect(decoded.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    }

    @Test(arguments: seeds(count: 8))
    func theReaderReadsWhatWasWritten(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let string = generator.string()
            let unsigned: UInt64 = generator.magnitude()
            let signed: Int64 = generator.magnitude()
            let digest = generator.digest()
            let mode = UInt16(generator.number(in: 0...0o7777))
            var writer = JSONWriter()
            writer.beginArray()
            writer.string(string)
            writer.number(unsigned)
            writer.number(signed)
            writer.digest(digest)
            writer.octal(mode: mode)
            writer.endArray()
            try reading(writer.bytes) { reader in
                try reader.beginArray()
                #expect(try reader.nextElement() && reader.utf8String() == Array(string.utf8))
                #expect(try reader.nextElement() && reader.unsigned() == unsigned)
                #expect(try reader.nextElement() && reader.integer(Int64.self) == signed)
                #expect(try reader.nextElement() && reader.digest() == digest)
                #expect(try reader.nextElement() && reader.octalMode() == mode)
                #expect(try !reader.nextElement())
            }
        }
    }

    private func text(_ writer: JSONWriter) -> String {
        String(decoding: writer.bytes, as: UTF8.self)
    }
}
