import SnapshotModel
import Synchronization

/// Counts what a run does, and reports it now and then.
final class ProgressMeter: Sendable {
    private struct State {
        var counts = TreeCounts()
        var readBytes: UInt64 = 0
        var readFiles: UInt64 = 0
        var lastReport: Timestamp
    }

    /// Five times a second is as often as a person can read.
    private static let intervalInNanoseconds: Int64 = 200_000_000

    private let state: Mutex<State>
    private let expected: TreeCounts?
    private let now: @Sendable () -> Timestamp
    private let newBytes: @Sendable () -> UInt64
    private let report: @Sendable (SnapshotEvent) -> Void

    init(
        expected: TreeCounts?, now: @escaping @Sendable () -> Timestamp,
        newBytes: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.expected = expected
        self.now = now
        self.newBytes = newBytes
        self.report = report
        state = Mutex(State(lastReport: now()))
    }

    /// What was counted.
    var counts: TreeCounts { state.withLock { $0.counts } }
    var readFiles: UInt64 { state.withLock { $0.readFiles } }

    func add(_ counts: TreeCounts) {
        state.withLock { $0.counts += counts }
        reportIfDue()
    }

    func addFile() { state.withLock { $0.readFiles += 1 } }

    func add(readBytes: Int) {
        state.withLock { $0.readBytes += UInt64(readBytes) }
        reportIfDue()
    }

    private func reportIfDue() {
        let time = now()
        let due = state.withLock { state -> SnapshotProgress? in
            let elapsed =
                (time.seconds - state.lastReport.seconds) * 1_000_000_000
                + Int64(time.nanoseconds) - Int64(state.lastReport.nanoseconds)
            guard elapsed >= Self.intervalInNanoseconds else { return nil }
            state.lastReport = time
            return SnapshotProgress(
                counts: state.counts, expected: expected, readBytes: state.readBytes,
                newBytes: newBytes())
        }
        if let due { report(.progress(due)) }
    }
}
