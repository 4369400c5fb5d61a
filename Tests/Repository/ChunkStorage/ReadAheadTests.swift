import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Neighbouring blocks come with one request, and what a network damages is read again.
struct ReadAheadTests {
    private let store = MemoryStore()
    private let recording: RecordingStore
    /// Random bytes, so that the blocks do not shrink.
    private let chunks: [[UInt8]]

    init() {
        recording = RecordingStore(store)
        var generator = SeededGenerator(seed: 1)
        chunks = (0..<40).map { _ in generator.bytes(256 * 1024) }
    }

    private var gets: [RecordingStore.Call] { recording.calls.filter { $0.operation == .get } }

    private func content(_ ids: [ChunkID]) -> Content {
        Content(sizeInBytes: UInt64(ids.count * 256 * 1024), levels: 0, chunks: ids)
    }

    /// Saves chunks of metadata, four to a block.
    private func saveMetadata(_ chunks: [[UInt8]]) throws -> [ChunkID] {
        var generator = SeededGenerator(seed: 2)
        return try saveChunks(to: store, generator.sessionIdentity()) { saver in
            let stream = try saver.makeStream(.metadata)
            let ids = chunks.map { stream.save($0) }
            stream.flush()
            return ids
        }
    }

    @Test func `a file is read with a small request and then one for each 8 MiB`() throws {
        var generator = SeededGenerator(seed: 3)
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let loader = try recording.makeLoader()
        recording.clear()
        #expect(try loader.read(content(ids)) == Array(chunks.joined()))
        #expect(gets.count == 3)
        let block = 1024 * 1024
        #expect(gets[0].range == .from(offset: UInt64(PackLayout.magic.count), length: block))
        #expect(recording.rereads == [])
    }

    @Test func `a part that is not wanted is not read`() throws {
        var generator = SeededGenerator(seed: 3)
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let loader = try recording.makeLoader()
        recording.clear()
        let few = Array(ids[8..<16])
        #expect(try loader.read(content(few)) == Array(chunks[8..<16].joined()))
        let twoBlocks = 2 * 1024 * 1024
        let magic = UInt64(PackLayout.magic.count)
        let expected: [ObjectRange?] = [
            .from(offset: UInt64(twoBlocks) + magic, length: twoBlocks / 2),
            .from(offset: UInt64(twoBlocks) + magic + UInt64(twoBlocks / 2), length: twoBlocks / 2),
        ]
        #expect(gets.map(\.range) == expected)
    }

    @Test(arguments: [0, 3, 100])
    func `metadata comes with what lies around it`(mebibytes: Int) throws {
        let ids = try saveMetadata(chunks)
        let index = try recording.openIndex()
        let loader = try ChunkLoader(
            ChunkLoader.Shared(store: recording, index: index),
            metadataWindowInBytes: mebibytes * 1024 * 1024)
        recording.clear()
        // Back and forth, as trees are walked.
        for number in [39, 0, 38, 1, 37, 2, 36] {
            #expect(try loader.load(ids[number]) == chunks[number])
        }
        let blocks = 2
        #expect(gets.count == (mebibytes == 100 ? 1 : blocks))
        #expect(recording.rereads == [])
    }

    @Test func `a small pack is read as a whole for a block of metadata`() throws {
        var generator = SeededGenerator(seed: 4)
        let ids = try saveChunks(to: store, generator.sessionIdentity()) { saver in
            let streams = try [saver.makeStream(.data), saver.makeStream(.metadata)]
            let ids = streams.map { $0.save(generator.bytes(1000)) }
            for stream in streams { stream.flush() }
            return ids
        }
        let index = try recording.openIndex()
        let loader = try ChunkLoader(
            ChunkLoader.Shared(store: recording, index: index), metadataWindowInBytes: 1)
        recording.clear()
        _ = try loader.load(ids[1])
        let data = try #require(index.locations(of: ids[0]).first)
        let held = try #require(loader.storedBytes(around: data.block, in: data.pack))
        #expect(held.bytes(of: data.block) != nil)
        _ = try loader.load(ids[0])
        #expect(gets.count == 1)
    }

    @Test(arguments: seeds(count: 12))
    func `a bit that is lost on its way does no harm`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let compression = generator.pick([CompressionSetting.off, .zstd(level: 1)])
        let saved = generator.array(3...3) { $0.text(300) }
        let ids = try saveChunks(
            saved, to: store, generator.sessionIdentity(), compression: compression)
        let noisy = NoisyStore(store, prefix: ObjectNames.packs, seed: seed)
        let loader = try noisy.makeLoader()
        for (id, bytes) in zip(ids, saved) { #expect(try loader.load(id) == bytes) }
        #expect(noisy.flips == 1)
    }

    @Test func `a block that is damaged is read twice and not for each of its chunks`() throws {
        var generator = SeededGenerator(seed: 5)
        let saved = generator.array(20...20) { $0.text(300) }
        let ids = try saveChunks(saved, to: store, generator.sessionIdentity())
        let faulty = FaultyStore(store)
        let pack = try #require(store.list(prefix: ObjectNames.packs).first)
        try faulty.flip(pack.key, bit: 8 * 30)
        let counting = RecordingStore(faulty)
        let loader = try counting.makeLoader()
        counting.clear()
        for id in ids { #expect(throws: repositoryError(.damaged)) { try loader.load(id) } }
        #expect(counting.calls.count == 2)
        // A pack that is missing is asked for once, and so is whether there are other ones.
        faulty.lose(pack.key)
        let another = try counting.makeLoader()
        counting.clear()
        for id in ids { #expect(throws: repositoryError(.damaged)) { try another.load(id) } }
        #expect(counting.calls.map(\.operation) == [.get, .list])
    }

    @Test func `what stands before a damaged list of chunks is read`() throws {
        var generator = SeededGenerator(seed: 6)
        let ids = try saveChunks([chunks[0], chunks[1]], to: store, generator.sessionIdentity())
        let lists = try saveChunks(
            [ContentList.encode(ids)], to: store, generator.sessionIdentity())
        let content = Content(
            sizeInBytes: 1024 * 1024, levels: 1, chunks: lists + [generator.chunkID()])
        var bytes: [UInt8] = []
        let loader = try store.makeLoader()
        #expect(throws: repositoryError(.damaged)) {
            try loader.read(content) { bytes.append(contentsOf: $0) }
        }
        #expect(bytes == chunks[0] + chunks[1])
    }
}
