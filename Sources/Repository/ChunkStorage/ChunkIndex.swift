// The index as one run sees it: the tables that a LIST has shown, mapped as they lie in the store,
// and the chunks that the run itself has claimed and not yet published in a table. Memory does not
// grow with the repository.

import Cryptography
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

/// Where chunks are. Safe to use from any number of threads, once `prepare` has returned.
package final class ChunkIndex: Sendable {
    /// A pack as its trailer describes it.
    package typealias RecoveredPack = (record: PackRecord, chunks: [ChunkRecord])

    struct State {
        var view: View?
        var isPrepared = false
        var tables = SearchedTables<OpenTable>()
        /// Those of the tables that a writer may rely on.
        var reliable = SearchedTables<ReliableTable>()
        var damaged: [DamagedTable] = []
        var recovered: [RecoveredPack] = []
        var claimed: Set<ChunkID> = []
        /// The packs that the run has stored or adopted.
        var own: Set<PackID> = []
        /// Tables on all of whose packs the run relies.
        var reliesOn: Set<TableID> = []
        var hasRecovered = false
        var hasDoubted = false
        var published: [ListedTable] = []
        var merged: [TableID] = []
        /// The tables that the last look has shown.
        var listed: Set<TableID> = []
        /// What every look so far has told to distrust. Readers turn to the rest first.
        var seen = Distrust.nothing
    }

    let state = Mutex(State())
    /// The looks after the first one.
    let looks = Monitor(Looks())
    let view: @Sendable () throws -> View
    let store: any ObjectStore

    /// An index for whoever only reads; it opens its tables when `prepare` is called.
    /// - Parameter tables: what a LIST of `indexes/` has shown; `nil` when `prepare` is to send it.
    package convenience init(_ tables: [ListedTable]?, in store: any ObjectStore) {
        let first = Mutex(tables)
        self.init(
            view: {
                let tables = first.withLock { first in
                    defer { first = nil }
                    return first
                }
                return View(tables: try tables ?? Self.list(in: store), distrust: .nothing)
            }, in: store)
    }

    /// An index with a view of its own; it opens its tables when `prepare` is called: a run that
    /// finds nothing changed never needs them.
    /// - Parameter view: for a writer, the view of its session; called again, it takes another one.
    package init(view: @escaping @Sendable () throws -> View, in store: any ObjectStore) {
        self.view = view
        self.store = store
    }

    /// What a run has seen of the index, a writer when its session began.
    package struct View: Sendable {
        let tables: [ListedTable]
        let distrust: Distrust

        /// A view.
        package init(tables: [ListedTable], distrust: Distrust) {
            self.tables = tables
            self.distrust = distrust
        }
    }

    /// Opens the tables and verifies each, unless that was done before.
    ///
    /// When one is damaged, the packs that no other table lists are found through their trailers.
    package func prepare() throws {
        // The lock is held while the tables are opened: whoever else needs them has to wait anyway.
        try state.withLock { state in
            if state.isPrepared { return }
            // Nothing is kept of an attempt that fails, so that the next one begins anew.
            let (opened, damaged, view) = try openTables(try look(&state))
            state.view = view
            state.note(view)
            var tables = opened
            if !damaged.isEmpty {
                state.recovered = try Self.recoverPacks(notIn: opened, store: store)
                if !state.recovered.isEmpty {
                    tables.append(try Self.memoryTable(of: state.recovered))
                }
            }
            state.tables = SearchedTables(tables)
            let reliable = tables.map { ReliableTable($0, view.distrust) }
            state.reliable = SearchedTables(reliable)
            try Self.relyOnAll(of: state.reliesOn, reliable, damaged.map(\.id))
            state.damaged = damaged
            state.isPrepared = true
        }
    }

    /// Opens the tables of the view. When one is gone, another writer has merged it into one that
    /// the view does not show yet, so another view is taken, with what is distrusted by then: the
    /// other writer may have been declared dead meanwhile.
    private func openTables(
        _ first: View
    ) throws -> (opened: [OpenTable], damaged: [DamagedTable], view: View) {
        var opened: [TableID: OpenTable] = [:]
        var damaged: [DamagedTable] = []
        var view = first
        for _ in 0..<Self.attempts {
            let wanted = view.tables.filter { table in
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
            view = try self.view()
        }
        let tables = opened.values.sorted { $0.table.chunkCount > $1.table.chunkCount }
        return (tables, damaged, view)
    }

    enum Opening: Sendable {
        case open(TableID, OpenTable)
        case damaged(DamagedTable)
        case gone
    }

    /// Opens several tables at once, for a store on the network takes its time for each.
    static func open(
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
    static let attempts = 10
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

    /// Whether there is a view, and it shows no table.
    package var viewIsEmpty: Bool { state.withLock { $0.view?.tables.isEmpty ?? false } }

    /// Whether the tables are open.
    package var isPrepared: Bool { state.withLock { $0.isPrepared } }

    /// Tables that are not what was written. They are left alone; what they listed was found
    /// again in the trailers of the packs.
    package var damagedTables: [DamagedTable] { state.withLock { $0.damaged } }

    /// Packs that no usable table lists and whose trailers were read instead.
    package var recoveredPacks: [RecoveredPack] { state.withLock { $0.recovered } }

    /// Those that a writer may list in a table of its own.
    package var adoptablePacks: [RecoveredPack] {
        state.withLock { state in
            state.recovered.filter { pack in
                !(state.view?.distrust.condemned.contains(pack.record.id) ?? false)
            }
        }
    }

    /// Tables that a writer may merge: not those of dead sessions, which may name packs that are
    /// gone, and not those that others contain already, which some writer may not delete.
    var mergeableTables: [OpenTable] {
        state.withLock { state in
            let dead = state.view?.distrust.dead ?? []
            // Nor those that a later look has shown to whoever reads: the view tells nothing of
            // their sessions.
            let viewed = Set(state.reliable.all.compactMap(\.open.id))
            let tables = state.tables.all.filter { open in
                open.id.map(viewed.contains) ?? false && !dead.contains(open.table.session)
            }
            return tables.filter { table in
                !tables.contains { $0.replaces(table) }
            }
        }
    }

    /// Of these packs, those that no table lists on which a writer may rely, and that are not
    /// condemned: seen in the store, they can be listed again.
    package func unlisted(of packs: Set<PackID>) -> Set<PackID> {
        let (distrust, reliable) = state.withLock {
            ($0.view?.distrust ?? .nothing, $0.reliable.all)
        }
        var unlisted = packs.subtracting(distrust.condemned)
        for table in reliable
        where !unlisted.isEmpty && !distrust.dead.contains(table.open.table.session) {
            unlisted = unlisted.filter { table.open.table.packNumber(of: $0) == nil }
        }
        return unlisted
    }

    /// Of these packs, those on which a writer may rely.
    func usable(_ packs: [PackID]) -> Set<PackID> {
        let condemned = state.withLock { $0.view?.distrust.condemned ?? [] }
        let packs = Set(packs)
        return packs.subtracting(condemned).subtracting(unlisted(of: packs))
    }

    /// The tables, those of memory included.
    package var tables: [OpenTable] { state.withLock { $0.tables.all } }

    /// Whether a table lists the chunk, or this run has claimed it.
    package func contains(_ id: ChunkID) -> Bool {
        let (tables, isClaimed) = state.withLock { ($0.tables, $0.claimed.contains(id)) }
        return isClaimed || tables.contains(id) { $0.table.contains(id) }
    }

    /// Whether a pack has the chunk on which a writer may rely, or this run has claimed the chunk.
    /// The run that is told so relies on it from then on.
    package func rely(on id: ChunkID) -> Bool {
        let (tables, isClaimed) = state.withLock { ($0.reliable, $0.claimed.contains(id)) }
        return isClaimed || tables.contains(id) { $0.rely(on: id) }
    }

    private func look(_ state: inout State) throws -> View {
        if let view = state.view { return view }
        let view = try view()
        state.view = view
        return view
    }

    /// Has the run rely on everything that these tables list.
    ///
    /// Tables never change, so unless something is distrusted nothing needs to be opened.
    /// - Returns: `false` when it cannot: a table is gone, or what it lists is distrusted.
    package func relyOnAll(of tables: [TableID]) throws -> Bool {
        let view = try state.withLock { try look(&$0) }
        guard Set(view.tables.map(\.id)).isSuperset(of: tables) else { return false }
        if view.distrust != .nothing {
            try prepare()
            let reliable = state.withLock { $0.reliable.all }
            do {
                try Self.relyOnAll(of: Set(tables), reliable, damagedTables.map(\.id))
            } catch let error as RepositoryError where error.code == .changed {
                return false
            }
        }
        state.withLock { $0.reliesOn.formUnion(tables) }
        return true
    }

    /// Has the run rely on everything that these tables list, before it has a view: something else
    /// has proven it. When the run needs a view after all, `prepare` looks whether it agrees.
    /// - Precondition: the index is not prepared.
    package func relyOnAll(ofProven tables: [TableID]) {
        state.withLock { state in
            precondition(!state.isPrepared)
            state.reliesOn.formUnion(tables)
        }
    }

    /// - Throws: `RepositoryError` `.changed` when a table is not reliable as a whole.
    private static func relyOnAll(
        of tables: Set<TableID>, _ reliable: [ReliableTable], _ damaged: [TableID]
    ) throws {
        var left = tables.subtracting(damaged)
        // What a damaged table listed was found again, in a table of memory.
        let isRecovered = left.count < tables.count
        for table in reliable {
            if let id = table.open.id {
                if left.contains(id), table.relyOnAll() { left.remove(id) }
            } else if isRecovered, !table.relyOnAll() {
                left.formUnion(damaged)
            }
        }
        guard left.isEmpty else {
            throw RepositoryError(
                .changed, "cannot rely on what the last run knew of the repository",
                cause: "\(left.count) index tables were replaced, or list condemned packs")
        }
    }

    /// Looks at the repository with other eyes: those of a session that began later.
    /// - Returns: `false` when the run relies on something that is distrusted now; then what it has
    ///   built must not be used.
    package func distrust(_ distrust: Distrust) throws -> Bool {
        try state.withLock { state in
            let old = try look(&state)
            guard old.distrust != distrust else { return true }
            if !state.isPrepared, state.reliesOn.isEmpty {
                state.view = View(tables: old.tables, distrust: distrust)
                return true
            }
            state.view = View(tables: old.tables, distrust: distrust)
            // All of them, so that from now on none is relied on wrongly.
            let standing = state.reliable.all.map { $0.distrust(distrust) }
            return state.isPrepared && !standing.contains(false)
                && state.own.isDisjoint(with: distrust.condemned)
        }
    }

    /// Marks a chunk as about to be stored by this run.
    /// - Returns: `false` when it is known already; `true` gives the caller the duty to store it.
    func claim(_ id: ChunkID) -> Bool {
        let tables = state.withLock { state -> SearchedTables<ReliableTable>? in
            state.claimed.contains(id) ? nil : state.reliable
        }
        guard let tables, !tables.contains(id, where: { $0.rely(on: id) }) else { return false }
        return state.withLock { $0.claimed.insert(id).inserted }
    }

    /// Notes a pack that the run is about to store, or adopts.
    func own(_ pack: PackID) { state.withLock { _ = $0.own.insert(pack) } }

    /// Marks a chunk as about to be stored once more by this run, whatever the tables list: its
    /// packs are being given up.
    /// - Returns: `false` when this run stores it already, and has not listed it in a table yet.
    func claimCopy(_ id: ChunkID) -> Bool { state.withLock { $0.claimed.insert(id).inserted } }

    /// Takes a published table in; its chunks need no claim any more.
    func publish(_ table: OpenTable, chunks: [ChunkRecord]) {
        state.withLock { state in
            state.tables.append(table)
            if let id = table.id {
                state.published.append(
                    ListedTable(id: id, sizeInBytes: UInt64(table.sizeInBytes)))
            }
            let distrust = state.view?.distrust ?? .nothing
            state.reliable.append(ReliableTable(table, distrust))
            for chunk in chunks { state.claimed.remove(chunk.id) }
        }
    }

    /// Forgets tables that a published one contains; on which of their packs the run relies stays
    /// known.
    func remove(_ merged: Set<TableID>) {
        state.withLock { state in
            let left = state.tables.all.filter { !($0.id.map(merged.contains) ?? false) }
            state.tables = SearchedTables(left)
            state.merged += merged
        }
    }

    /// The tables that this run has written.
    package var publishedTables: [ListedTable] { state.withLock { $0.published } }

    /// The tables that those contain.
    package var mergedTables: [TableID] { state.withLock { $0.merged } }

    static func open(_ id: TableID, in store: any ObjectStore) throws -> OpenTable {
        try store.load(ObjectKey(ObjectNames.table(id)), isMapped: true) { bytes in
            guard bytes.proof != .none || SHA256.digest(of: bytes.bytes) == id.digest else {
                throw FormatError(
                    .checksumMismatch, in: "index table", at: 0, "hash is not the name")
            }
            let table = try OpenTable(id: id, bytes: bytes)
            // Hashing has touched all of it, and few of its pages are needed soon.
            if bytes.count >= releasedInBytes { bytes.releasePages() }
            return table
        }
    }

    /// Tables from this size on are released once they were verified.
    private static let releasedInBytes = 4 * 1024 * 1024

    static func recoverPacks(
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

    static func memoryTable(of packs: [RecoveredPack]) throws -> OpenTable {
        let zero = RandomBits(high: 0, low: 0)
        var builder = IndexTableBuilder(session: SessionID(zero), nonce: Nonce(zero))
        builder.add(packs)
        return try OpenTable(id: nil, bytes: ObjectBytes(copying: try builder.build()))
    }
}
