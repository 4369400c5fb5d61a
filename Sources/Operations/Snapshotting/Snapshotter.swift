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
        let start = environment.now()
        let sources = try SnapshotSource.all(settings.sources)
        let files = SourceFiles(
            cache: settings.cacheDirectory, repository: repository.description.id,
            host: settings.host, sources: settings.sources)
        files.prepare()
        let state = SourceState.load(files.state)
        let cache = state.flatMap { StatCache(path: files.statCache, digest: $0.statCache) }
        let view = try lookAtRepository(state, hasCache: cache != nil)
        let index = ChunkIndex(view.tables, in: repository.store)
        let identity = SessionIdentity(
            id: SessionID(environment.makeRandomBits()),
            makeNonce: { [environment] in Nonce(environment.makeRandomBits()) })
        let problems = ProblemList(forwardingTo: report)
        let writer = StatCacheWriter(path: files.statCache, old: cache)
        let pipeline = SnapshotPipeline(
            repository: repository, settings: settings, environment: environment, index: index,
            identity: identity, cache: cache, isAllKnown: view.isAllKnown,
            expected: state?.counts, start: start, report: problems.add)
        let built = try pipeline.run(sources, files, writer)
        for table in index.damagedTables {
            report(.warning("index table \(table.id) is damaged: \(table.reason)"))
        }

        let rootID = EntryCodec.encode(built.tree.root).withUnsafeBytes(SHA256.digest)
        let parent = try findParent(state)
        if settings.skipsUnchanged, let parent, parent.rootID == rootID,
            try view.parentStands ?? isThere(parent)
        {
            // Files that were read because they were too fresh to be trusted may be trusted now.
            let outcome = writer.finish()
            if outcome != .unchanged {
                saveState(files, state, parent, built.tree.counts, outcome, index)
            }
            return SnapshotReport(parent.id, isNew: false, built, problems)
        }
        let manifest = makeManifest(built, start, identity, parent?.id, problems)
        _ = try repository.save(manifest)
        let saved = SourceState.Parent(id: manifest.id, time: manifest.time, rootID: rootID)
        saveState(files, state, saved, manifest.counts, writer.finish(), index)
        return SnapshotReport(manifest.id, isNew: true, built, problems)
    }

    /// What is known of the repository before the tree is looked at.
    private struct View {
        /// The index tables; `nil` when they were not asked for.
        var tables: [ListedTable]?
        /// Whether everything that the stat cache names is stored and listed.
        var isAllKnown: Bool
        /// Whether the manifest of the state's parent is there; `nil` when that was not asked.
        var parentStands: Bool?
    }

    /// Finds out, with one request, whether what the stat cache names can be relied on.
    ///
    /// The tables tell by being there, for they never change. A run that hopes to make no snapshot
    /// asks for the parent's manifest instead: while it is there, so is all that it reaches, which
    /// is what the stat cache names, for the state puts the two together only when they come from
    /// one tree.
    private func lookAtRepository(_ state: SourceState?, hasCache: Bool) throws -> View {
        var parentStands: Bool?
        if settings.skipsUnchanged, hasCache, let state {
            if try isThere(state.parent) { return View(isAllKnown: true, parentStands: true) }
            parentStands = false
        }
        let tables = try repository.listTables()
        let names = Set(tables.map(\.id))
        return View(
            tables: tables, isAllKnown: state.map { names.isSuperset(of: $0.tables) } ?? false,
            parentStands: parentStands)
    }

    /// The snapshot that this machine made of the same sources last, or else the newest one of the
    /// same host and paths.
    private func findParent(_ state: SourceState?) throws -> SourceState.Parent? {
        if let state { return state.parent }
        var filter = SnapshotFilter()
        filter.host = settings.host
        filter.path = settings.sources.first
        guard let newest = try repository.recentSnapshot(filter),
            newest.paths == settings.sources
        else { return nil }
        return SourceState.Parent(
            id: newest.id, time: newest.time,
            rootID: EntryCodec.encode(newest.root).withUnsafeBytes(SHA256.digest))
    }

    /// Whether the parent was not forgotten since: one HEAD.
    private func isThere(_ parent: SourceState.Parent) throws -> Bool {
        do {
            let name = ObjectNames.manifest(parent.id, time: parent.time)
            _ = try repository.store.head(ObjectKey(name))
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// Remembers the run for the next one.
    ///
    /// Where the stat cache could not be written, the older state stays, with the parent and the
    /// tables that go with the older cache; if that is gone, too, the next run reads everything.
    private func saveState(
        _ files: SourceFiles, _ old: SourceState?, _ parent: SourceState.Parent,
        _ counts: TreeCounts, _ outcome: StatCacheWriter.Outcome, _ index: ChunkIndex
    ) {
        let cache: Digest256
        switch outcome {
        case .written(let hash): cache = hash
        case .unchanged:
            guard let old else { preconditionFailure("an unchanged cache without a state") }
            cache = old.statCache
        case .failed: return
        }
        let tables = index.isPrepared ? index.tables.compactMap(\.id) : old?.tables ?? []
        SourceState(parent: parent, statCache: cache, tables: tables, counts: counts)
            .save(files.state)
    }

    private func makeManifest(
        _ built: SnapshotPipeline.Result, _ start: Timestamp, _ identity: SessionIdentity,
        _ parent: SnapshotID?, _ problems: ProblemList
    ) -> Manifest {
        let traffic = meter.traffic
        var manifest = Manifest(
            id: SnapshotID(environment.makeRandomBits()), time: start, session: identity.id,
            nonce: identity.makeNonce(), root: built.tree.root)
        manifest.host = settings.host
        manifest.user = settings.user
        manifest.paths = settings.sources
        manifest.tags = Array(Set(settings.tags)).sorted()
        manifest.description = settings.description
        manifest.parent = parent
        manifest.counts = built.tree.counts
        manifest.upload.newBytes = built.newBytes
        manifest.upload.uploadedBytes = traffic.uploadedBytes
        manifest.upload.requests = RequestCounts(traffic)
        manifest.users = AccountNumbers.names(built.accounts.users, Machine.userName)
        manifest.groups = AccountNumbers.names(built.accounts.groups, Machine.groupName)
        (manifest.unreadableCount, manifest.unreadable) = problems.unreadable
        manifest.tool = settings.tool
        return manifest
    }
}
