import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct DescriptionTests {
    @Test(arguments: seeds(count: 16))
    func decodingGivesTheEncodedDescriptionBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let description = generator.repositoryDescription()
        let bytes = Documents.encode(description)
        #expect(try Documents.decodeDescription(bytes) == description)
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(!bytes.dropLast().contains(UInt8(ascii: "\n")))
    }

    @Test func skipsKeysThatItDoesNotKnow() throws {
        let bytes = Documents.edited(
            Self.document, ",\"id\"", #","later":{"a":[1,2]},"id""#)
        #expect(try Documents.decodeDescription(bytes) == Self.description)
    }

    @Test(arguments: ["0", "2", "10", "18446744073709551615"])
    func anotherVersionIsUnsupportedWhateverFollows(version: String) {
        let text = #"{"format":"varve","version":\#(version),"new":"#
        #expect(throws: refusal(.unsupported)) {
            try Documents.decodeDescription(Array((text + "\n").utf8))
        }
        let edited = Documents.edited(Self.document, "\"version\":1", "\"version\":\(version)")
        #expect(throws: refusal(.unsupported)) { try Documents.decodeDescription(edited) }
    }

    @Test func anEncryptedRepositoryIsUnsupported() {
        let bytes = Documents.edited(Self.document, ",\"id\"", #","encryption":{"a":1},"id""#)
        #expect(throws: refusal(.unsupported)) { try Documents.decodeDescription(bytes) }
    }

    @Test func anotherAlgorithmIsUnsupported() {
        let bytes = Documents.edited(Self.document, "gear-1", "gear-2")
        #expect(throws: refusal(.unsupported)) { try Documents.decodeDescription(bytes) }
    }

    @Test(arguments: [
        ("\"varve\"", "\"varve-snapshot\""), ("\"varve\"", "\"Varve\""), ("\"version\"", "\"v\""),
        ("\"format\"", "\"f\""), ("{\"format\":\"varve\",\"version\":1,", "{\"version\":1,"),
        ("\"version\":1", "\"version\":01"), ("\"version\":1", "\"version\":\"1\""),
        ("\"id\":\"0", "\"id\":\""), ("\"id\":\"0", "\"id\":\"G"), ("\"id\"", "\"ID\""),
        ("\"created\"", "\"made\""), ("2026-", "226-"), ("2026-11-23", "2026-11-31"),
        ("\"chunking\"", "\"chunks\""), ("\"general\"", "\"usual\""), ("\"opaque\"", "\"o\""),
        ("\"page\":8192", "\"page\":8191"), ("\"page\":8192", "\"page\":256"),
        ("\"page\":8192", "\"page\":33554432"), ("\"page\":8192", "\"page\":-8192"),
        (",\"page\":8192", ""), ("\"minimum\":4096", "\"minimum\":63"),
        ("\"minimum\":4096", "\"minimum\":16385"), ("\"average\":16384", "\"average\":16383"),
        ("\"average\":16384", "\"average\":0"), ("\"average\":16384", "\"average\":131072"),
        ("\"maximum\":65536", "\"maximum\":16383"), ("\"maximum\":65536", "\"maximum\":16777217"),
        ("\"maximum\":65536", "\"maximum\":1e4"), ("8192}", "8192}}"),
        ("8192}", "8192}},\"a\":{\"b\":1"), ("8192}", "8192"),
        ("8192}", "8192},"),
    ])
    func refusesBrokenMembersEvenWithAFittingChecksum(part: String, replacement: String) {
        let bytes = Documents.edited(Self.document, part, replacement)
        #expect(throws: refusal(.malformed)) { try Documents.decodeDescription(bytes) }
    }

    @Test func acceptsTheLimitsOfSizes() throws {
        for (part, replacement) in [
            ("\"minimum\":4096", "\"minimum\":64"), ("\"minimum\":4096", "\"minimum\":16384"),
            ("\"maximum\":65536", "\"maximum\":16384"),
            ("\"maximum\":65536", "\"maximum\":16777216"),
            ("\"page\":8192", "\"page\":512"),
        ] {
            let bytes = Documents.edited(Self.document, part, replacement)
            #expect(try Documents.encode(Documents.decodeDescription(bytes)) == bytes)
        }
    }

    private static let description = RepositoryDescription(
        id: RepositoryID(RandomBits(high: 1, low: 2)),
        created: Timestamp(seconds: 1_795_463_701, nanoseconds: 0),
        chunking: ChunkingParameters())
    private static let document = Documents.encode(description)
}
