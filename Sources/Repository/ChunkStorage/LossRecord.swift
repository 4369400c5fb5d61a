import SnapshotModel
import Synchronization

/// Why something is missing that a snapshot needs, as far as anybody has asked.
///
/// Damage, unless whoever knows the snapshot says otherwise; asked again only after the tables
/// were looked at again, so that a repository that lacks much does not cost a request for each
/// chunk.
final class LossRecord: Sendable {
    private struct State {
        /// How many looks at the tables had begun when it was damage last.
        var looks: Int?
        var error: (any Error)?
    }

    private let state = Mutex(State())
    private let explainLoss: @Sendable (Set<SessionID>) throws -> Void

    init(_ explainLoss: @escaping @Sendable (Set<SessionID>) throws -> Void) {
        self.explainLoss = explainLoss
    }

    /// Returns when it is damage.
    /// - Throws: the explanation, once and for all.
    func explain(_ index: ChunkIndex) throws {
        let looks = index.lookCount
        let isKnown = try state.withLock { state in
            if let error = state.error { throw error }
            return state.looks == looks
        }
        if isKnown { return }
        do {
            try explainLoss(index.deadSessions)
            state.withLock { $0.looks = looks }
        } catch {
            state.withLock { $0.error = error }
            throw error
        }
    }

    /// - Throws: the explanation, if there is one.
    func check() throws {
        try state.withLock { state in
            if let error = state.error { throw error }
        }
    }
}
