// Makes a folder equal to a tree of a snapshot. The calling thread looks at the target
// (TargetSurveyor, SourceFinder), reads the listings, makes the directories and plans what to read
// (TreeWalker, FilePlanner, RestorePlanner); other threads read ranges of packs, copy from local
// files, verify, and write (RestorePipeline, BlockWriter, LocalCopier, PendingFile). The plan goes
// by pack, so that each byte is read once and with few requests, and files are written out of
// order; each appears under its name when it is complete.

package import ChunkStorage
import FileCutting
import FileHandles
import FileTree
import ObjectStore
package import RepositoryAccess
import RepositoryFormat
package import SnapshotModel
import WorkerThreads

/// Restores snapshots of one repository.
package struct Restorer: Sendable {
    /// Blocks that are read one by one: of listings, and of chunks whose planned place has failed.
    private static let cacheInBytes = 16 * 1024 * 1024

    private let repository: Repository
    private let index: ChunkIndex?
    private let settings: RestoreSettings
    private let results: RestoreResults

    /// - Parameters:
    ///   - index: where the chunks are, if that was read already.
    ///   - report: called from several threads.
    package init(
        repository: Repository, index: ChunkIndex? = nil, settings: RestoreSettings,
        report: @escaping @Sendable (RestoreEvent) -> Void
    ) {
        self.repository = repository
        self.index = index
        self.settings = settings
        results = RestoreResults(report)
    }

    /// Makes the target equal to a directory of a snapshot, or puts one entry into it.
    ///
    /// When it returns, everything that could be restored is on the disk. When it throws, each
    /// file is as it was before or complete, and running it again goes on from there.
    /// - Parameter entry: what to restore; a directory's name does not matter.
    /// - Throws: `RepositoryError` `.changed`, `.neverCompleted`; `RestoreError`, `StoreError`,
    ///   `Interrupted`; single paths are reported instead.
    package func restore(_ entry: Entry) throws -> RestoreCounts {
        let memory = FolderMemory(settings, repository)
        let target = try RestoreTarget(settings, isKnown: memory.isKnown)
        if target.isEmpty { memory.begin(entry) }
        let shared = try makeLoaders()
        let attributes = try settings.setsAttributes ? makeAttributeRestorer(shared, target) : nil
        let context = RestoreContext(
            settings, results, record: memory.writer, attributes: attributes,
            flags: settings.setsFlags
                ? target.handle.map { FlagRestorer($0, isEmpty: target.isEmpty) } : nil,
            owners: OwnerRule(settings.owners, settings.manifest, settings.accounts))
        defer { context.close() }
        let loader = try ChunkLoader(
            shared, metadataWindowInBytes: settings.reading.metadataWindowInBytes)
        let comparer = TreeComparer(TreeReader(loader), record: memory.record)
        if settings.isDryRun {
            try plan(entry, target, comparer, context)
        } else {
            try write(entry, target, comparer, context, shared)
            try target.handle?.synchronizeFileSystem()
            if settings.verifies, let handle = target.handle {
                let planner = FilePlanner(loader, context)
                try RestoreVerifier(comparer: comparer, planner: planner, context: context)
                    .verify(entry, in: handle)
            }
            memory.save(entry, shared.index)
        }
        if results.current.damaged > 0 { try shared.checkLosses() }
        var counts = results.current
        counts.shortfalls = results.shortfalls
        return counts
    }

    private func makeAttributeRestorer(
        _ shared: ChunkLoader.Shared, _ target: RestoreTarget
    ) throws -> AttributeRestorer? {
        try target.handle.map { handle in
            try AttributeRestorer(
                shared, results, inherits: !target.isEmpty || AttributeRestorer.inherits(handle))
        }
    }

    private func makeLoaders() throws -> ChunkLoader.Shared {
        let index = try index ?? repository.openIndex()
        guard let manifest = settings.manifest else {
            return ChunkLoader.Shared(
                store: repository.store, index: index, cacheInBytes: Self.cacheInBytes)
        }
        return repository.makeLoaders(for: manifest, index, cacheInBytes: Self.cacheInBytes)
    }

    private func write(
        _ entry: Entry, _ target: RestoreTarget, _ comparer: TreeComparer,
        _ context: RestoreContext, _ shared: ChunkLoader.Shared
    ) throws {
        let links = TargetLinks(target.handle, subpath: settings.subpath)
        let walker = try withThreads { threads in
            let survey = try survey(entry, target, comparer, context, links)
            if let handle = target.handle, survey.isChanged([]) { context.flags?.unlock(handle) }
            try target.prepareWriting(survey, entry)
            let found = try findSources(entry, survey, target, comparer, context)
            if survey.missingFolders.isEmpty, !survey.isFresh {
                results.notePlan(bytes: survey.wantedBytes)
            }
            let flusher = target.handle.map { handle in
                DiskFlusher(threads) { try handle.synchronizeFileSystem() }
            }
            let pipeline = RestorePipeline(shared, context, threads)
            let planner = FilePlanner(comparer.loader, context, pipeline, found.sources)
            let walker = TreeWalker(
                comparer, context, pipeline, planner, survey,
                storedFiles: found.storedFiles.merging(survey.provenFiles) { $1 },
                TreeRemover(comparer, context, target), links)
            try walker.restore(entry, to: target.handle, target.status)
            try pipeline.finish()
            flusher?.end()
            return walker
        }
        try walker.removeExtras()
    }

    /// Finds out what there would be to do.
    private func plan(
        _ entry: Entry, _ target: RestoreTarget, _ comparer: TreeComparer,
        _ context: RestoreContext
    ) throws {
        let links = TargetLinks(target.handle, subpath: settings.subpath)
        let survey = try survey(entry, target, comparer, context, links)
        let found = try findSources(entry, survey, target, comparer, context)
        let planner = FilePlanner(comparer.loader, context, nil, found.sources)
        let walker = TreeWalker(
            comparer, context, nil, planner, survey,
            storedFiles: found.storedFiles.merging(survey.provenFiles) { $1 },
            TreeRemover(comparer, context, target), links)
        try walker.restore(entry, to: target.handle, target.status)
        var estimate = planner.estimate
        let time = comparer.loader.shared.timing.estimate(
            requests: estimate.requests, bytes: estimate.bytes,
            inFlight: settings.reading.requestsInFlight)
        estimate.milliseconds = UInt64(max(0, time / .milliseconds(1)))
        results.note(estimate)
    }

    private func survey(
        _ entry: Entry, _ target: RestoreTarget, _ comparer: TreeComparer,
        _ context: RestoreContext, _ links: TargetLinks
    ) throws -> TargetSurvey {
        guard let handle = target.handle, !target.isEmpty else {
            var survey = TargetSurvey()
            survey.isFresh = true
            return survey
        }
        let planner = FilePlanner(comparer.loader, context)
        let surveyor = TargetSurveyor(comparer, planner, context, handle, links)
        guard case .directory(let listing) = entry.kind else { return try surveyor.survey(entry) }
        return try surveyor.survey(listing, FileMetadata(entry, context.owners))
    }

    private func findSources(
        _ entry: Entry, _ survey: TargetSurvey, _ target: RestoreTarget,
        _ comparer: TreeComparer, _ context: RestoreContext
    ) throws -> SourceFinder.Found {
        var root: Content?
        if case .directory(let listing) = entry.kind { root = listing }
        let finder = SourceFinder(
            comparer: comparer, context: context,
            cutters: FileCutters(repository.description.chunking),
            target: survey.isFresh ? nil : target.handle)
        return try finder.find(survey, root: root)
    }
}
