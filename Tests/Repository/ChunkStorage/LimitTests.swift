import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct LimitTests {
    /// Keeps everything but packs, of which there are more here than fit into memory.
    private final class PackDroppingStore: ObjectStore {
        private let memory = MemoryStore()
        let location = "nowhere"

        @discardableResult
        func put(_ key: ObjectKey, _ body: ObjectBody) -> StoreTime? {
            ObjectNames.packID(key.description) == nil ? memory.put(key, body) : nil
        }
        func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
            try memory.get(key, range)
        }
        func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try memory.head(key) }
        func list(prefix: String) -> [ListedObject] { memory.list(prefix: prefix) }
        func delete(_ keys: [ObjectKey]) { memory.delete(keys) }
    }

    /// Large chunks that differ in their first bytes, made without a loop over their bytes.
    private func largeChunk(_ number: Int, sizeInBytes: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: sizeInBytes)
        bytes[0] = 0xFF
        bytes[1] = UInt8(truncatingIfNeeded: number >> 8)
        return bytes
    }

    @Test func packsAreFullButNotFuller() throws {
        var generator = SeededGenerator(seed: 1)
        let recording = RecordingStore(PackDroppingStore())
        let size = 5 * 1024 * 1024
        try saveChunks(to: recording, generator.sessionIdentity(), compression: .off) { saver in
            let stream = try saver.makeStream(.data)
            for number in 0..<15 { _ = stream.save(largeChunk(number, sizeInBytes: size)) }
            stream.flush()
        }
        let trailer = 4096
        let packs = recording.calls.filter { $0.operation == .put }.dropLast()
        #expect(packs.map { $0.sizeInBytes / size } == [6, 6, 3])
        #expect(packs.allSatisfy { $0.sizeInBytes <= FormatLimits.packTargetInBytes + trailer })
    }

    @Test func theLargestChunkHasABlockOfItsOwn() throws {
        var generator = SeededGenerator(seed: 2)
        let store = MemoryStore()
        let large = largeChunk(1, sizeInBytes: FormatLimits.chunkInBytes)
        let chunks = [[1, 2], large, [3], largeChunk(2, sizeInBytes: 2 * 1024 * 1024), [4]]
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let contents = try #require(store.packContents().first)
        #expect(contents.chunks.map(\.block) == [0, 1, 2, 3, 4])
        let loader = try store.makeLoader()
        for (id, chunk) in zip(ids, chunks) { #expect(try loader.load(id) == chunk) }
    }

    @Test func blocksTakeChunksUpToTheirTarget() throws {
        var generator = SeededGenerator(seed: 3)
        let store = MemoryStore()
        let size = 100_000
        let chunks = (0..<25).map { largeChunk($0, sizeInBytes: size) }
        try saveChunks(chunks, to: store, generator.sessionIdentity())
        let blocks = try store.packContents().flatMap(\.blocks)
        #expect(blocks.map { Int($0.plainLength) / size } == [10, 10, 5])
        #expect(blocks.allSatisfy { $0.plainLength <= FormatLimits.blockTargetInBytes })
    }

    @Test func blocksOfTinyChunksEndToo() throws {
        var generator = SeededGenerator(seed: 4)
        let store = MemoryStore()
        let count = FormatLimits.chunksPerBlock + 10
        try saveChunks(to: store, generator.sessionIdentity()) { saver in
            let stream = try saver.makeStream(.data)
            for number in 0..<count {
                _ = stream.save([UInt8(number & 255), UInt8(number >> 8), 1])
            }
            stream.flush()
        }
        let contents = try #require(store.packContents().first)
        #expect(contents.chunks.count == count)
        let inFirst = contents.chunks.count { $0.block == 0 }
        #expect(inFirst == FormatLimits.chunksPerBlock)
        // A trailer of that size takes a second read; the index does without any.
        let recording = RecordingStore(store)
        _ = try recording.packContents()
        #expect(recording.calls.map(\.operation) == [.list, .get, .head, .get])
    }

    @Test func aLongSessionListsItsPacksAsItGoes() throws {
        var generator = SeededGenerator(seed: 5)
        let recording = RecordingStore(PackDroppingStore())
        let count = 18
        try saveChunks(to: recording, generator.sessionIdentity(), compression: .off) { saver in
            let stream = try saver.makeStream(.data)
            for number in 0..<count {
                // Two of the largest chunks do not fit into a pack.
                let bytes = largeChunk(number, sizeInBytes: FormatLimits.chunkInBytes)
                _ = stream.save(bytes)
            }
            stream.flush()
        }
        let puts = recording.calls.filter { $0.operation == .put }
        let isTable = puts.map { ObjectNames.tableID($0.subjects[0]) != nil }
        #expect(isTable.count { !$0 } == count)
        #expect(isTable.firstIndex(of: true) == 16)
        #expect(isTable.count { $0 } == 2)
        #expect(isTable.last == true)
    }
}
