import Restoring
import Synchronization

/// How far a restore is, for its progress line.
final class RestoreProgress: Sendable {
    private struct State {
        var total: UInt64
        var estimate: RestoreEstimate?
    }

    private let state: Mutex<State>

    /// - Parameter total: the bytes to write, until the plan tells it better.
    init(total: UInt64) { state = Mutex(State(total: total)) }

    /// What there would be to fetch, once that is known.
    var estimate: RestoreEstimate? { state.withLock { $0.estimate } }

    func plan(bytes: UInt64) { state.withLock { $0.total = bytes } }

    func note(_ estimate: RestoreEstimate) { state.withLock { $0.estimate = estimate } }

    func line(_ counts: RestoreCounts) -> String {
        let total = state.withLock { $0.total }
        return "\(counts.files) files, \(HumanText.bytes(counts.bytes)) of"
            + " \(HumanText.bytes(max(total, counts.bytes)))"
    }
}
