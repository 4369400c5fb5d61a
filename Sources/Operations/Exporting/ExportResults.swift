import Synchronization

/// Counts what an export does, and passes events on.
final class ExportResults: Sendable {
    private let counts = Mutex(ExportCounts())
    private let report: @Sendable (ExportEvent) -> Void

    init(_ report: @escaping @Sendable (ExportEvent) -> Void) { self.report = report }

    var current: ExportCounts { counts.withLock { $0 } }

    /// Changes the counts and tells how far the export is.
    func add(_ change: (inout ExportCounts) -> Void) {
        let now = counts.withLock { counts in
            change(&counts)
            return counts
        }
        report(.progress(now))
    }

    /// Notes a path that is not in the stream, or not with all its metadata.
    func fail(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.failed += 1 }
        report(.failed(path: path, reason: reason))
    }

    /// Notes a path whose content is damaged.
    func damage(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.damaged += 1 }
        report(.damaged(path: path, reason: reason))
    }
}
