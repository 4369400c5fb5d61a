// Makes one snapshot. The stages, each on threads of its own, with bounded queues between:
//
//     TreeScanner  ->  FileWorker (one a processor)  ->  ChunkSaver  ->  store
//          |                    |
//          +---- events ----> TreeAssembler (here)  ->  manifest, last of all
//
// Read next: TreeScanner, FileWorker, TreeAssembler; then ChunkStream and ChunkSaver.

import ChunkStorage
import Cryptography
import FileHandles
import FileTree
package import ObjectStore
package import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching
import WorkerThreads

/// Makes snapshots in one repository.
package struct Snapshotter: Sendable {
    private let repository: Repository
    private let meter: TrafficMeter
    private let settings: SnapshotSettings
    private let environment: SnapshotEnvironment
    private let report: @Sendable (SnapshotEvent) -> Void

    /// - Parameters:
    ///   - meter: counts the traffic of the repository's store.
    ///   - report: called from several threads.
    package init(
        repository: Repository, meter: TrafficMeter, settings: SnapshotSettings,
        environment: SnapshotEnvironment, report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.repository = repository
        self.meter = meter
        self.settings = settings
        self.environment = environment
        self.report = report
    }

    /// Makes a snapshot of the sources.
    ///
    /// When it returns, the snapshot is durable. When it throws, the repository has what it had
    /// before, and perhaps packs that the next run will find.
    /// - Throws: `SnapshotError`, `StoreError`, `RepositoryError`, `Interrupted`.
    package func run() throws -> SnapshotReport {
        let scan = try SourceScan(settings)
        let files = FolderFiles(
            cache: settings.cacheDirectory, repository: repository.description.id,
            host: settings.host, paths: settings.sources)
        files.prepare()
        // A stream has gone by when it was read.
        let attempts = settings.stream == nil ? Self.attempts : 1
        for number in 0..<attempts {
            let sessions = SessionChain(
                repository, environment.session, purpose: "snapshot", meter: meter)
            defer { sessions.close() }
            do {
                let attempt = SnapshotAttempt(
                    repository: repository, meter: meter, settings: settings,
                    environment: environment, sessions: sessions, files: files,
                    trustsParent: number == 0, report: report)
                if let made = try attempt.run(scan) { return made }
            } catch let error as RepositoryError where error.code == .changed {
                if attempts > 1 { report(.warning("beginning anew: \(error.cause)")) }
            }
        }
        throw RepositoryError(
            .changed, "cannot make a snapshot in \(repository.store.location)",
            cause: attempts == 1
                ? "its session lapsed before it was complete, and a stream is read only once"
                : "its session lapsed \(attempts) times before the snapshot was complete",
            remedy: "run the command again: what was uploaded is not sent again")
    }

    /// How often a run begins anew: each time it has found most of what it needs already stored.
    private static let attempts = 5
}
