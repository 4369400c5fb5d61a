// The index as one run sees it: the tables that a LIST has shown, mapped as they lie in the store,
// and the chunks that the run itself has claimed and not yet published in a table. Memory does not
// grow with the repository.

import Cryptography
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

/// An index table with the memory that holds it.
package final class OpenTable: Sendable {
    /// The table's name; `nil` for a table that exists in memory only.
    package let id: TableID?
    /// The table.
    package let table: IndexTable
    /// The object's size in bytes.
    package var sizeInBytes: Int { bytes.count }

    private let bytes: ObjectBytes

    init(id: TableID?, bytes: ObjectBytes) throws(FormatError) {
        self.id = id
        self.bytes = bytes
        table = try IndexTable(bytes.bytes)
    }
}

/// An index table as a LIST shows it.
package struct ListedTable: Hashable, Sendable {
    /// The table.
    package let id: TableID
    /// The object's size.
    package let sizeInBytes: UInt64

    /// A table of a listing.
    package init(id: TableID, sizeInBytes: UInt64) {
        self.id = id
        self.sizeInBytes = sizeInBytes
    }
}

/// An index table that could not be used, with the reason.
package struct DamagedTable: Sendable {
    /// The table.
    package let id: TableID
    /// Which check failed.
    package let reason: String
}

