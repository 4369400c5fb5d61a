import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ManifestTests {
    @Test(arguments: seeds(count: 32))
    func decodingGivesTheEncodedManifestBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let manifest = generator.manifest()
        let bytes = Documents.encode(manifest)
        #expect(try Documents.decodeManifest(bytes) == manifest)
        #expect(!bytes.dropLast().contains(UInt8(ascii: "\n")))
    }

    @Test(arguments: seeds(count: 4))
    func theRootIDIsTheHashOfTheRootAlone(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var manifest = generator.manifest()
        let digest = EntryCodec.encode(manifest.root).withUnsafeBytes(fakeHash)
        for _ in 0..<2 {
            let text = String(decoding: Documents.encode(manifest), as: UTF8.self)
            #expect(text.contains("\"rootID\":\"\(digest.hexadecimal)\""))
            manifest.nonce = Nonce(using: &generator)
            manifest.time = generator.calendarTimestamp()
        }
    }

    @Test func refusesARootIDThatIsNotTheRoots() {
        let bytes = Documents.edited(Self.document, "\"uid\":7", "\"uid\":8")
        #expect(throws: refusal(.checksumMismatch)) { try Documents.decodeManifest(bytes) }
    }

    @Test func namesUnreadablePathsUpToTheLimitAndCountsThemAll() throws {
        var manifest = Self.manifest
        let limit = FormatLimits.unreadablePaths
        manifest.unreadable = (0...limit).map {
            UnreadablePath(path: Array("/\($0)".utf8), reason: "gone")
        }
        manifest.unreadableCount = UInt64(limit + 1)
        let decoded = try Documents.decodeManifest(Documents.encode(manifest))
        #expect(decoded.unreadable == Array(manifest.unreadable.prefix(limit)))
        #expect(decoded.unreadableCount == UInt64(limit + 1))
    }

    @Test func skipsKeysThatItDoesNotKnow() throws {
        for (part, replacement) in [
            (",\"id\"", #","later":[{}],"id""#), ("\"put\"", "\"patch\":1,\"put\""),
            ("\"count\"", "\"more\":\"x\",\"count\""), ("{\"path\"", "{\"code\":-1,\"path\""),
        ] {
            let bytes = Documents.edited(Self.document, part, replacement)
            #expect(try Documents.decodeManifest(bytes) == Self.manifest)
        }
    }

    @Test(arguments: ["0", "2", "18446744073709551615"])
    func anotherVersionIsUnsupportedWhateverFollows(version: String) {
        let text = #"{"format":"varve-snapshot","version":\#(version),"new":"#
        #expect(throws: refusal(.unsupported)) {
            try Documents.decodeManifest(Array((text + "\n").utf8))
        }
    }

    @Test(arguments: [
        ("\"varve-snapshot\"", "\"varve\""), ("\"id\":\"0", "\"id\":\"A"), ("\"id\"", "\"ID\""),
        ("\"time\":\"2026", "\"time\":\"20"), ("\"time\"", "\"date\""),
        ("\"session\":\"0", "\"session\":\""), ("\"nonce\":\"0", "\"nonce\":\"x"),
        ("\"parent\":\"0", "\"parent\":\"x"), ("\"parent\":\"0", "\"parent\":\""),
        ("\"root\":", "\"top\":"), ("\"root\":{", "\"root\":{\"name\":\"a\","),
        ("\"root\":{", "\"root\":{\"type\":\"directory\","), ("\"content\"", "\"contents\""),
        ("\"mode\":\"0755\",", ""), ("\"host\":\"h\"", "\"host\":1"),
        ("\"paths\":[", "\"paths\":[1,"), ("\"paths\":[", "\"paths\":[{},"),
        ("\"paths\":[", "\"paths\":[{\"base64\":\"YQ==\"},"), ("\"tags\":[", "\"tags\":[null,"),
        ("\"files\":0", "\"files\":-1"), ("\"put\":0", "\"put\":1.5"),
        ("\"users\":{", "\"users\":{\"x\":\"a\","), ("\"users\":{", "\"users\":{\"-1\":\"a\","),
        ("\"groups\":{", "\"groups\":{\"01\":\"a\","), ("\"groups\":{", "\"groups\":{\"1\":1,"),
        ("\"count\":1", "\"count\":true"), ("\"tool\":\"varve\"", "\"tool\":\"varve\"}"),
        ("\"varve\"", "\"varve\"},\"x\":{\"y\":1"),
    ])
    func refusesBrokenMembersEvenWithAFittingChecksum(part: String, replacement: String) {
        let bytes = Documents.edited(Self.document, part, replacement)
        #expect(throws: refusal(.malformed)) { try Documents.decodeManifest(bytes) }
    }

    private static let manifest: Manifest = {
        let bits = RandomBits(high: 1, low: 2)
        let time = Timestamp(seconds: 1_795_463_701, nanoseconds: 0)
        let metadata = Metadata(mode: 0o755, userID: 7, groupID: 8, modified: time)
        var manifest = Manifest(
            id: SnapshotID(bits), time: time, session: SessionID(bits), nonce: Nonce(bits),
            root: RootEntry(content: .empty, metadata: metadata))
        manifest.host = "h"
        manifest.parent = SnapshotID(bits)
        manifest.tool = "varve"
        manifest.unreadableCount = 1
        manifest.unreadable = [UnreadablePath(path: Array("/x".utf8), reason: "gone")]
        return manifest
    }()
    private static let document = Documents.encode(manifest)
}
