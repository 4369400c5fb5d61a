// How chunks are found (Specs/concurrency.md, Readers): in all tables, also in those on which no
// writer relies, and first in packs that nobody has condemned. What is not where the tables say may
// have been moved by a prune meanwhile, so the tables are listed once more before anything counts
// as lost.

package import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

extension ChunkIndex {
    /// How often the tables were looked at again.
    struct Looks {
        var begun = 0
        var ended = 0
        var isRunning = false
        /// Whether the last one has shown the same tables as the one before.
        var hasSettled = false
        /// How many have shown the same tables as the one before.
        var vain = 0

        var mayGoOn: Bool { vain < ChunkIndex.vainLooks && begun < ChunkIndex.mostLooks }
    }

    /// So many looks that show nothing new are sent at most: one for each pack that is gone, and a
    /// repository without packs must not cost thousands.
    private static let vainLooks = 10
    /// So many looks are sent at most: each of those with something new is a prune, or a merge.
    private static let mostLooks = 100

    /// How many looks after the first one have begun.
    var lookCount: Int { looks.read { $0.begun } }

    /// Every place of a chunk that can be found, by the tables or else by the packs' trailers.
    /// - Returns: places in condemned packs last; empty when no pack has the chunk.
    package func locations(of id: ChunkID) throws -> [ChunkLocation] {
        while true {
            let ended = looks.read { $0.ended }
            let found = listedLocations(of: id)
            if !found.isEmpty { return found }
            // A listing need not show one moment: only two that agree tell that it is in no table.
            try look { $0.hasSettled }
            if looks.read({ $0.ended }) == ended { break }
        }
        if try doubtOnce() { return try locations(of: id) }
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
        let (tables, condemned) = state.withLock { ($0.tables, $0.seen.condemned) }
        var locations: [ChunkLocation] = []
        tables.forEach(thatMayHave: id) { table in
            // A table with a damaged entry is as one that does not have it.
            guard let found = try? table.table.locations(of: id) else { return }
            // Nearly always one table has it.
            if locations.isEmpty { locations = found } else { locations += found }
        }
        if locations.count < 2 { return locations }
        // A large pack has more of what is read with it: small ones are gathered in large ones.
        let ranks = locations.enumerated().map { position, location in
            (
                condemned.contains(location.pack) ? 1 : 0,
                UInt64.max - Self.size(of: location.pack, tables.all), position
            )
        }
        return ranks.sorted(by: <).map { locations[$0.2] }
    }

    /// How large a pack is, as the first table tells that lists it.
    private static func size(of pack: PackID, _ tables: [OpenTable]) -> UInt64 {
        for open in tables {
            if let number = open.table.packNumber(of: pack) {
                return open.table.packSizeInBytes(number)
            }
        }
        return 0
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

    /// Looks at the tables themselves that were only remembered, for something is missing, or is
    /// not where they say. What a damaged one has listed is found by the packs' trailers.
    /// - Returns: whether it pays to ask again: one was damaged.
    func doubtOnce() throws -> Bool {
        let doubted = state.withLock { state -> [OpenTable] in
            defer { state.hasDoubted = true }
            return state.hasDoubted ? [] : state.tables.all.filter(\.isRemembered)
        }
        let damaged = Set(doubted.filter { !$0.isIntact() }.compactMap(\.id))
        if damaged.isEmpty { return false }
        let intact = state.withLock { state in
            let intact = state.tables.all.filter { !($0.id.map(damaged.contains) ?? false) }
            state.tables = SearchedTables(intact)
            return intact
        }
        let recovered = try Self.recoverPacks(notIn: intact, store: store)
        let table = try Self.memoryTable(of: recovered)
        state.withLock { $0.tables.append(table) }
        return true
    }

    /// How many tables are open.
    var tableCount: Int { state.withLock { $0.tables.all.count } }

    /// The tables that the last look has shown.
    package var listedTables: Set<TableID> { state.withLock { $0.listed } }

    /// Packs that somebody has condemned, as far as every look so far has told.
    package var condemnedPacks: Set<PackID> { state.withLock { $0.seen.condemned } }

    /// Sessions that are dead, as far as every look so far has told.
    package var deadSessions: Set<SessionID> { state.withLock { $0.seen.dead } }

    /// Looks at the tables once more, when packs turn out to be gone: a prune has copied what is
    /// needed to others, and listed it, before it deleted them.
    /// - Parameters:
    ///   - number: how many looks had begun when the packs were missed.
    ///   - count: `tableCount` before the caller has asked where something is.
    /// - Returns: whether it pays to ask again.
    func look(after number: Int, tableCount count: Int) throws -> Bool {
        try look { $0.ended > number }
        return tableCount > count
    }

    /// Looks, unless that is done already or was done too often. A look of another thread is waited
    /// for; it may have begun too early to be of use, and then another one follows.
    private func look(unless isDone: (Looks) -> Bool) throws {
        let mustLook = looks.wait { looks -> Bool? in
            if isDone(looks) || !looks.mayGoOn { return false }
            if looks.isRunning { return nil }
            looks.isRunning = true
            looks.begun += 1
            return true
        }
        guard mustLook else { return }
        var isNew = true
        defer {
            looks.update { looks in
                looks.isRunning = false
                looks.ended = looks.begun
                looks.hasSettled = !isNew
                looks.vain += isNew ? 0 : 1
            }
        }
        isNew = try lookAgain()
    }

    /// - Returns: whether other tables are there than at the look before.
    private func lookAgain() throws -> Bool {
        let before = state.withLock { $0.listed }
        for _ in 0..<Self.attempts {
            let view = try view()
            let known = state.withLock { state in
                state.note(view)
                return Set(state.tables.all.compactMap(\.id))
            }
            var isGone = false
            let new = view.tables.filter { !known.contains($0.id) }
            for result in try Self.open(new, in: store) {
                switch result {
                case .open(_, let table): state.withLock { $0.tables.append(table) }
                case .damaged: continue
                case .gone: isGone = true
                }
            }
            if !isGone { break }
        }
        return state.withLock { $0.listed } != before
    }
}

extension ChunkIndex.State {
    /// Notes what a look has shown.
    mutating func note(_ view: ChunkIndex.View) {
        listed = Set(view.tables.map(\.id))
        seen.condemned.formUnion(view.distrust.condemned)
        seen.dead.formUnion(view.distrust.dead)
    }
}
