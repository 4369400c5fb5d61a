import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct EntryCodecTests {
    @Test(arguments: seeds(count: 16))
    func decodingGivesTheEncodedEntryBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let entry = generator.entry()
            #expect(try decode(encode(entry)) == entry)
        }
    }

    @Test(arguments: seeds(count: 4))
    func equalEntriesHaveEqualBytes(seed: UInt64) {
        var first = SeededGenerator(seed: seed)
        var second = SeededGenerator(seed: seed)
        for _ in 0..<20 { #expect(encode(first.entry()) == encode(second.entry())) }
    }

    @Test(arguments: seeds(count: 4))
    func differentEntriesHaveDifferentBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let entries = Set((0..<100).map { _ in generator.entry() })
        #expect(Set(entries.map { encode($0) }).count == entries.count)
    }

    @Test func everyKindHasItsCanonicalLine() {
        let id = ChunkID(hexadecimal: String(repeating: "0a", count: 32))!
        let content = Content(sizeInBytes: 5, levels: 0, chunks: [id])
        let large = Content(sizeInBytes: .max, levels: 2, chunks: [id, id])
        let device = DeviceNumber(major: 8, minor: 4_294_967_295)
        let digits = "\"\(id)\""
        let lines: [(EntryKind, String, String)] = [
            (.file(content), "file", #","content":{"size":5,"chunks":[\#(digits)]}"#),
            (
                .directory(large), "directory",
                #","content":{"size":18446744073709551615,"levels":2,"#
                    + "\"chunks\":[\(digits),\(digits)]}"
            ),
            (.file(.empty), "file", #","content":{"size":0,"chunks":[]}"#),
            (.symlink(target: Array("../ü".utf8)), "symlink", #","target":"../ü""#),
            (.symlink(target: [0xFF, 0x2F]), "symlink", #","targetBase64":"/y8=""#),
            (.fifo, "fifo", ""), (.socket, "socket", ""),
            (.characterDevice(device), "characterDevice", #","device":[8,4294967295]"#),
            (.blockDevice(device), "blockDevice", #","device":[8,4294967295]"#),
        ]
        for (kind, type, rest) in lines {
            let entry = Entry(name: FileName("a\"b"), kind: kind, metadata: Self.metadata)
            let expected =
                #"{"name":"a\"b","type":"\#(type)","mode":"4755","uid":0,"gid":4294967295,"#
                + #""mtime":[-1,999999999]\#(rest)}"# + "\n"
            #expect(String(decoding: encode(entry), as: UTF8.self) == expected)
        }
    }

    @Test func namesThatAreNotUTF8StandInBase64() throws {
        let entry = Entry(name: FileName([0x61, 0xFF]), kind: .fifo, metadata: Self.metadata)
        let line = encode(entry)
        #expect(String(decoding: line, as: UTF8.self).hasPrefix(#"{"nameBase64":"Yf8=","type""#))
        #expect(try decode(line) == entry)
    }

    @Test(arguments: [
        #""later":[1,{"x":null}],"#, #""born":{},"#, #""Name":"b","#, #""":0,"#,
    ])
    func flagsKeysThatItDoesNotKnow(member: String) throws {
        let entry = Entry(name: FileName("a"), kind: .socket, metadata: Self.metadata)
        let line = String(decoding: encode(entry), as: UTF8.self)
        let extended = line.replacing("{\"name\"", with: "{\(member)\"name\"")
        let decoded = try decode(Array(extended.utf8))
        #expect(decoded.hasUnknownKeys)
        #expect(decoded.name == entry.name)
        #expect(decoded.kind == entry.kind)
        #expect(decoded.metadata == entry.metadata)
        #expect(try !decode(Array(line.utf8)).hasUnknownKeys)
    }

    @Test func theOrderOfKeysDoesNotMatterToTheReader() throws {
        let line =
            #"{"mtime":[1,2],"gid":4,"uid":3,"target":"t","mode":"0777","type":"symlink","#
            + #""name":"n"}"#
        let time = Timestamp(seconds: 1, nanoseconds: 2)
        let metadata = Metadata(mode: 0o777, userID: 3, groupID: 4, modified: time)
        let entry = Entry(
            name: FileName("n"), kind: .symlink(target: Array("t".utf8)), metadata: metadata)
        #expect(try decode(Array(line.utf8)) == entry)
    }

    private static let metadata = Metadata(
        mode: 0o4755, userID: 0, groupID: .max,
        modified: Timestamp(seconds: -1, nanoseconds: 999_999_999))

    private func encode(_ entry: Entry) -> [UInt8] { encodeListing([entry]) }

    /// Decodes one line; the line feed at its end may be there.
    private func decode(_ line: [UInt8]) throws -> Entry {
        let end = line.last == UInt8(ascii: "\n") ? line.count - 1 : line.count
        return try line[..<end].withUnsafeBytes { try EntryCodec.decode($0) }
    }
}
