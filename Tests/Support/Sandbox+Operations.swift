package import Checking
import ChunkStorage
import FileTree
package import ObjectStore
package import RepositoryAccess
package import Restoring
package import SnapshotModel
package import Snapshotting
import Synchronization
package import WorkerThreads

extension Sandbox {
    /// Makes a snapshot of the source.
    /// - Parameters:
    ///   - store: what stands between the run and the store; `nil` for nothing.
    ///   - change: changes the settings.
    ///   - onRead: called by the reading threads.
    package func snapshot(
        _ moment: SnapshotMoment = .later, through store: (any ObjectStore)? = nil,
        standing: StandingSession? = nil, cancellation: Cancellation = Cancellation(),
        change: (inout SnapshotSettings) -> Void = { _ in },
        onRead: @escaping @Sendable (SnapshotEnvironment.ReadMoment, DiskPath) -> Void = { _, _ in }
    ) throws -> SnapshotRun {
        let meter = TrafficMeter()
        let metered = MeteredStore(store ?? self.store, meter)
        var settings = SnapshotSettings(
            sources: [source.bytes], host: "host", user: "user", cacheDirectory: cache.bytes,
            workerCount: 2, tool: "varve test")
        change(&settings)
        let offset: Int64 = moment == .now ? 0 : 3600
        var session = session
        session.standing = standing
        let environment = SnapshotEnvironment(
            now: { [self] in
                let now = now()
                return Timestamp(seconds: now.seconds + offset, nanoseconds: now.nanoseconds)
            },
            session: session, cancellation: cancellation,
            onRead: { onRead($0, DiskPath($1)) })
        let events = Mutex<[SnapshotEvent]>([])
        let snapshotter = Snapshotter(
            repository: try Repository.open(in: metered), meter: meter, settings: settings,
            environment: environment,
            report: { event in
                if case .progress = event { return }
                events.withLock { $0.append(event) }
            })
        let report = try snapshotter.run()
        return SnapshotRun(
            report: report, events: events.withLock { $0 }, traffic: meter.traffic)
    }

    /// Makes a snapshot that knows nothing of earlier ones.
    package func snapshotWithoutCache() throws -> SnapshotRun {
        let empty = freshPath("empty-cache")
        return try snapshot { $0.cacheDirectory = empty.bytes }
    }

    /// The manifest of a snapshot.
    package func manifest(_ id: SnapshotID) throws -> Manifest {
        try open().findSnapshot("\(id)", SnapshotFilter())
    }

    /// All snapshots, oldest first.
    package func manifests() throws -> [Manifest] { try open().loadManifests().manifests }

    /// Reads listings.
    package func treeReader(through store: (any ObjectStore)? = nil) throws -> TreeReader {
        let repository = try open(through: store)
        let index = try repository.openIndex()
        return TreeReader(
            try ChunkLoader(ChunkLoader.Shared(store: repository.store, index: index)))
    }

    /// Restores a snapshot into a new folder.
    /// - Parameters:
    ///   - path: what to restore; empty for everything.
    ///   - store: what stands between the run and the store; `nil` for nothing.
    ///   - change: changes the settings.
    ///   - onEvent: called with each event, also of progress, while the restore waits.
    package func restore(
        _ id: SnapshotID, path: String = "", to target: DiskPath? = nil, makesHoles: Bool = false,
        through store: (any ObjectStore)? = nil, cancellation: Cancellation = Cancellation(),
        change: (inout RestoreSettings) -> Void = { _ in },
        onEvent: @escaping @Sendable (RestoreEvent) -> Void = { _ in }
    ) throws -> RestoreRun {
        let manifest = try manifest(id)
        let repository = try open(through: store)
        let index = try repository.openIndex()
        let names = path.split(separator: "/").map { FileName(String($0)) }
        let reader = TreeReader(
            try ChunkLoader(repository.makeLoaders(for: manifest, index)))
        let entry = try reader.entry(at: names, in: manifest.root)
        let target = target ?? freshPath()
        var settings = RestoreSettings(
            target: target.bytes, workerCount: 2, cancellation: cancellation)
        settings.makesHoles = makesHoles
        settings.manifest = manifest
        settings.subpath = names
        change(&settings)
        let events = Mutex<[RestoreEvent]>([])
        let restorer = Restorer(repository: repository, index: index, settings: settings) { event in
            onEvent(event)
            if case .progress = event { return }
            events.withLock { $0.append(event) }
        }
        let counts = try restorer.restore(entry)
        return RestoreRun(counts: counts, events: events.withLock { $0 }, target: target)
    }

    /// What a restore on this machine remembers, for its settings.
    package func memory(host: String = "host", path: String = "") -> RestoreMemory {
        RestoreMemory(
            cacheDirectory: cache.bytes, host: host,
            subpath: path.split(separator: "/").map { FileName(String($0)) })
    }

    /// What differs between a tree and what comes out of a snapshot.
    package func differences(
        _ id: SnapshotID, from tree: DiskPath? = nil, through store: (any ObjectStore)? = nil
    ) throws -> [String] {
        let run = try restore(id, through: store)
        defer { try? run.target.remove() }
        let problems = (run.failed + run.damaged).map { "not restored: \(DiskPath($0).text)" }
        return problems + (try compareTrees(tree ?? source, run.target))
    }

    /// Checks the repository.
    package func check(
        _ depth: CheckDepth = .allData, through store: (any ObjectStore)? = nil
    ) throws -> CheckRun {
        let events = Mutex<[CheckEvent]>([])
        let checker = Checker(
            repository: try open(through: store), depth: depth, workerCount: 2
        ) { event in
            events.withLock { $0.append(event) }
        }
        let report = try checker.run()
        let all = events.withLock { $0 }
        return CheckRun(
            report: report,
            problems: all.compactMap { event in
                if case .problem(let problem) = event { problem } else { nil }
            },
            notices: all.compactMap { if case .notice(let text) = $0 { text } else { nil } })
    }
}
