import FileHandles
import SnapshotModel
import Synchronization

/// Counts what a restore does, and passes events on.
final class RestoreResults: Sendable {
    private let counts = Mutex(RestoreCounts())
    private let left = Mutex<Set<[UInt8]>>([])
    private let failed = Mutex<Set<[UInt8]>>([])
    private let table = Mutex(ShortfallTable())
    private let report: @Sendable (RestoreEvent) -> Void

    init(_ report: @escaping @Sendable (RestoreEvent) -> Void) { self.report = report }

    var current: RestoreCounts { counts.withLock { $0 } }

    /// What the place did not take, that of most entries first.
    var shortfalls: [Shortfall] { table.withLock { $0.all } }

    /// Changes the counts and tells how far the restore is.
    func add(_ change: (inout RestoreCounts) -> Void) {
        let now = counts.withLock { counts in
            change(&counts)
            return counts
        }
        report(.progress(now))
    }

    /// Notes what the place does not take of an entry.
    func note(_ lacks: EntryShortfalls, _ path: [UInt8]) {
        counts.withLock { $0.failed += 1 }
        for (kind, reason) in lacks.reasons {
            // Only what is missing is remembered by path: it may be one thing of a million files.
            if kind.isMissing { failed.withLock { _ = $0.insert(path) } }
            let shortfall = Shortfall(kind: kind, reason: reason, example: path)
            table.withLock { $0.add(shortfall) }
            report(.lacking(path: path, shortfall))
        }
    }

    /// Notes something that the place does not take of an entry.
    func note(_ kind: Shortfall.Kind, _ reason: String, _ path: [UInt8]) {
        var lacks = EntryShortfalls()
        lacks.add(kind, reason)
        note(lacks, path)
    }

    /// Notes a path that could not be written, or not completely.
    func fail(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.failed += 1 }
        failed.withLock { _ = $0.insert(path) }
        report(.failed(path: path, reason: reason))
    }

    /// Whether it was told before that a path could not be written, or not completely.
    func hasFailed(_ path: [UInt8]) -> Bool { failed.withLock { $0.contains(path) } }

    /// Notes a path that could not be written.
    /// - Throws: `RestoreError` `.noSpace`: what follows would fail as well.
    func fail(_ path: [UInt8], _ error: SystemCallError) throws {
        if error.isNoSpace {
            throw RestoreError(code: .noSpace, path: path, cause: error.reason)
        }
        if let kind = Shortfall.Kind(error) { return note(kind, error.reason, path) }
        fail(path, error.reason)
    }

    /// Notes a path that was changed at the target, and what became of it.
    func noteConflict(_ path: [UInt8], _ outcome: ConflictOutcome) {
        counts.withLock { $0.conflicts += 1 }
        if outcome == .kept { noteLeft(path) }
        report(.conflict(path: path, outcome))
    }

    /// Notes a path that stays as it is at the target, unlike the snapshot's.
    func noteLeft(_ path: [UInt8]) {
        counts.withLock { $0.left += 1 }
        left.withLock { _ = $0.insert(path) }
    }

    /// Whether a path was left as it is, or could not be restored.
    func isLeft(_ path: [UInt8]) -> Bool { left.withLock { $0.contains(path) } }

    /// Notes a path that was removed, or would be.
    func noteDeleted(_ path: [UInt8]) {
        counts.withLock { $0.deleted += 1 }
        report(.deleted(path: path))
    }

    /// Tells how much there is to be written.
    func notePlan(bytes: UInt64) { report(.planned(bytes: bytes)) }

    /// Tells what a restore would fetch.
    func note(_ estimate: RestoreEstimate) { report(.estimated(estimate)) }

    /// Notes a path whose content is damaged.
    func damage(_ path: [UInt8], _ reason: String) {
        counts.withLock { $0.damaged += 1 }
        left.withLock { _ = $0.insert(path) }
        report(.damaged(path: path, reason: reason))
    }
}
