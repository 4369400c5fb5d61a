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

    func run(
        _ sources: [SnapshotSource], _ writer: StatCacheWriter
    ) throws -> Result {
        let own = ownDirectories()
        for source in sources where own.contains(FileIdentity(source.status)) {
            throw SnapshotError(
                code: .ownDirectory, path: source.path, cause: "varve keeps its own files there")
        }
        let events = BoundedQueue<ScanEvent>(capacity: Self.eventCapacity)
        let queue = WorkQueue()
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
            startScanner(sources, own, events, queue, accounts, threads)
            startWorkers(queue, saver, cutters, progress, working, threads)
            let stream = try saver.makeStream(.metadata)
            let assembler = TreeAssembler(
                cache: cache, writer: writer, known: try makeKnownContents(), index: index,
                stream: stream, cutters: cutters, trust: TrustRule(start: start),
                progress: progress, keepYoung: sessions.keepYoung, report: report)
            let tree = try assembler.run(events)
            _ = working.wait { $0 <= 0 ? true : nil }
            stream.flush()
            saver.adopt(index.adoptablePacks)
            // Without a tree, or an upload that went wrong, a thread has failed: its error is
            // the one that withThreads throws.
            guard let tree, !threads.hasFailed, try saver.finish() else { throw Interrupted() }
            return Result(
                tree: tree, newBytes: saver.newBytes, readFiles: progress.readFiles,
                accounts: accounts.wait { $0 })
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
        let shared = ChunkLoader.Shared(store: repository.store, index: index)
        return KnownContents(
            isAllKnown: isAllKnown, index: index, loader: try ChunkLoader(shared))
    }

    private func startScanner(
        _ sources: [SnapshotSource], _ own: Set<FileIdentity>,
        _ events: BoundedQueue<ScanEvent>, _ queue: WorkQueue, _ accounts: Monitor<AccountNumbers?>,
        _ threads: ThreadGroup
    ) {
        threads.spawn {
            let scanner = TreeScanner(
                cache: cache, known: settings.ignoresStatCache ? nil : try makeKnownContents(),
                own: own, selection: settings.selection, events: events, jobs: queue, index: index,
                environment: environment, report: report)
            if let stream = settings.stream {
                try scanner.scan(stream, previous: previous, start: start)
            } else if let only = sources.first, sources.count == 1, only.status.kind == .directory {
                let listed = settings.list.map { ListedPaths($0) }
                try scanner.scan(root: only.openDirectory(), only.status, listed)
            } else {
                try scanner.scan(sources, root: madeUpRoot(sources))
            }
            accounts.update { $0 = scanner.accounts }
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
                    queue: queue, saver: saver, cutters: cutters, environment: environment,
                    progress: progress, linked: linked, keepYoung: sessions.keepYoung)
                try worker.run()
                working.update { $0 -= 1 }
            }
        }
    }

    /// The repository and the cache must not become part of what they keep.
    private func ownDirectories() -> Set<FileIdentity> {
        var own: Set<FileIdentity> = []
        for path in settings.ownDirectories {
            if let status = try? FileStatus.of(path: path, followsLinks: true) {
                own.insert(FileIdentity(status))
            }
        }
        return own
    }

    /// The root above several sources is as new as the newest of them.
    private func madeUpRoot(_ sources: [SnapshotSource]) -> FileStatus {
        let newest = sources.map(\.status.modified).max { left, right in
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
        return FileStatus(madeUpRootOf: newest ?? FileStatus.Time(seconds: 0, nanoseconds: 0))
    }
}

extension FileStatus {
    /// The status of a root that exists nowhere: it is the user's.
    init(madeUpRootOf modified: FileStatus.Time) {
        self.init(
            madeUp: .directory, permissions: 0o755, userID: Machine.userID,
            groupID: Machine.groupID, modified: modified)
    }
}
