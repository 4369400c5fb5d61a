import RepositoryFormat
import SnapshotModel
import Synchronization

/// Passes events on, and keeps the unreadable paths for the manifest.
final class ProblemList: Sendable {
    private struct State {
        var count: UInt64 = 0
        var first: [UnreadablePath] = []
    }

    private let state = Mutex(State())
    private let next: @Sendable (SnapshotEvent) -> Void

    init(forwardingTo next: @escaping @Sendable (SnapshotEvent) -> Void) { self.next = next }

    /// How many paths are missing, torn, or without attributes, and the first of them.
    var unreadable: (count: UInt64, first: [UnreadablePath]) {
        state.withLock { ($0.count, $0.first) }
    }

    @Sendable func add(_ event: SnapshotEvent) {
        if case .unreadable(let path) = event {
            state.withLock { state in
                state.count += 1
                if state.first.count < FormatLimits.unreadablePaths { state.first.append(path) }
            }
        }
        next(event)
    }
}
