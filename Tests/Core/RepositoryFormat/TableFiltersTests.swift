import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// The filters of many tables answer together as each table does alone.
struct TableFiltersTests {
    /// Opens tables one within the other, and calls `body` with them and their filters.
    private func withFilters(
        _ tables: ArraySlice<[UInt8]>, _ opened: [IndexTable] = [],
        _ body: ([IndexTable], TableFilters) -> Void
    ) throws {
        guard let first = tables.first else {
            var filters = TableFilters()
            for table in opened { filters.append(table) }
            #expect(filters.count == opened.count)
            return body(opened, filters)
        }
        try IndexTables.open(first) { table in
            try withFilters(tables.dropFirst(), opened + [table], body)
        }
    }

    /// The tables that may have a chunk, by their filters.
    private func hits(_ id: ChunkID, _ filters: TableFilters) -> [Int] {
        var hits: [Int] = []
        var position = filters.next(id, from: 0)
        while position < filters.count {
            hits.append(position)
            position = filters.next(id, from: position + 1)
        }
        return hits
    }

    @Test(arguments: seeds(count: 20))
    func `no table that has a chunk is left out`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.array(1...9) { $0.packsWithSharedChunks(1...3) }
        let tables = try packs.map { try IndexTables.build(packs: $0) }
        try withFilters(tables[...]) { tables, filters in
            for chunk in packs.joined().flatMap(\.contents.chunks) {
                let having = tables.indices.filter { tables[$0].contains(chunk.id) }
                let found = Set(hits(chunk.id, filters))
                #expect(!having.isEmpty && found.isSuperset(of: having))
            }
        }
    }

    @Test func `few tables are asked in vain`() throws {
        var generator = SeededGenerator(seed: 4)
        let tables = try (0..<5).map { _ in
            try IndexTables.build(packs: generator.packsWithSharedChunks(20...20))
        }
        try withFilters(tables[...]) { tables, filters in
            let asked = (0..<4000).reduce(0) { sum, _ in
                sum + hits(generator.chunkID(), filters).count
            }
            // One in a hundred, by the size of the filters.
            #expect(asked < 4000 * tables.count / 40)
        }
    }

    @Test func `without tables nothing is found`() {
        var generator = SeededGenerator(seed: 5)
        #expect(TableFilters().next(generator.chunkID(), from: 0) == 0)
    }
}
