import ChunkStorage
import Chunking
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ContentTests {
    private let store = MemoryStore()

    private func build(_ ids: [ChunkID], _ identity: SessionIdentity) throws -> Content {
        try saveChunks(to: store, identity) { saver in
            let lists = try saver.makeStream(.metadata)
            var builder = ContentBuilder(listsTo: lists)
            for id in ids { builder.append(id, sizeInBytes: 3) }
            let content = builder.finish()
            lists.flush()
            return content
        }
    }

    private func chunks(of content: Content) throws -> [ChunkID] {
        var ids: [ChunkID] = []
        try store.makeLoader().forEachChunk(of: content) { ids.append($0) }
        return ids
    }

    /// The names of all list chunks of a content.
    private func lists(of content: Content) throws -> Set<ChunkID> {
        let loader = try store.makeLoader()
        var lists: Set<ChunkID> = []
        var level = content.chunks
        for _ in 0..<content.levels {
            lists.formUnion(level)
            level = try level.flatMap { id in try loader.load(id) { try ContentList.decode($0) } }
        }
        return lists
    }

    @Test(arguments: [0, 1, 255, 256, 257, 258, 300, 512, 1000, 5000, 20_000])
    func aListOfAnyLengthComesBack(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let ids = (0..<count).map { _ in generator.chunkID() }
        let content = try build(ids, generator.sessionIdentity())
        #expect(content.sizeInBytes == UInt64(count) * 3)
        #expect(content.chunks.count <= FormatLimits.inlineChunks)
        #expect((content.levels == 0) == (count <= FormatLimits.inlineChunks))
        #expect(try chunks(of: content) == ids)
        #expect(try build(ids, generator.sessionIdentity()) == content)
    }

    @Test(arguments: [256, 257, 4096, 70_000], [0, 63] as [UInt8])
    func aListOfEqualChunksComesBack(count: Int, lastByte: UInt8) throws {
        // The last byte decides whether each or none of the chunks ends a list.
        var generator = SeededGenerator(seed: 1)
        let bytes = [UInt8](repeating: 1, count: 31) + [lastByte]
        let id = ChunkID(bytes.withUnsafeBytes { Digest256(loading: $0.baseAddress!) })
        let ids = [ChunkID](repeating: id, count: count)
        let content = try build(ids, generator.sessionIdentity())
        #expect(content.levels <= FormatLimits.levels)
        #expect(content.chunks.count <= FormatLimits.inlineChunks)
        #expect(try chunks(of: content) == ids)
        // Equal lists are one chunk each level, but for the last.
        #expect(try lists(of: content).count <= 2 * content.levels)
    }

    @Test(arguments: seeds(count: 4))
    func aSmallChangeOfALongListChangesFewLists(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var ids = (0..<8000).map { _ in generator.chunkID() }
        let before = try lists(of: build(ids, generator.sessionIdentity()))
        #expect(before.count > 60)
        for change in 0..<3 {
            let position = generator.number(in: 0...ids.count - 1)
            switch change {
            case 0: ids[position] = generator.chunkID()
            case 1: ids.insert(generator.chunkID(), at: position)
            default: ids.remove(at: position)
            }
            let content = try build(ids, generator.sessionIdentity())
            #expect(try chunks(of: content) == ids)
            // The list with the change and perhaps its neighbours, for each change.
            let changed = try lists(of: content).subtracting(before)
            #expect(changed.count <= 5 * (change + 1))
        }
    }

    @Test(arguments: seeds(count: 4))
    func streamedBytesComeBackHoweverTheyWereSplit(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = generator.mixedBytes(generator.number(in: 0...60_000))
        let cutter = ChunkCutter(minimum: 64, average: 256, maximum: 1024)
        var contents: Set<Content> = []
        for largest in [1 << 20, 5000, 300] {
            let content = try saveChunks(to: store, generator.sessionIdentity()) { saver in
                let stream = try saver.makeStream(.metadata)
                var content = StreamedContent(to: stream, cutter: cutter)
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(generator.number(in: 0...largest))
                    content.append(Array(piece))
                    rest = rest.dropFirst(piece.count)
                }
                let result = content.finish()
                stream.flush()
                return result
            }
            contents.insert(content)
        }
        #expect(contents.count == 1)
        let content = try #require(contents.first)
        #expect(content.sizeInBytes == UInt64(bytes.count))
        #expect(try store.makeLoader().read(content) == bytes)
    }

    @Test func noBytesAreEmptyContent() throws {
        var generator = SeededGenerator(seed: 1)
        #expect(try build([], generator.sessionIdentity()) == .empty)
        #expect(try store.makeLoader().read(.empty).isEmpty)
    }

    @Test func chunksThatDoNotAddUpAreDamage() throws {
        var generator = SeededGenerator(seed: 2)
        let ids = try saveChunks([[1, 2], [3]], to: store, generator.sessionIdentity())
        let loader = try store.makeLoader()
        #expect(try loader.read(Content(sizeInBytes: 3, levels: 0, chunks: ids)) == [1, 2, 3])
        for size in [0, 2, 4, UInt64.max] {
            let content = Content(sizeInBytes: size, levels: 0, chunks: ids)
            #expect(throws: repositoryError(.damaged)) { try loader.read(content) }
        }
    }

    @Test func aListThatIsNoneIsDamage() throws {
        var generator = SeededGenerator(seed: 3)
        let noLists: [[UInt8]] = [
            [1, 2, 3], generator.bytes(33), generator.bytes(257 * 32),
        ]
        let ids = try saveChunks(noLists, to: store, generator.sessionIdentity())
        let loader = try store.makeLoader()
        for id in ids {
            let content = Content(sizeInBytes: 3, levels: 1, chunks: [id])
            #expect(throws: repositoryError(.damaged)) { try loader.read(content) }
        }
        // A list that names chunks which nobody has stored.
        let list = try saveChunks([generator.bytes(64)], to: store, generator.sessionIdentity())
        let content = Content(sizeInBytes: 3, levels: 1, chunks: list)
        #expect(throws: repositoryError(.damaged)) { try store.makeLoader().read(content) }
    }
}
