import FileHandles
import SnapshotModel
import Synchronization

/// Counts what a restore does, and passes events on.
final class RestoreResults: Sendable {
    private let counts = Mutex(RestoreCounts())
    private let report: @Sendable (RestoreEvent) -> Void

    init(_ report: @escaping @Sendable (RestoreEvent) -> Void) { self.report = report }

    var current: RestoreCounts { counts.withLock { $0 } }

    /// Changes the counts and tells how far the restore is.
    func add(_ change: (inout RestoreCounts) -> Void) {
        let now = counts.withLock { counts in
            change(&counts)
            return counts
        }
        report(.progress(now))
    }

    /// Notes a path that could not be written, or not with all its metadata.
    func fail(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.failed += 1 }
        report(.failed(path: path, reason: reason))
    }

    /// Notes a path that could not be written.
    /// - Throws: `RestoreError` `.noSpace`: what follows would fail as well.
    func fail(_ path: [UInt8], _ error: SystemCallError) throws {
        if error.isNoSpace {
            throw RestoreError(code: .noSpace, path: path, cause: error.reason)
        }
        fail(path, error.reason)
    }

    /// Notes a path whose content is damaged.
    func damage(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.damaged += 1 }
        report(.damaged(path: path, reason: reason))
    }
}
