import ChunkStorage
import Synchronization

/// A plan with the files that it is about.
final class RestoreSegment: Sendable {
    let plan: RestorePlan
    /// By the numbers that the plan knows them by.
    let files: [PendingFile]
    /// Ranges whose bytes are there already, by position.
    let held: [Int: StoredBytes]

    private let remaining: Atomic<Int>
    private let finish: @Sendable () -> Void

    /// - Parameter finish: called when the last range is done, at once when there is none.
    init(
        _ plan: RestorePlan, _ files: [PendingFile], held: [Int: StoredBytes],
        finish: @escaping @Sendable () -> Void
    ) {
        self.plan = plan
        self.files = files
        self.held = held
        remaining = Atomic(plan.ranges.count)
        self.finish = finish
        if plan.ranges.isEmpty { finish() }
    }

    /// Notes that everything in a range is written.
    func endRange() {
        let left = remaining.subtract(1, ordering: .acquiringAndReleasing).newValue
        if left == 0 { finish() }
    }
}

/// A range that was read, on its way to the threads that write.
final class FetchedRange: Sendable {
    let segment: RestoreSegment
    /// Where in the plan.
    let range: RestorePlan.Range
    /// `nil` when the pack does not have the bytes: each chunk is then looked for elsewhere.
    let stored: StoredBytes?

    private let remaining: Atomic<Int>
    private let finish: @Sendable () -> Void

    /// - Parameters:
    ///   - parts: how often `endPart` is called.
    ///   - finish: called with the last of them.
    init(
        _ range: RestorePlan.Range, of segment: RestoreSegment, _ stored: StoredBytes?, parts: Int,
        finish: @escaping @Sendable () -> Void
    ) {
        self.segment = segment
        self.range = range
        self.stored = stored
        remaining = Atomic(parts)
        self.finish = finish
    }

    /// Notes that some blocks are written.
    func endPart() {
        let left = remaining.subtract(1, ordering: .acquiringAndReleasing).newValue
        if left > 0 { return }
        segment.endRange()
        finish()
    }
}
