import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

@testable import ChunkStorage

struct TableMergingTests {
    /// The tables after many sessions, by their numbers of chunks, and what merging them cost.
    private struct Tables {
        var sizes: [Int] = []
        var rewritten = 0

        mutating func add(_ newChunks: Int) {
            let chosen = TableMerging.choose(newChunks: newChunks, sizes: sizes)
            #expect(Set(chosen).count == chosen.count)
            let merged = chosen.reduce(0) { $0 + sizes[$1] }
            rewritten += merged
            #expect(chosen.isEmpty || newChunks + merged <= TableMerging.mostChunks)
            let kept = sizes.indices.filter { !chosen.contains($0) }.map { sizes[$0] }
            sizes = kept + [newChunks + merged]
        }

        /// The tiers from 256 chunks up to the size of all tables together.
        var tiers: Int {
            let total = sizes.reduce(0, +)
            var limit = 256
            var tiers = 1
            while limit < total {
                limit *= 4
                tiers += 1
            }
            return tiers
        }
    }

    @Test(arguments: [1, 40, 256, 257, 900])
    func thousandEqualSessionsLeaveFewTables(newChunks: Int) {
        var tables = Tables()
        for _ in 0..<1000 {
            tables.add(newChunks)
            #expect(tables.sizes.count <= 3 * tables.tiers)
        }
        let total = tables.sizes.reduce(0, +)
        #expect(total == 1000 * newChunks)
        // Once a tier, and within the first tier as often as that costs little.
        #expect(tables.rewritten <= total * tables.tiers + 1000 * 256)
    }

    @Test(arguments: [1, 3, 13, 40])
    func `ten thousand small sessions leave hardly more tables than a hundred`(newChunks: Int) {
        var tables = Tables()
        var most = 0
        for number in 1...10_000 {
            tables.add(newChunks)
            if number > 9_000 { most = max(most, tables.sizes.count) }
        }
        #expect(most <= 9)
    }

    @Test(arguments: seeds(count: 6))
    func thousandSessionsOfAnySizeLeaveFewTables(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var tables = Tables()
        for _ in 0..<1000 {
            let largest = 1 << generator.number(in: 0...18)
            tables.add(generator.number(in: 1...largest))
            // Tables near the largest size are left alone; there are few of these too.
            let large = tables.sizes.count { $0 > TableMerging.mostChunks / 4 }
            #expect(tables.sizes.count - large <= 3 * min(tables.tiers, 7))
        }
        let total = tables.sizes.reduce(0, +)
        #expect(tables.sizes.count { $0 > TableMerging.mostChunks / 4 } <= total >> 18)
    }

    @Test func noTablesAreNotMerged() {
        #expect(TableMerging.choose(newChunks: 1, sizes: []).isEmpty)
        #expect(TableMerging.choose(newChunks: 1, sizes: [1, 1]).isEmpty)
        #expect(Set(TableMerging.choose(newChunks: 1, sizes: [1, 1, 1])) == [0, 1, 2])
        #expect(TableMerging.choose(newChunks: 1, sizes: [1000, 1000, 1000]).isEmpty)
        #expect(Set(TableMerging.choose(newChunks: 500, sizes: [9, 9999, 9, 9])) == [0, 2, 3])
        // What a merge has grown to takes in each further table of its size.
        #expect(
            Set(TableMerging.choose(newChunks: 1, sizes: [100, 1000, 100, 100])) == [0, 1, 2, 3])
        #expect(TableMerging.choose(newChunks: 1, sizes: [100, 1100, 100, 100]).count == 3)
        #expect(TableMerging.choose(newChunks: 1, sizes: [1000, 100, 100]).isEmpty)
        let most = TableMerging.mostChunks
        #expect(TableMerging.choose(newChunks: most, sizes: [1, 1, 1]).isEmpty)
    }

    @Test func tablesStayFewAndTheirChunksFound() throws {
        var generator = SeededGenerator(seed: 1)
        let store = MemoryStore()
        var ids: [ChunkID] = []
        for number in 0..<40 {
            let chunks = generator.array(1...5) { $0.bytes(20) }
            ids += try saveChunks(chunks, to: store, generator.sessionIdentity())
            #expect(try store.names(ObjectNames.indexes).count <= min(number + 1, 3))
        }
        let index = try store.openIndex()
        #expect(index.tables.reduce(0) { $0 + $1.table.packCount } == 40)
        let loader = try store.makeLoader(index)
        for id in ids { _ = try loader.load(id) }
        #expect(index.recoveredPacks.isEmpty)
    }

    @Test func whatIsListedIsStoredBeforeAndWhatIsDeletedIsListedBefore() throws {
        var generator = SeededGenerator(seed: 2)
        let store = RecordingStore(MemoryStore())
        for _ in 0..<3 {
            try saveChunks([generator.bytes(20)], to: store, generator.sessionIdentity())
        }
        let old = try store.names(ObjectNames.indexes)
        store.clear()
        let index = try store.openIndex()
        try saveChunks(
            [generator.bytes(20)], to: store, index: index, generator.sessionIdentity())
        let new = try store.names(ObjectNames.indexes)
        let changes = store.calls.filter { $0.operation == .put || $0.operation == .delete }
        try #require(changes.map(\.operation) == [.put, .put, .delete])
        #expect(ObjectNames.packID(changes[0].subjects[0]) != nil)
        #expect(changes[1].subjects == new)
        #expect(changes[2].subjects.sorted() == old)
        // The index of the session goes on without the tables that are gone.
        #expect(index.tables.map { $0.id.map(ObjectNames.table) } == new)
    }
}
