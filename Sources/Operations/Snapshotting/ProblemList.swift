package import ObjectStore
import RepositoryFormat
package import SnapshotModel
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

    /// How many paths are missing or torn, and the first of them.
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

extension RequestCounts {
    /// The requests of some traffic.
    package init(_ traffic: StoreTraffic) {
        self.init()
        put = traffic.puts
        get = traffic.gets
        head = traffic.heads
        list = traffic.lists
        delete = traffic.deletes
    }
}
