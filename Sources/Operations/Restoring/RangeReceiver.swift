import ChunkStorage
import ObjectStore
import Synchronization
import WorkerThreads

/// Some blocks of a range, on their way to the threads that write.
struct FetchedPart: Sendable {
    let segment: RestoreSegment
    /// The positions of the blocks in the plan.
    let blocks: Range<Int>
    /// `nil` when the pack does not have the bytes: each chunk is then looked for elsewhere.
    let stored: StoredBytes?
    /// What it holds of the budget.
    let shareInBytes: Int
}

/// Takes the parts of a range as they come in, each when the budget has room for it, and passes
/// them on.
final class RangeReceiver: PartReceiver {
    /// What is known of the memory for the next part.
    private enum Room {
        case unasked
        /// The budget has been asked, and the part's thread is to be told.
        case asked(wake: @Sendable () -> Void)
        case given
        case never
    }

    private struct State {
        var next = 0
        var room = Room.unasked
        var isFinished = false
    }

    /// What is to be read.
    let range: PartedRange
    private let planned: RestorePlan.Range
    private let parts: [RestorePlan.Part]
    private let segment: RestoreSegment
    private let budget: ByteBudget
    private let pass: @Sendable (FetchedPart) -> Void
    private let state = Mutex(State())

    /// - Parameter pass: takes each part once, in order, from any thread; must not wait.
    init(
        _ planned: RestorePlan.Range, of segment: RestoreSegment, _ budget: ByteBudget,
        pass: @escaping @Sendable (FetchedPart) -> Void
    ) {
        self.planned = planned
        self.segment = segment
        self.budget = budget
        self.pass = pass
        parts = segment.plan.parts(of: planned)
        range = PartedRange(
            offset: planned.offset, length: planned.length,
            parts: parts.map(\.bytes).filter { !$0.isEmpty })
    }

    func makeRoom(for part: Int, orCall wake: @escaping @Sendable () -> Void) -> PartRoom {
        let known = state.withLock { state -> PartRoom? in
            switch state.room {
            case .unasked:
                state.room = .asked(wake: wake)
                return nil
            case .asked:
                state.room = .asked(wake: wake)
                return .later
            case .given: return .given
            case .never: return .never
            }
        }
        if let known { return known }
        let isGiven = budget.take(parts[part].bytes.count) { [self] isGiven in
            settle(isGiven)
        }
        guard let isGiven else { return .later }
        state.withLock { $0.room = isGiven ? .given : .never }
        return isGiven ? .given : .never
    }

    func waitForRoom(for part: Int) -> Bool {
        let wakes = Monitor(0)
        var seen = 0
        while true {
            switch makeRoom(for: part, orCall: { wakes.update { $0 += 1 } }) {
            case .given: return true
            case .never: return false
            case .later: seen = wakes.wait { $0 > seen ? $0 : nil }
            }
        }
    }

    /// Notes the answer of the budget, and tells whoever waits for it.
    private func settle(_ isGiven: Bool) {
        let (wake, unwanted) = state.withLock { state -> ((@Sendable () -> Void)?, Int) in
            // The range has failed meanwhile.
            if state.isFinished { return (nil, isGiven ? parts[state.next].bytes.count : 0) }
            guard case .asked(let wake) = state.room else { return (nil, 0) }
            state.room = isGiven ? .given : .never
            return (wake, 0)
        }
        if unwanted > 0 { budget.give(unwanted) }
        wake?()
    }

    func receive(_ part: Int, _ bytes: ObjectBytes) {
        state.withLock { state in
            state.next = part + 1
            state.room = .unasked
        }
        let offset = planned.offset + UInt64(parts[part].bytes.lowerBound)
        pass(
            FetchedPart(
                segment: segment, blocks: parts[part].blocks,
                stored: StoredBytes(pack: planned.pack, offset: offset, object: bytes),
                shareInBytes: parts[part].bytes.count))
    }

    /// Ends the range: what has not come is passed on without bytes.
    func finish() {
        let (next, unused) = state.withLock { state in
            state.isFinished = true
            guard case .given = state.room else { return (state.next, 0) }
            return (state.next, parts[state.next].bytes.count)
        }
        if unused > 0 { budget.give(unused) }
        for part in parts[next...] {
            pass(
                FetchedPart(
                    segment: segment, blocks: part.blocks, stored: nil, shareInBytes: 0))
        }
    }
}
