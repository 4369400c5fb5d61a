// What the golden files hold, as values: each is written down here and in make-golden.py, so
// neither side can be wrong alone.

import Cryptography
import RepositoryFormat
import SnapshotModel
import TestSupport

enum Golden {
    static let session = SessionID(RandomBits(high: 0x5E55_1000_0000_0000, low: 1))
    static let nonce = Nonce(RandomBits(high: 0x00CE_0000_0000_0000, low: 2))

    static let fileChunks = [
        Array("varve\n".utf8), Array(String(repeating: "golden ", count: 100).utf8),
    ]

    static func chunkID(of bytes: [UInt8]) -> ChunkID {
        ChunkID(bytes.withUnsafeBytes(SHA256.digest))
    }

    private static let time = Timestamp(seconds: 1_795_463_701, nanoseconds: 123_456_789)
    private static let usual = Metadata(mode: 0o644, userID: 1000, groupID: 1000, modified: time)

    static let entries: [Entry] = {
        let epoch = Timestamp(seconds: 0, nanoseconds: 0)
        let early = Timestamp(seconds: -1, nanoseconds: 999_999_999)
        let ancient = Timestamp(seconds: -62_135_596_800, nanoseconds: 0)
        let lists = ["list 1", "list 2"].map { chunkID(of: Array($0.utf8)) }
        let data = Content(sizeInBytes: 706, levels: 0, chunks: fileChunks.map(chunkID))
        let small = Content(sizeInBytes: 6, levels: 0, chunks: [chunkID(of: fileChunks[0])])
        return [
            entry(
                "\u{1}\"\\\n", .fifo,
                Metadata(mode: 0o600, userID: 0, groupID: 0, modified: epoch)),
            entry("console", .characterDevice(DeviceNumber(major: 5, minor: 1))),
            entry("data", .file(data)),
            entry("disk", .blockDevice(DeviceNumber(major: 259, minor: .max))),
            entry(
                "empty", .file(.empty),
                Metadata(mode: 0o4755, userID: 0, groupID: .max, modified: early)),
            entry("image", .file(Content(sizeInBytes: 1 << 40, levels: 2, chunks: lists))),
            entry("link", .symlink(target: Array("../é".utf8))),
            entry("link2", .symlink(target: [0xFF, 0x2F, 0x78])),
            entry("socket", .socket),
            entry(
                "ü", .directory(.empty),
                Metadata(mode: 0o1777, userID: 1, groupID: 2, modified: ancient)),
            Entry(name: FileName([0xFF, 0xFE]), kind: .file(small), metadata: usual),
        ]
    }()

    private static func entry(
        _ name: String, _ kind: EntryKind, _ metadata: Metadata = usual
    ) -> Entry {
        Entry(name: FileName(name), kind: kind, metadata: metadata)
    }

    static func packContents() throws -> PackContents {
        let listing = try goldenFile("listing.jsonl")
        let length = UInt32(listing.count)
        return PackContents(
            session: session, nonce: nonce,
            blocks: [
                BlockRecord(
                    offset: 8, storedLength: 706, plainLength: 706, codec: .stored, kind: .data),
                BlockRecord(
                    offset: 714, storedLength: length, plainLength: length, codec: .stored,
                    kind: .metadata),
            ],
            chunks: [
                ChunkRecord(id: chunkID(of: fileChunks[0]), block: 0, offset: 0, length: 6),
                ChunkRecord(id: chunkID(of: fileChunks[1]), block: 0, offset: 6, length: 700),
                ChunkRecord(id: chunkID(of: listing), block: 1, offset: 0, length: length),
            ])
    }

    /// The two packs of the index table, in the order of the script.
    static func packs() throws -> [(record: PackRecord, chunks: [ChunkRecord])] {
        let pack = try goldenFile("stored.pack")
        let contents = try packContents()
        let record = PackRecord(
            id: PackID(pack.withUnsafeBytes(SHA256.digest)), sizeInBytes: UInt64(pack.count),
            blocks: contents.blocks)
        return [(record, contents.chunks), otherPack]
    }

    private static let otherPack: (record: PackRecord, chunks: [ChunkRecord]) = {
        var chunks: [ChunkRecord] = []
        var plainLengths: [UInt32] = [0, 0]
        let sources = (0..<60).map { (Array("chunk \($0)".utf8), UInt32(1000 + $0)) }
        for (number, source) in (sources + [(fileChunks[0], 6)]).enumerated() {
            let block = number < 40 ? 0 : 1
            chunks.append(
                ChunkRecord(
                    id: chunkID(of: source.0), block: UInt32(block), offset: plainLengths[block],
                    length: source.1))
            plainLengths[block] += source.1
        }
        let blocks = [
            BlockRecord(
                offset: 8, storedLength: 30_000, plainLength: plainLengths[0], codec: .zstd,
                kind: .data),
            BlockRecord(
                offset: 30_008, storedLength: 5_000, plainLength: plainLengths[1], codec: .zstd,
                kind: .metadata),
        ]
        let trailer = 48 + 2 * 20 + 61 * 36
        let record = PackRecord(
            id: PackID(Array("other pack".utf8).withUnsafeBytes(SHA256.digest)),
            sizeInBytes: UInt64(35_008 + trailer + PackLayout.footerLength), blocks: blocks)
        return (record, chunks)
    }()

    static func manifest() throws -> Manifest {
        let listing = try goldenFile("listing.jsonl")
        let root = RootEntry(
            content: Content(
                sizeInBytes: UInt64(listing.count), levels: 0, chunks: [chunkID(of: listing)]),
            metadata: Metadata(
                mode: 0o755, userID: 1000, groupID: 1000,
                modified: Timestamp(seconds: 1_795_463_700, nanoseconds: 0)))
        let bits = RandomBits(high: 0x0123_4567_89AB_CDEF, low: 0x0123_4567_89AB_CDEF)
        let parent = RandomBits(high: 0xFEDC_BA98_7654_3210, low: 0xFEDC_BA98_7654_3210)
        var manifest = Manifest(
            id: SnapshotID(bits), time: time, session: session, nonce: nonce, root: root)
        manifest.host = "lake"
        manifest.user = "ann"
        manifest.paths = [Array("/home/ann/é".utf8), Array("/home/".utf8) + [0xFF]]
        manifest.tags = ["daily", "quote\"d"]
        manifest.description = "tab\tand line\n"
        manifest.parent = SnapshotID(parent)
        manifest.counts = TreeCounts(files: 4, directories: 2, others: 6, bytes: (1 << 40) + 712)
        manifest.upload = try upload()
        manifest.users = [
            AccountName(number: 0, name: "root"), AccountName(number: 1000, name: "ann"),
        ]
        manifest.groups = [AccountName(number: 1000, name: "staff")]
        manifest.unreadableCount = 2
        manifest.unreadable = [
            UnreadablePath(path: Array("/home/ann/é/x".utf8), reason: "permission denied"),
            UnreadablePath(path: Array("/home/".utf8) + [0xFF, 0x2F, 0x79], reason: "gone"),
        ]
        manifest.tool = "varve 1.0.0"
        return manifest
    }

    private static func upload() throws -> UploadCounts {
        var upload = UploadCounts()
        upload.newBytes = 706
        upload.uploadedBytes = UInt64(
            try goldenFile("stored.pack").count + goldenFile("two-packs.index").count)
        upload.requests.put = 2
        upload.requests.get = 3
        upload.requests.head = 4
        upload.requests.list = 5
        upload.requests.delete = 6
        return upload
    }
}
