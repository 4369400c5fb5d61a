import RepositoryFormat
import SnapshotModel

/// Something with an index table, for as long as it lives.
protocol TableHolder: Sendable {
    /// The table.
    var table: IndexTable { get }
}

extension OpenTable: TableHolder {}

/// Tables with their filters side by side, so that a chunk is looked for only in those that may
/// have it.
struct SearchedTables<Holder: TableHolder>: Sendable {
    /// The tables in their order.
    private(set) var all: [Holder] = []
    private var filters = TableFilters()

    /// No tables.
    init() {}

    /// Tables in an order.
    init(_ tables: [Holder]) {
        for table in tables { append(table) }
    }

    /// Adds a table behind the others.
    mutating func append(_ table: Holder) {
        all.append(table)
        filters.append(table.table)
    }

    /// Whether a table that may have the chunk, by its filter, meets a condition.
    func contains(_ id: ChunkID, where condition: (Holder) -> Bool) -> Bool {
        // The filters lie in the memory of the tables.
        withExtendedLifetime(all) {
            var position = filters.next(id, from: 0)
            while position < all.count {
                if condition(all[position]) { return true }
                position = filters.next(id, from: position + 1)
            }
            return false
        }
    }

    /// Calls `body` with each table that may have the chunk, by its filter, in order.
    func forEach(thatMayHave id: ChunkID, _ body: (Holder) -> Void) {
        _ = contains(id) { table in
            body(table)
            return false
        }
    }
}