/// Where chunks are. Safe to use from any number of threads, once `prepare` has returned.
package final class ChunkIndex: Sendable {
    /// A pack as its trailer describes it.
    package typealias RecoveredPack = (record: PackRecord, chunks: [ChunkRecord])

    private struct State {
        var isPrepared = false
        var tables: [OpenTable] = []
        var damaged: [DamagedTable] = []
        var recovered: [RecoveredPack] = []
        var claimed: Set<ChunkID> = []
        var hasRecovered = false
    }

    private let state = Mutex(State())
    private let listed: [ListedTable]?
    private let store: any ObjectStore

    /// An index that opens its tables when `prepare` is called: a run that finds nothing changed
    /// never needs them.
    /// - Parameter tables: what a LIST of `indexes/` has shown; `nil` when `prepare` is to send
    ///   it.
    package init(_ tables: [ListedTable]?, in store: any ObjectStore) {
        listed = tables
        self.store = store
    }

    /// Opens the tables and verifies each, unless that was done before.
    ///
    /// When one is damaged, the packs that no other table lists are found through their trailers.
    package func prepare() throws {
        // The lock is held while the tables are opened: whoever else needs them has to wait anyway.
        try state.withLock { state in
            if state.isPrepared { return }
            // Nothing is kept of an attempt that fails, so that the next one begins anew.
            let (opened, damaged) = try openTables()
            var tables = opened
            if !damaged.isEmpty {
                state.recovered = try Self.recoverPacks(notIn: opened, store: store)
                if !state.recovered.isEmpty {
                    tables.append(try Self.memoryTable(of: state.recovered))
                }
            }
            state.tables = tables
            state.damaged = damaged
            state.isPrepared = true
        }
    }

    /// Opens the tables of the view. When one is gone, another writer has merged it into one that
    /// the view does not show yet, so the tables are listed again.
    private func openTables() throws -> (opened: [OpenTable], damaged: [DamagedTable]) {
        var opened: [TableID: OpenTable] = [:]
        var damaged: [DamagedTable] = []
        var view = try listed ?? Self.list(in: store)
        for _ in 0..<Self.attempts {
            let wanted = view.filter { table in
                opened[table.id] == nil && !damaged.contains { $0.id == table.id }
            }
            var isGone = false
            for result in try Self.open(wanted, in: store) {
                switch result {
                case .open(let id, let table): opened[id] = table
                case .damaged(let table): damaged.append(table)
                case .gone: isGone = true
                }
            }
            if !isGone { break }
            view = try Self.list(in: store)
        }
        return (opened.values.sorted { $0.table.chunkCount > $1.table.chunkCount }, damaged)
    }

    private enum Opening: Sendable {
        case open(TableID, OpenTable)
        case damaged(DamagedTable)
        case gone
    }

    /// Opens several tables at once, for a store on the network takes its time for each.
    private static func open(
        _ tables: [ListedTable], in store: any ObjectStore
    ) throws -> [Opening] {
        // Tables that no cache can map lie in memory while they come in.
        let coming = Monitor(0)
        return try mapInParallel(tables, threadCount: openingThreads) { table in
            let size = Int(clamping: table.sizeInBytes)
            coming.wait { coming -> Void? in
                guard coming == 0 || coming + size <= openingBytes else { return nil }
                coming += size
                return ()
            }
            defer { coming.update { $0 -= size } }
            do {
                return .open(table.id, try open(table.id, in: store))
            } catch let error as FormatError {
                return .damaged(DamagedTable(id: table.id, reason: "\(error)"))
            } catch let error as StoreError where error.code == .notFound {
                return .gone
            }
        }
    }

    /// How often tables may vanish before what is left has to do.
    private static let attempts = 10
    /// How many tables are opened at once.
    private static let openingThreads = 8
    /// How large the tables that are opened at once may be together; one may be larger.
    private static let openingBytes = 64 * 1024 * 1024

    /// The index tables that are there now: one LIST.
    package static func list(in store: any ObjectStore) throws -> [ListedTable] {
        try store.list(prefix: ObjectNames.indexes).compactMap { object in
            ObjectNames.tableID(object.key.description).map {
                ListedTable(id: $0, sizeInBytes: object.sizeInBytes)
            }
        }
    }

    /// Whether the tables are open.
    package var isPrepared: Bool { state.withLock { $0.isPrepared } }

    /// Tables that are not what was written. They are left alone; what they listed was found
    /// again in the trailers of the packs.
    package var damagedTables: [DamagedTable] { state.withLock { $0.damaged } }

    /// Packs that no usable table lists and whose trailers were read instead.
    package var recoveredPacks: [RecoveredPack] { state.withLock { $0.recovered } }

    /// The tables, those of memory included.
    package var tables: [OpenTable] { state.withLock { $0.tables } }

    /// Whether a usable table lists the chunk, or this run has claimed it.
    package func contains(_ id: ChunkID) -> Bool {
        let (tables, isClaimed) = state.withLock { ($0.tables, $0.claimed.contains(id)) }
        return isClaimed || tables.contains { $0.table.contains(id) }
    }

    /// Marks a chunk as about to be stored by this run.
    /// - Returns: `false` when it is known already; `true` gives the caller the duty to store it.
    func claim(_ id: ChunkID) -> Bool {
        let tables = state.withLock { state -> [OpenTable]? in
            state.claimed.contains(id) ? nil : state.tables
        }
        guard let tables, !tables.contains(where: { $0.table.contains(id) }) else { return false }
        return state.withLock { $0.claimed.insert(id).inserted }
    }

    /// Takes a published table in; its chunks need no claim any more.
    func publish(_ table: OpenTable, chunks: [ChunkRecord]) {
        state.withLock { state in
            state.tables.append(table)
            for chunk in chunks { state.claimed.remove(chunk.id) }
        }
    }

    /// Forgets tables that a published one contains.
    func remove(_ merged: Set<TableID>) {
        state.withLock { state in
            state.tables.removeAll { $0.id.map(merged.contains) ?? false }
        }
    }

    /// Every place of a chunk that can be found, by the tables or else by the packs' trailers.
    /// - Returns: empty when no pack has the chunk.
    package func locations(of id: ChunkID) throws -> [ChunkLocation] {
        let found = listedLocations(of: id)
        if !found.isEmpty { return found }
        return try recoverOnce() ? listedLocations(of: id) : []
    }

    /// The blocks of a pack, as a table lists them.
    /// - Returns: ascending by offset; `nil` when no table lists the pack.
    package func blocks(of pack: PackID) -> [BlockRecord]? {
        for open in tables {
            guard let number = open.table.packNumber(of: pack) else { continue }
            // They lie in order in every table but a hostile one.
            return open.table.pack(number).blocks.sorted { $0.offset < $1.offset }
        }
        return nil
    }

    private func listedLocations(of id: ChunkID) -> [ChunkLocation] {
        var locations: [ChunkLocation] = []
        for table in tables {
            // A table with a damaged entry is as one that does not have it.
            if let found = try? table.table.locations(of: id) { locations += found }
        }
        return locations
    }

    /// Looks through packs that no table lists: a lost table must not make a restore fail.
    private func recoverOnce() throws -> Bool {
        let isFirst = state.withLock { state in
            defer { state.hasRecovered = true }
            return !state.hasRecovered
        }
        guard isFirst else { return false }
        let recovered = try Self.recoverPacks(notIn: tables, store: store)
        guard !recovered.isEmpty else { return false }
        let table = try Self.memoryTable(of: recovered)
        state.withLock { $0.tables.append(table) }
        return true
    }

    static func open(_ id: TableID, in store: any ObjectStore) throws -> OpenTable {
        try store.load(ObjectKey(ObjectNames.table(id)), isMapped: true) { bytes in
            guard bytes.isVerified || SHA256.digest(of: bytes.bytes) == id.digest else {
                throw FormatError(
                    .checksumMismatch, in: "index table", at: 0, "hash is not the name")
            }
            return try OpenTable(id: id, bytes: bytes)
        }
    }

    private static func recoverPacks(
        notIn tables: [OpenTable], store: any ObjectStore
    ) throws -> [RecoveredPack] {
        var listed: Set<PackID> = []
        for open in tables {
            for number in 0..<open.table.packCount { listed.insert(open.table.packID(number)) }
        }
        let names = try store.list(prefix: ObjectNames.packs)
            .compactMap { ObjectNames.packID($0.key.description) }
        return try readTrailers(of: names.filter { !listed.contains($0) }, in: store)
    }

    /// Reads the trailers of packs, several at once.
    /// - Returns: in the order of the names; packs that are gone are left out, and so are damaged
    ///   ones, from which nothing can be taken.
    package static func readTrailers(
        of packs: [PackID], in store: any ObjectStore
    ) throws -> [RecoveredPack] {
        try mapInParallel(packs, threadCount: openingThreads) { id -> RecoveredPack? in
            do {
                let (record, contents) = try PackReader.contents(of: id, in: store)
                return (record, contents.chunks)
            } catch let error as RepositoryError where error.code == .damaged {
                return nil
            } catch let error as StoreError where error.code == .notFound {
                return nil
            }
        }
        .compactMap { $0 }
    }

    private static func memoryTable(of packs: [RecoveredPack]) throws -> OpenTable {
        let zero = RandomBits(high: 0, low: 0)
        var builder = IndexTableBuilder(session: SessionID(zero), nonce: Nonce(zero))
        builder.add(packs)
        return try OpenTable(id: nil, bytes: ObjectBytes(copying: try builder.build()))
    }
}
