// One attempt at a snapshot, under sessions of its own: look at the repository, read the tree, save
// it, write the manifest, find out whether that came in time. An attempt that came too late, or
// that relies on what others have condemned meanwhile, is made again by Snapshotter.

import ChunkStorage
import Cryptography
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching

/// Makes a snapshot, unless its sessions lapse before it is complete.
struct SnapshotAttempt {
    let repository: Repository
    let meter: TrafficMeter
    let settings: SnapshotSettings
    let environment: SnapshotEnvironment
    let sessions: SessionChain
    let files: FolderFiles
    /// Whether a parent that is there may stand for what the stat cache names. One that has found
    /// parts of it condemned is followed by an attempt that asks the tables.
    let trustsParent: Bool
    let report: @Sendable (SnapshotEvent) -> Void

    /// - Returns: `nil` when the manifest was written too late.
    /// - Throws: `RepositoryError` `.changed` when it is to be made again; `SnapshotError`,
    ///   `StoreError`, `RepositoryError`, `Interrupted`.
    func run(_ scan: SourceScan) throws -> SnapshotReport? {
        let start = environment.now()
        let state = FolderState.load(files.state)
        let cache = state.flatMap { StatCache(path: files.statCache, digest: $0.statCache) }
        let index = sessions.makeIndex()
        let parentStands = try askForParent(state, hasCache: cache != nil)
        let isAllKnown = try relyOnCache(state, index, parentStands: parentStands)
        let previous = try previousEntry(cache, index) { try newestSnapshot(index) }
        let problems = ProblemList(forwardingTo: report)
        let writer = StatCacheWriter(path: files.statCache, old: cache)
        let journal = UploadJournal(path: files.journal)
        let pipeline = SnapshotPipeline(
            repository: repository, settings: settings, environment: environment, index: index,
            sessions: sessions, journal: journal, packs: files.packs, cache: cache,
            isAllKnown: isAllKnown, expected: state?.counts, start: start, previous: previous,
            report: problems.add)
        let built = try pipeline.run(scan, writer)
        for table in index.damagedTables {
            report(.warning("index table \(table.id) is damaged: \(table.reason)"))
        }

        let rootID = EntryCodec.encode(built.tree.root).withUnsafeBytes(SHA256.digest)
        let parent = try findParent(state, index)
        if settings.skipsUnchanged, let parent, parent.rootID == rootID,
            try parentStands ?? isThere(parent)
        {
            journal.clear()
            // Files that were read because they were too fresh to be trusted may be trusted now.
            let outcome = writer.finish()
            if outcome != .unchanged {
                saveState(state, parent, built.tree.counts, outcome, index)
            }
            return SnapshotReport(parent.id, isNew: false, built, problems)
        }
        let (manifest, isInTime) = try sessions.withSession { session in
            let manifest = makeManifest(built, start, session, parent?.id, problems)
            return (manifest, try sessions.commits(answered: repository.save(manifest)))
        }
        guard isInTime else {
            try repository.withdraw(manifest)
            return nil
        }
        journal.clear()
        let saved = FolderState.Parent(id: manifest.id, time: manifest.time, rootID: rootID)
        saveState(state, saved, manifest.counts, writer.finish(), index)
        return SnapshotReport(manifest.id, isNew: true, built, problems)
    }

    /// A run that hopes to make no snapshot asks for the parent's manifest instead of opening a
    /// session: while it is there, so is all that it reaches, which is what the stat cache names,
    /// for the state puts the two together only when they come from one tree.
    /// - Returns: `nil` when that was not asked.
    private func askForParent(_ state: FolderState?, hasCache: Bool) throws -> Bool? {
        guard settings.skipsUnchanged, trustsParent, hasCache, let state else { return nil }
        return try isThere(state.parent)
    }

    /// Whether everything that the stat cache names is stored and listed.
    ///
    /// The tables tell by being there, for they never change.
    private func relyOnCache(
        _ state: FolderState?, _ index: ChunkIndex, parentStands: Bool?
    ) throws -> Bool {
        if parentStands == true, let state {
            index.relyOnAll(ofProven: state.tables)
            return true
        }
        _ = try sessions.open()
        return try state.map { try index.relyOnAll(of: $0.tables) } ?? false
    }

    /// The snapshot that this machine made of the same sources last, or else the newest one of the
    /// same host and paths.
    private func findParent(
        _ state: FolderState?, _ index: ChunkIndex
    ) throws -> FolderState.Parent? {
        if let state { return state.parent }
        guard let newest = try newestSnapshot(index) else { return nil }
        return FolderState.Parent(
            id: newest.id, time: newest.time,
            rootID: EntryCodec.encode(newest.root).withUnsafeBytes(SHA256.digest))
    }

    /// The newest snapshot of the same host and paths.
    private func newestSnapshot(_ index: ChunkIndex) throws -> Manifest? {
        // Where there was no table there is no snapshot.
        if index.viewIsEmpty { return nil }
        var filter = SnapshotFilter()
        filter.host = settings.host
        filter.path = settings.sources.first
        guard let newest = try repository.recentSnapshot(filter, now: environment.now()),
            newest.paths == settings.sources
        else { return nil }
        return newest
    }

    /// Whether the parent was not forgotten since: one HEAD.
    private func isThere(_ parent: FolderState.Parent) throws -> Bool {
        try repository.hasManifest(parent.id, time: parent.time)
    }

    /// Remembers the run for the next one.
    ///
    /// Where the stat cache could not be written, the older state stays, with the parent and the
    /// tables that go with the older cache; if that is gone, too, the next run reads everything.
    private func saveState(
        _ old: FolderState?, _ parent: FolderState.Parent, _ counts: TreeCounts,
        _ outcome: StatCacheWriter.Outcome, _ index: ChunkIndex
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
        FolderState(
            parent: parent, statCache: cache, tables: tables, counts: counts, origin: old?.origin
        ).save(files.state)
    }

    private func makeManifest(
        _ built: SnapshotPipeline.Result, _ start: Timestamp, _ session: SessionIdentity,
        _ parent: SnapshotID?, _ problems: ProblemList
    ) -> Manifest {
        let traffic = meter.traffic
        var manifest = Manifest(
            id: SnapshotID(environment.session.makeRandomBits()), time: start, session: session.id,
            nonce: session.makeNonce(), root: built.tree.root)
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
