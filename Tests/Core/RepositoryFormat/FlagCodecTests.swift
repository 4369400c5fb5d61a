import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Flags in entries: Specs/repository-format.md section 7.6.
struct FlagCodecTests {
    private static let file =
        #"{"name":"a","type":"file","mode":"0644","uid":1,"gid":2,"#
        + #""mtime":[3,4],"content":{"size":0,"chunks":[]}"#

    private func decode(_ line: String) throws -> Entry {
        try Array(line.utf8).withUnsafeBytes { try EntryCodec.decode($0) }
    }

    @Test func `they stand behind everything else`() throws {
        let text = Self.file + #","hardLink":"b","holes":true,"flags":["immutable","noDump"]}"#
        let entry = try decode(text)
        #expect(entry.flags == [.immutable, .noDump])
        #expect(!entry.hasUnknownKeys)
        #expect(String(decoding: encodeListing([entry]), as: UTF8.self) == text + "\n")
        #expect(try decode(Self.file + "}").flags == [])
    }

    @Test func `each has its word, and the words ascend`() throws {
        let words = FileFlags.words.map { "\($0)" }
        #expect(words == words.sorted() && Set(words).count == 14)
        for (position, word) in words.enumerated() {
            let entry = try decode(Self.file + #","flags":["\#(word)"]}"#)
            #expect(entry.flags.rawValue == 1 << position)
            #expect(entry.flags.words.map { "\($0)" } == [word])
        }
        // Bits without a word are none.
        #expect(FileFlags(rawValue: .max).words.count == words.count)
    }

    @Test(arguments: [
        "[]", "{}", "null", "1", "\"immutable\"", "[1]", "[null]", "[[\"immutable\"]]",
        #"["noDump","immutable"]"#, #"["immutable","immutable"]"#,
        #"["immutable"],"flags":["noDump"]"#,
    ])
    func `refuses`(value: String) {
        #expect(throws: refusal(.malformed)) { try decode(Self.file + #","flags":\#(value)}"#) }
    }

    @Test func `words of a later version are passed over, and told`() throws {
        let entry = try decode(Self.file + #","flags":["fast","immutable","zz"]}"#)
        #expect(entry.flags == .immutable)
        #expect(entry.hasUnknownKeys)
        func many(_ count: Int) -> String {
            let words = (0..<count).map { #""w\#(100 + $0)""# }.joined(separator: ",")
            return Self.file + #","flags":[\#(words)]}"#
        }
        #expect(try decode(many(64)).hasUnknownKeys)
        #expect(throws: refusal(.malformed)) { try decode(many(65)) }
    }

    @Test func `files and folders have flags, all else has none`() throws {
        let folder = Self.file.replacing(#""file""#, with: #""directory""#)
        #expect(try decode(folder + #","flags":["noDump"]}"#).flags == .noDump)
        let pipe = #"{"name":"a","type":"fifo","mode":"0644","uid":1,"gid":2,"mtime":[3,4]"#
        #expect(throws: refusal(.malformed)) { try decode(pipe + #","flags":["noDump"]}"#) }
    }

    @Test func `the root has flags behind its attributes`() {
        let metadata = Metadata(
            mode: 0o755, userID: 1, groupID: 2, modified: Timestamp(seconds: 3, nanoseconds: 4))
        let plain = RootEntry(content: .empty, metadata: metadata)
        let attribute = ExtendedAttribute(name: [0x61], value: .inline([0x62]))
        let flagged = RootEntry(
            content: .empty, metadata: metadata, extendedAttributes: [attribute], flags: .noDump)
        #expect(!String(decoding: EntryCodec.encode(plain), as: UTF8.self).contains("flags"))
        #expect(
            String(decoding: EntryCodec.encode(flagged), as: UTF8.self)
                .hasSuffix(#""xattrs":[{"name":"a","value":"b"}],"flags":["noDump"]}"#))
    }
}
