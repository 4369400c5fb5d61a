package import Checking
import FileTree
package import ObjectStore
package import RepositoryAccess
package import Restoring
package import SnapshotModel
package import Snapshotting
import Synchronization

/// A folder to take, a repository to put it into, a cache, and folders to restore to: what a test
/// of the operations needs. It goes with its last reference.
package final class Sandbox: Sendable {
    /// Where everything is.
    package let directory: TemporaryDirectory
    private let targets: TemporaryDirectory
    /// The store of the repository, without anything between.
    package let store: any ObjectStore
    /// The folder that is taken unless a test says otherwise.
    package var source: DiskPath { DiskPath(directory.appending("source")) }
    /// The usual cache directory.
    package var cache: DiskPath { DiskPath(directory.appending("cache")) }

    private struct State {
        var generator: SeededGenerator
        var targets = 0
        var leaseInSeconds = SessionEnvironment.usualLeaseInSeconds
        var uptimeInSeconds: UInt64 = 1_000_000
        var clockErrorInSeconds: Int64 = 0
    }

    private let state: Mutex<State>

    /// An empty source and an empty repository.
    /// - Parameters:
    ///   - averageChunkInBytes: of all content that is cut by content.
    ///   - makeStore: makes the store; it may lie within the given directory.
    package init(
        seed: UInt64 = 1, averageChunkInBytes: Int? = nil,
        makeStore: (TemporaryDirectory) throws -> any ObjectStore = { _ in MemoryStore() }
    ) throws {
        // The source lies on a disk, which reuses the numbers of inodes as real ones do.
        directory = try TemporaryDirectory()
        targets = try TemporaryDirectory(isInMemory: true)
        store = try makeStore(directory)
        var generator = SeededGenerator(seed: seed)
        let id = RepositoryID(using: &generator)
        state = Mutex(State(generator: generator))
        try source.makeDirectory()
        let chunking =
            averageChunkInBytes.map { average in
                ChunkingParameters(
                    general: ChunkSizes(average: average), opaque: ChunkSizes(average: average),
                    pageSizeInBytes: average)
            } ?? ChunkingParameters()
        _ = try Repository.create(
            in: store,
            RepositoryDescription(
                id: id, created: Timestamp(seconds: 1_800_000_000, nanoseconds: 0),
                chunking: chunking))
    }

    /// The lease of sessions from now on.
    package var leaseInSeconds: UInt32 {
        get { state.withLock { $0.leaseInSeconds } }
        set { state.withLock { $0.leaseInSeconds = newValue } }
    }

    /// The clock of sessions, which stands still unless a test sets it.
    package var uptimeInSeconds: UInt64 {
        get { state.withLock { $0.uptimeInSeconds } }
        set { state.withLock { $0.uptimeInSeconds = newValue } }
    }

    /// The session that runs of a machine share.
    /// - Parameter cache: the machine's cache directory.
    package func standingSession(
        cache: [UInt8], bootID: String = "first-boot"
    ) -> StandingSession {
        StandingSession(cacheDirectory: cache, place: "sandbox", bootID: bootID)
    }

    /// How much the clock of this machine is ahead, from now on.
    package var clockErrorInSeconds: Int64 {
        get { state.withLock { $0.clockErrorInSeconds } }
        set { state.withLock { $0.clockErrorInSeconds = newValue } }
    }

    /// The time of this machine.
    @Sendable package func now() -> Timestamp {
        let now = Machine.now()
        return Timestamp(
            seconds: now.seconds + clockErrorInSeconds, nanoseconds: now.nanoseconds)
    }

    /// The sessions of runs on the repository.
    package var session: SessionEnvironment {
        SessionEnvironment(
            host: "host", process: 1, tool: "varve test", leaseInSeconds: leaseInSeconds,
            makeRandomBits: makeRandomBits, uptimeInSeconds: { [self] in uptimeInSeconds })
    }

    /// Draws 128 bits.
    @Sendable package func makeRandomBits() -> RandomBits {
        state.withLock { state in
            RandomBits(high: state.generator.next(), low: state.generator.next())
        }
    }

    /// A path that does not exist.
    package func freshPath(_ name: String = "target") -> DiskPath {
        let number = state.withLock { state in
            state.targets += 1
            return state.targets
        }
        return DiskPath(targets.appending("\(name)-\(number)"))
    }

    /// Returns when whatever is changed from now on has later stamps than all before.
    package func waitForTick() throws { try TestSupport.waitForTick(in: directory.path) }

    /// The repository, seen through its own store or through another one.
    package func open(through store: (any ObjectStore)? = nil) throws -> Repository {
        try Repository.open(in: store ?? self.store)
    }
}

/// When a snapshot believes that it is made.
package enum SnapshotMoment: Sendable {
    /// Now: files that were just written are too fresh to be trusted next time.
    case now
    /// An hour later, when all stamps have settled.
    case later
}

/// What a snapshot has done and said.
package struct SnapshotRun: Sendable {
    /// The result.
    package let report: SnapshotReport
    /// Everything that was reported, but for progress.
    package let events: [SnapshotEvent]
    /// What went to the store.
    package let traffic: StoreTraffic

    /// The paths that were reported as unreadable.
    package var unreadable: [UnreadablePath] {
        events.compactMap { if case .unreadable(let path) = $0 { path } else { nil } }
    }

    /// The paths and reasons of notices.
    package var notices: [(path: [UInt8], reason: String)] {
        events.compactMap { event in
            if case .notice(let path, let reason) = event { (path, reason) } else { nil }
        }
    }

    /// The texts of warnings.
    package var warnings: [String] {
        events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }
}

/// What a restore has done and said.
package struct RestoreRun: Sendable {
    /// What was done.
    package let counts: RestoreCounts
    /// Everything that was reported, but for progress.
    package let events: [RestoreEvent]
    /// Where the tree is now.
    package let target: DiskPath

    /// The paths that could not be restored, or not completely.
    package var failed: [[UInt8]] {
        events.compactMap { event in
            switch event {
            case .failed(let path, _), .lacking(let path, _): path
            default: nil
            }
        }
    }

    /// The paths whose content is damaged.
    package var damaged: [[UInt8]] {
        events.compactMap { if case .damaged(let path, _) = $0 { path } else { nil } }
    }

    /// What could not be restored, within the target, with the reasons.
    package var problems: [String] {
        events.compactMap { event in
            switch event {
            case .failed(let path, let reason), .damaged(let path, let reason):
                "\(within(path)): \(reason)"
            case .lacking(let path, let shortfall):
                "\(within(path)): \(shortfall.kind): \(shortfall.reason)"
            default: nil
            }
        }
    }

    /// The paths that were deleted, within the target.
    package var deleted: [String] {
        events.compactMap { if case .deleted(let path) = $0 { within(path) } else { nil } }
    }

    /// The paths that were changed at the target, within it, with what became of them.
    package var conflicts: [String: ConflictOutcome] {
        var found: [String: ConflictOutcome] = [:]
        for case .conflict(let path, let outcome) in events { found[within(path)] = outcome }
        return found
    }

    /// What there would be to fetch.
    package var estimate: RestoreEstimate? {
        for case .estimated(let estimate) in events { return estimate }
        return nil
    }

    private func within(_ path: [UInt8]) -> String {
        String(decoding: path.dropFirst(target.bytes.count + 1), as: UTF8.self)
    }
}

/// What a check has found.
package struct CheckRun: Sendable {
    /// What was looked at.
    package let report: CheckReport
    /// What is wrong.
    package let problems: [CheckProblem]
    /// What is worth knowing.
    package let notices: [String]
}
