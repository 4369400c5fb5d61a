import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Random operations on stored chunks, compared with a dictionary.
struct ModelTests {
    /// One repository's chunks, as they are and as they should be.
    private struct Run {
        var generator: SeededGenerator
        let store = MemoryStore()
        var model: [ChunkID: [UInt8]] = [:]
        var index: ChunkIndex

        init(seed: UInt64) throws {
            generator = SeededGenerator(seed: seed)
            index = try store.openIndex()
        }

        mutating func chunk() -> [UInt8] {
            switch generator.number(in: 0...19) {
            case 0...3:
                // Sorted, for the order of a dictionary is another in every process.
                let known = model.keys.sorted()
                return known.isEmpty ? [0] : model[generator.pick(known)] ?? []
            case 4...6: return [UInt8](repeating: 0, count: generator.number(in: 1...5000))
            case 7: return [UInt8](repeating: 7, count: generator.number(in: 1...3 * 1024 * 1024))
            case 8...12: return generator.bytes(generator.number(in: 1...9000))
            default: return generator.text(generator.number(in: 1...9000))
            }
        }

        mutating func session() throws {
            let identity = generator.sessionIdentity()
            let compression: CompressionSetting =
                generator.oneIn(3) ? .off : .zstd(level: generator.number(in: 1...3))
            let known = model
            let store = store
            let newBytes = try saveChunks(
                to: store, index: index, identity, compression: compression
            ) { saver in
                let streams = [try saver.makeStream(.data), try saver.makeStream(.metadata)]
                for _ in 0..<generator.number(in: 0...40) {
                    let stream = generator.pick(streams)
                    let bytes = chunk()
                    model[stream.save(bytes)] = bytes
                    if generator.oneIn(8) { stream.flush() }
                }
                for stream in streams { stream.flush() }
                return saver.newBytes
            }
            let isNew = model.filter { known[$0.key] == nil }
            #expect(newBytes == isNew.reduce(0) { $0 + UInt64($1.value.count) })
        }

        func check(_ index: ChunkIndex) throws {
            let loader = try store.makeLoader(index)
            for (id, bytes) in model {
                #expect(index.contains(id))
                #expect(try loader.load(id) == bytes)
            }
            #expect(index.damagedTables.isEmpty)
        }
    }

    @Test(arguments: seeds(count: 4))
    func whatWasSavedIsLoaded(seed: UInt64) throws {
        var run = try Run(seed: seed)
        for _ in 0..<12 {
            try run.session()
            if run.generator.oneIn(2) { run.index = try run.store.openIndex() }
            if run.generator.oneIn(3) { try run.check(run.index) }
        }
        try run.check(run.index)
        try run.check(run.store.openIndex())
        let unknown = run.generator.chunkID()
        #expect(!run.index.contains(unknown))
        let loader = try run.store.makeLoader()
        #expect(throws: repositoryError(.damaged)) { try loader.load(unknown) }
    }

    @Test(arguments: seeds(count: 2))
    func eachChunkIsStoredOnce(seed: UInt64) throws {
        var run = try Run(seed: seed)
        for _ in 0..<6 { try run.session() }
        let stored = try run.store.packContents().flatMap { $0.chunks.map(\.id) }
        #expect(Set(stored).count == stored.count)
        #expect(Set(stored) == Set(run.model.keys))
    }
}
