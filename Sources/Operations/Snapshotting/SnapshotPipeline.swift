import ChunkStorage
import FileCutting
import FileHandles
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching
import WorkerThreads

/// Starts the threads of a snapshot, connects them, and waits for them.
struct SnapshotPipeline: Sendable {
    /// What the threads have made: everything that the tree names is stored and listed.
    struct Result {
        let tree: TreeAssembler.Tree
        let newBytes: UInt64
        let compression: CompressionSummary
        let readFiles: UInt64
        let accounts: AccountNumbers
    }

    /// How many entries may wait between scanner and assembler: some megabytes.
    private static let eventCapacity = 8 * 1024

    let repository: Repository
    let settings: SnapshotSettings
    let environment: SnapshotEnvironment
    let index: ChunkIndex
    let sessions: SessionChain
    let journal: UploadJournal
    let packs: PackFolder
    let cache: StatCache?
    /// Whether all that the stat cache names is stored and listed.
    let isAllKnown: Bool
    /// What the parent held.
    let expected: TreeCounts?
    let start: Timestamp
    /// What the parent has under the name of a stream.
    let previous: Entry?
    let report: @Sendable (SnapshotEvent) -> Void

    func run(_ scan: SourceScan, _ writer: StatCacheWriter) throws -> Result {
        let events = BoundedQueue<[ScanEvent]>(capacity: Self.eventCapacity)
        let queue = WorkQueue(workerCount: settings.workerCount)
        let accounts = Monitor<AccountNumbers?>(nil)
        let working = Monitor(settings.workerCount)
        return try withThreads { threads in
            threads.onFailure {
                events.cancel()
                queue.cancel()
                working.update { $0 = 0 }
            }
            let saver = try makeSaver(threads)
            let progress = ProgressMeter(
                expected: expected, now: environment.now, newBytes: { saver.newBytes },
                report: report)
            let cutters = FileCutters(repository.description.chunking)
            startScanner(scan, events, queue, accounts, threads)
            startWorkers(queue, saver, cutters, progress, working, threads)
            let stream = try saver.makeStream(.metadata)
            let assembler = TreeAssembler(
                writer: writer, known: try makeKnownContents(), index: index,
                stream: stream, cutters: cutters, trust: TrustRule(start: start, settings.stamps),
                progress: progress, keepYoung: sessions.keepYoung, report: report)
            let tree = try assembler.run(events)
            _ = working.wait { $0 <= 0 ? true : nil }
            stream.flush()
            saver.adopt(index.adoptablePacks)
            // Without a tree, or an upload that went wrong, a thread has failed: its error is
            // the one that withThreads throws.
            guard let tree, !threads.hasFailed, try saver.finish() else { throw Interrupted() }
            return Result(
                tree: tree, newBytes: saver.newBytes, compression: saver.compressionSummary,
                readFiles: progress.readFiles, accounts: accounts.wait { $0 })
        }
    }

    private func makeSaver(_ threads: ThreadGroup) throws -> ChunkSaver {
        ChunkSaver(
            store: repository.store, index: index, sessions: sessions,
            compression: settings.compression, uploads: settings.uploads,
            adopted: try journal.unlistedPacks(index, in: repository.store), threads: threads,
            keeper: packs, willStore: journal.append)
    }

    private func makeKnownContents() throws -> KnownContents {
        if isAllKnown { return .everything }
        let shared = ChunkLoader.Shared(store: repository.store, index: index)
        return KnownContents(index: index, loader: try ChunkLoader(shared))
    }

    private func startScanner(
        _ scan: SourceScan, _ events: BoundedQueue<[ScanEvent]>, _ queue: WorkQueue,
        _ accounts: Monitor<AccountNumbers?>, _ threads: ThreadGroup
    ) {
        threads.spawn(stackInBytes: OwnedThread.deepStackInBytes) {
            let sink = PipelineSink(events: events, jobs: queue, index: index)
            let found: AccountNumbers
            if let stream = settings.stream {
                found = try StreamScan(stream: stream, previous: previous, start: start).run(sink)
            } else {
                found = try scan.run(
                    cache: cache, known: settings.ignoresStatCache ? nil : makeKnownContents(),
                    sink: sink, environment.cancellation, report: report)
            }
            try sink.flush()
            accounts.update { $0 = found }
            queue.close()
            events.close()
        }
    }

    private func startWorkers(
        _ queue: WorkQueue, _ saver: ChunkSaver, _ cutters: FileCutters,
        _ progress: ProgressMeter, _ working: Monitor<Int>, _ threads: ThreadGroup
    ) {
        let linked = LinkedReads()
        for _ in 0..<settings.workerCount {
            threads.spawn {
                let worker = try FileWorker(
                    queue: queue, saver: saver, cutters: cutters, detail: settings.statusDetail,
                    environment: environment, progress: progress, linked: linked,
                    keepYoung: sessions.keepYoung)
                try worker.run()
                working.update { $0 -= 1 }
            }
        }
    }
}

/// Passes what the scanner tells to the other stages: events in runs, for to wake the assembler for
/// each would cost more than what it has to do. For the scanner's thread.
final class PipelineSink: ScanSink {
    /// A run ends at this cost, at the latest.
    private static let mostCost = 128

    private let events: BoundedQueue<[ScanEvent]>
    private let jobs: WorkQueue
    private let index: ChunkIndex
    private var run: [ScanEvent] = []
    private var cost = 0

    init(events: BoundedQueue<[ScanEvent]>, jobs: WorkQueue, index: ChunkIndex) {
        self.events = events
        self.jobs = jobs
        self.index = index
    }

    func take(_ job: ReadJob) throws {
        try index.prepare()
        jobs.push(job)
    }

    /// Has a worker read a stream.
    /// - Returns: `nil` when the run has failed.
    func read(_ stream: StreamSource) throws -> Content? {
        try index.prepare()
        let job = StreamJob(stream)
        jobs.push(job)
        return job.wait()
    }

    func take(_ event: ScanEvent, cost: Int) throws {
        run.append(event)
        self.cost += cost
        if self.cost >= Self.mostCost { try flush() }
    }

    /// Passes on what waits.
    /// - Throws: `Interrupted` when the run has failed.
    func flush() throws {
        if run.isEmpty { return }
        // The queue is closed to the scanner when the run has failed.
        guard events.push(run, cost: cost) else { throw Interrupted() }
        run.removeAll(keepingCapacity: true)
        cost = 0
    }
}
