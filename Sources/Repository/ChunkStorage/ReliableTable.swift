import RepositoryFormat
import SnapshotModel
import Synchronization

/// An index table as a writer uses it: it remembers on which of its packs the writer relies. Safe
/// to use from any number of threads, also while what is distrusted changes.
final class ReliableTable: TableHolder {
    private struct State {
        /// Whether the session that wrote the table was declared dead: nothing may rely on it.
        var isSuspect = false
        /// The numbers of packs that are condemned; few, and usually none.
        var condemned: Set<Int> = []
        /// For each pack, whether an answer has led the writer to rely on it.
        var relied: [Bool]
    }

    let open: OpenTable
    var table: IndexTable { open.table }
    private let state: Mutex<State>

    init(_ open: OpenTable, _ distrust: Distrust) {
        self.open = open
        state = Mutex(State(relied: [Bool](repeating: false, count: open.table.packCount)))
        _ = self.distrust(distrust)
    }

    /// Whether a pack on which the writer may rely has the chunk; then it relies on that pack.
    func rely(on id: ChunkID) -> Bool {
        guard table.contains(id) else { return false }
        while true {
            let (isSuspect, condemned) = state.withLock { ($0.isSuspect, $0.condemned) }
            guard !isSuspect,
                let pack = open.table.firstPack(of: id, where: { !condemned.contains($0) })
            else { return false }
            // What is distrusted may have changed since: only what is noted now is looked at by
            // whoever changes it.
            let isNoted = state.withLock { state in
                guard !state.isSuspect, !state.condemned.contains(pack) else { return false }
                state.relied[pack] = true
                return true
            }
            if isNoted { return true }
        }
    }

    /// Has the writer rely on all packs of the table.
    /// - Returns: `false` when one of them is distrusted, so that it cannot.
    func relyOnAll() -> Bool {
        state.withLock { state in
            guard !state.isSuspect, state.condemned.isEmpty else { return false }
            for pack in state.relied.indices { state.relied[pack] = true }
            return true
        }
    }

    /// Distrusts packs and sessions from now on.
    /// - Returns: `false` when the writer relies on some of them.
    func distrust(_ distrust: Distrust) -> Bool {
        let numbers = Set(distrust.condemned.compactMap { open.table.packNumber(of: $0) })
        let isSuspect = distrust.dead.contains(open.table.session)
        return state.withLock { state in
            state.isSuspect = isSuspect
            state.condemned = numbers
            return isSuspect
                ? !state.relied.contains(true) : !numbers.contains { state.relied[$0] }
        }
    }
}
