import Snapshotting
import Synchronization

/// Keeps the events of a run.
final class EventList: Sendable {
    private let events = Mutex<[SnapshotEvent]>([])

    var all: [SnapshotEvent] { events.withLock { $0 } }

    @Sendable func add(_ event: SnapshotEvent) { events.withLock { $0.append(event) } }
}
