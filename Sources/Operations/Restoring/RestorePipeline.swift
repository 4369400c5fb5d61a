// The threads of a restore. Some send requests for the ranges of the plan, in its order, several at
// once; the others decompress, verify and write what has arrived, part by part and in any order.
// Between them lie at most as many bytes as the settings allow: where there is no room for a part,
// its connection stands still.

import ChunkStorage
import ObjectStore
import SnapshotModel
import WorkerThreads

/// Carries out plans.
final class RestorePipeline: Sendable {
    /// Something to be written.
    private enum Work: Sendable {
        case entries([NodeJob], PendingDirectory)
        case part(FetchedPart)
        case copies(RestoreSegment, Range<Int>)
    }

    private struct Request: Sendable {
        let segment: RestoreSegment
        let position: Int
    }

    private struct Progress {
        /// Segments that are not carried out yet.
        var segments = 0
        /// Runs of entries that are not made yet.
        var runs = 0
        var isCancelled = false
    }

    /// Runs of entries that wait; what was fetched is bounded in bytes instead.
    private static let waitingRuns = 64
    /// Segments that are in memory: while one is planned, one is written, and of another one the
    /// first bytes are on their way already. Few and large ones, because blocks that two of them
    /// need are read for both.
    static let segmentsInMemory = 3

    private let shared: ChunkLoader.Shared
    private let context: RestoreContext
    // Without a bound of its own: there are no more than the ranges of a segment.
    private let requests = BoundedQueue<Request>(capacity: .max)
    private let work = BoundedQueue<Work>(capacity: RestorePipeline.waitingRuns)
    private let budget: ByteBudget
    private let progress = Monitor(Progress())

    /// A pipeline whose threads run in `threads`.
    init(_ shared: ChunkLoader.Shared, _ context: RestoreContext, _ threads: ThreadGroup) {
        self.shared = shared
        self.context = context
        let reading = context.settings.reading
        budget = ByteBudget(capacityInBytes: reading.bytesInFlight)
        threads.onFailure { [self] in
            requests.cancel()
            work.cancel()
            budget.cancel()
            progress.update { $0.isCancelled = true }
        }
        for _ in 0..<reading.requestsInFlight { threads.spawn { [self] in try fetchRanges() } }
        for _ in 0..<context.settings.workerCount { threads.spawn { [self] in try writeAll() } }
    }

    /// Makes entries that need no data; waits while too many wait already.
    /// - Throws: `Interrupted` when a thread has failed; its error is the one that counts.
    func add(_ entries: [NodeJob], in directory: PendingDirectory) throws {
        directory.retain()
        progress.update { $0.runs += 1 }
        guard work.push(.entries(entries, directory)) else { throw Interrupted() }
    }

    /// Carries out a plan; waits while too many are carried out.
    /// - Throws: `Interrupted` when a thread has failed; its error is the one that counts.
    func add(
        _ plan: RestorePlan, _ files: [PendingFile], held: [Int: StoredBytes],
        sources: LocalSources
    ) throws {
        // One more is about to be planned.
        try wait(forSegments: Self.segmentsInMemory - 2)
        progress.update { $0.segments += 1 }
        let segment = RestoreSegment(plan, files, held: held, sources: sources) { [progress] in
            progress.update { $0.segments -= 1 }
        }
        for position in plan.ranges.indices {
            requests.push(Request(segment: segment, position: position))
        }
        for run in segment.copyRuns {
            guard work.push(.copies(segment, run)) else { throw Interrupted() }
        }
    }

    /// Waits until everything that was added is in its place.
    /// - Throws: `Interrupted` when a thread has failed; its error is the one that counts.
    func drain() throws {
        let isDone = progress.wait { progress -> Bool? in
            if progress.isCancelled { return false }
            return progress.segments == 0 && progress.runs == 0 ? true : nil
        }
        guard isDone else { throw Interrupted() }
    }

    /// Waits until everything is written, and lets the threads end.
    func finish() throws {
        try wait(forSegments: 0)
        requests.close()
        work.close()
    }

    /// Waits until at most so many segments are left.
    private func wait(forSegments most: Int) throws {
        let isDone = progress.wait { progress -> Bool? in
            if progress.isCancelled { return false }
            return progress.segments > most ? nil : true
        }
        guard isDone else { throw Interrupted() }
    }

    private func fetchRanges() throws {
        while let request = requests.pop() {
            try context.settings.cancellation.check()
            let segment = request.segment
            let range = segment.plan.ranges[request.position]
            let receiver = RangeReceiver(range, of: segment, budget) { [work] part in
                // It costs nothing: its bytes are counted.
                work.push(.part(part), cost: 0)
            }
            if let held = segment.held[request.position] {
                try hand(held, to: receiver)
            } else {
                try fetch(range.pack, to: receiver)
            }
            receiver.finish()
        }
    }

    /// Passes on what is there already.
    private func hand(_ held: StoredBytes, to receiver: RangeReceiver) throws {
        let start = Int(receiver.range.offset - held.offset)
        let bytes = ObjectBytes(
            bytes: UnsafeRawBufferPointer(rebasing: held.object.bytes[start...]),
            owner: held.object)
        guard receiver.range.deliver(bytes, to: receiver) else { throw Interrupted() }
    }

    private func fetch(_ pack: PackID, to receiver: RangeReceiver) throws {
        do {
            try shared.fetch(pack, receiver.range, to: receiver)
        } catch let error as RepositoryError where error.code == .damaged {
            // Whoever needs a chunk of what is missing looks for another place, and says so if
            // there is none.
        }
    }

    private func writeAll() throws {
        let blocks = BlockWriter(try ChunkLoader(shared), context)
        let copier = LocalCopier(blocks, context)
        let nodes = NodeRestorer(context)
        while let next = work.pop() {
            switch next {
            case .entries(let entries, let directory):
                for entry in entries {
                    try context.settings.cancellation.check()
                    try nodes.restore(entry, in: directory)
                }
                directory.release()
                progress.update { $0.runs -= 1 }
            case .part(let part):
                for position in part.blocks { try blocks.write(position, of: part) }
                budget.give(part.shareInBytes)
                part.segment.end(part.blocks.count)
            case .copies(let segment, let run):
                try copier.copy(run, of: segment)
                segment.end(1)
            }
        }
    }
}
