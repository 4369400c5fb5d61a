import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Birth times in entries: Specs/repository-format.md section 7.7.
struct BirthTimeCodecTests {
    private static let start =
        #"{"name":"a","type":"file","mode":"0644","uid":1,"gid":2,"#
        + #""mtime":[3,4],"content":{"size":0,"chunks":[]}"#
    private static let moment = Timestamp(seconds: 5, nanoseconds: 6)

    private func decode(_ line: String) throws -> Entry {
        try Array(line.utf8).withUnsafeBytes { try EntryCodec.decode($0) }
    }

    @Test func `they stand behind everything else, and are nothing unknown`() throws {
        let text = Self.start + #","holes":true,"flags":["noDump"],"created":[5,6]}"#
        let entry = try decode(text)
        #expect(entry.created == Self.moment)
        #expect(!entry.hasUnknownKeys)
        #expect(String(decoding: encodeListing([entry]), as: UTF8.self) == text + "\n")
        #expect(try decode(Self.start + "}").created == nil)
    }

    @Test(arguments: ["[-1,999999999]", "[0,0]", "[-9223372036854775808,0]"])
    func `any moment will do`(value: String) throws {
        let text = Self.start + #","created":\#(value)}"#
        #expect(String(decoding: encodeListing([try decode(text)]), as: UTF8.self) == text + "\n")
    }

    @Test(arguments: [
        "{}", "null", "1", "\"1\"", "[]", "[1]", "[1,2,3]", "[1,1000000000]", "[1,-1]",
        "[1.5,0]", "[[1,2]]", #"[1,2],"created":[1,2]"#,
    ])
    func `refuses`(value: String) {
        #expect(throws: refusal(.malformed)) {
            try decode(Self.start + #","created":\#(value)}"#)
        }
    }

    @Test func `the root has one behind its flags`() {
        let metadata = Metadata(
            mode: 0o755, userID: 1, groupID: 2, modified: Timestamp(seconds: 3, nanoseconds: 4))
        let plain = RootEntry(content: .empty, metadata: metadata)
        let born = RootEntry(
            content: .empty, metadata: metadata, flags: .noDump, created: Self.moment)
        #expect(!String(decoding: EntryCodec.encode(plain), as: UTF8.self).contains("created"))
        #expect(
            String(decoding: EntryCodec.encode(born), as: UTF8.self)
                .hasSuffix(#","flags":["noDump"],"created":[5,6]}"#))
    }
}
