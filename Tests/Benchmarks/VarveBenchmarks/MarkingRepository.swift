import ChunkStorage
import Chunking
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport

/// Makes repositories with as many files as one likes, without any data: the listings are real, and
/// the packs of the data exist in the index tables only. Marking never looks at them.
struct MarkingRepository {
    /// As real packs have: blocks of 1 MiB with chunks of 16 KiB, packs of 32 MiB.
    private static let chunksPerBlock = 64
    private static let chunksPerPack = 2048
    private static let chunkInBytes: UInt32 = 16 * 1024
    /// The largest table that writers make.
    private static let packsPerTable = 512
    private static let filesPerFolder = 100
    private static let metadata = Metadata(
        mode: 0o644, userID: 1000, groupID: 1000,
        modified: Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_789))

    private let store: any ObjectStore
    private let chunksPerFile: Int
    private var generator = SeededGenerator(seed: 26)
    private var packs: [(record: PackRecord, chunks: [ChunkRecord])] = []
    private var chunks: [ChunkRecord] = []

    init(store: any ObjectStore, chunksPerFile: Int) {
        self.store = store
        self.chunksPerFile = chunksPerFile
    }

    /// Makes the repository.
    /// - Parameters:
    ///   - files: at least 100; folders of 100 files each lie in folders of 100 folders.
    ///   - snapshots: each one after the first changes 20 folders.
    mutating func make(files: Int, snapshots: Int) throws {
        let repository = try Repository.create(in: store, generator.repositoryDescription())
        let folders = max(1, files / Self.filesPerFolder)
        var leaves: [Content] = []
        for number in 0..<snapshots {
            let identity = generator.sessionIdentity()
            let root = try saveChunks(to: store, identity) { saver in
                let stream = try saver.makeStream(.metadata)
                defer { stream.flush() }
                if number == 0 { leaves.reserveCapacity(folders) }
                for folder in 0..<(number == 0 ? folders : min(20, folders)) {
                    let listing = try leaf(stream)
                    if number == 0 {
                        leaves.append(listing)
                    } else {
                        leaves[(folder * 7919 + number) % folders] = listing
                    }
                }
                return tree(of: leaves, stream)
            }
            try writeTable()
            var manifest = generator.manifest()
            manifest.root = RootEntry(content: root, metadata: Self.metadata)
            manifest.time = Timestamp(seconds: 1_800_000_000 + Int64(number), nanoseconds: 0)
            _ = try repository.save(manifest)
        }
    }

    private mutating func leaf(_ stream: ChunkStream) throws -> Content {
        var entries: [Entry] = []
        for number in 0..<Self.filesPerFolder {
            let ids = try (0..<chunksPerFile).map { _ in try addChunk() }
            let size = UInt64(Self.chunkInBytes) * UInt64(chunksPerFile)
            entries.append(
                Entry(
                    name: FileName("source-file-\(1000 + number).swift"),
                    kind: .file(Content(sizeInBytes: size, levels: 0, chunks: ids)),
                    metadata: Self.metadata))
        }
        return save(entries, stream)
    }

    private func tree(of leaves: [Content], _ stream: ChunkStream) -> Content {
        var level = leaves
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 100).map { start in
                let part = level[start..<min(level.count, start + 100)]
                return save(
                    part.enumerated().map { number, listing in
                        Entry(
                            name: FileName("folder-\(1000 + number)"), kind: .directory(listing),
                            metadata: Self.metadata)
                    }, stream)
            }
        }
        return level[0]
    }

    private func save(_ entries: [Entry], _ stream: ChunkStream) -> Content {
        var writer = JSONWriter()
        for entry in entries { EntryCodec.append(entry, to: &writer) }
        let cutter = ChunkCutter(minimum: 4096, average: 16 * 1024, maximum: 64 * 1024)
        var content = StreamedContent(to: stream, cutter: cutter)
        content.append(writer.bytes)
        return content.finish()
    }

    private mutating func addChunk() throws -> ChunkID {
        let id = generator.chunkID()
        add(id)
        // Every ninth chunk is needed by nothing.
        if generator.oneIn(8) { add(generator.chunkID()) }
        if packs.count == Self.packsPerTable { try writeTable() }
        return id
    }

    private mutating func add(_ id: ChunkID) {
        let block = UInt32(chunks.count / Self.chunksPerBlock)
        let offset = UInt32(chunks.count % Self.chunksPerBlock) * Self.chunkInBytes
        chunks.append(
            ChunkRecord(id: id, block: block, offset: offset, length: Self.chunkInBytes))
        if chunks.count == Self.chunksPerPack { closePack() }
    }

    private mutating func closePack() {
        if chunks.isEmpty { return }
        let plain = UInt32(Self.chunksPerBlock) * Self.chunkInBytes
        let blocks = (0...chunks[chunks.count - 1].block).map { number in
            BlockRecord(
                offset: UInt32(PackLayout.magic.count) + number * (plain / 2),
                storedLength: plain / 2, plainLength: plain, codec: .zstd, kind: .data)
        }
        let size = UInt64(blocks.count + 1) * UInt64(plain / 2)
        packs.append(
            (PackRecord(id: PackID(generator.digest()), sizeInBytes: size, blocks: blocks), chunks))
        chunks.removeAll(keepingCapacity: true)
    }

    private mutating func writeTable() throws {
        closePack()
        if packs.isEmpty { return }
        var builder = IndexTableBuilder(
            session: SessionID(using: &generator), nonce: Nonce(using: &generator))
        builder.add(packs)
        packs = []
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        try store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
    }
}
