import ChunkStorage
import Synchronization

/// A plan with the files that it is about.
final class RestoreSegment: Sendable {
    let plan: RestorePlan
    /// By the numbers that the plan knows them by.
    let files: [PendingFile]
    /// Ranges whose bytes are there already, by position.
    let held: [Int: StoredBytes]
    /// The local files that the plan's copies are of.
    let sources: LocalSources
    /// Consecutive copies that one thread makes in one go.
    let copyRuns: [Range<Int>]

    private let remaining: Atomic<Int>
    private let finish: @Sendable () -> Void

    /// - Parameter finish: called when everything is written, at once when there is nothing.
    init(
        _ plan: RestorePlan, _ files: [PendingFile], held: [Int: StoredBytes],
        sources: LocalSources, finish: @escaping @Sendable () -> Void
    ) {
        self.plan = plan
        self.files = files
        self.held = held
        self.sources = sources
        copyRuns = Self.runs(of: plan)
        let count = plan.blocks.count + copyRuns.count
        remaining = Atomic(count)
        self.finish = finish
        if count == 0 { finish() }
    }

    /// A run of copies holds about this many bytes; so much memory a thread may need.
    private static let runInBytes = 1024 * 1024

    /// Cuts the copies into runs that lie one behind the other in one local file.
    private static func runs(of plan: RestorePlan) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var first = 0
        var end = plan.copies.first?.offset ?? 0
        for (number, copy) in plan.copies.enumerated() {
            let start = plan.copies[first]
            let length = UInt64(plan.chunk(at: plan.position(ofCopy: number)).length)
            let continues = copy.source == start.source && copy.offset == end
            if number > first, !continues || end + length - start.offset > runInBytes {
                runs.append(first..<number)
                first = number
            }
            end = copy.offset + length
        }
        if first < plan.copies.count { runs.append(first..<plan.copies.count) }
        return runs
    }

    /// Notes that so many blocks, or runs of copies, are written.
    func end(_ count: Int) {
        let left = remaining.subtract(count, ordering: .acquiringAndReleasing).newValue
        if left == 0 { finish() }
    }
}
