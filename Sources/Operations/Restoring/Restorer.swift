// Restores a tree into an empty directory. The calling thread reads the listings, makes the
// directories and plans what to read (TreeWalker, RestorePlanner); other threads read ranges of
// packs, verify, and write (RestorePipeline, BlockWriter, PendingFile). The plan goes by pack, so
// that each byte is read once and with few requests, and files are written out of order.

package import ChunkStorage
import FileHandles
import FileTree
package import RepositoryAccess
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
    /// When it returns, everything that could be restored is on the disk. When it throws, no file
    /// is there that is not complete.
    /// - Parameter entry: what to restore; a directory's name does not matter.
    /// - Throws: `RestoreError`, `StoreError`, `Interrupted`; single paths are reported instead.
    package func restore(_ entry: Entry) throws -> RestoreCounts {
        let root = try openTarget()
        let shared = ChunkLoader.Shared(
            store: repository.store, index: try index ?? repository.openIndex(),
            cacheInBytes: Self.cacheInBytes)
        let context = RestoreContext(settings, results)
        defer { context.close() }
        try withThreads { threads in
            let pipeline = RestorePipeline(shared, context, threads)
            let loader = try ChunkLoader(
                shared, metadataWindowInBytes: settings.reading.metadataWindowInBytes)
            try TreeWalker(loader, context, pipeline).restore(entry, to: root)
            try pipeline.finish()
        }
        try root.synchronizeFileSystem()
        return results.current
    }

    private func openTarget() throws -> FileHandle {
        let root: FileHandle
        do {
            try FileHandle.makeDirectories(path: settings.target, mode: 0o700)
            root = try FileHandle.openDirectory(path: settings.target)
            guard try SortedNames(of: root).count == 0 else {
                throw RestoreError(
                    code: .targetNotEmpty, path: settings.target, cause: "it is not empty")
            }
        } catch let error as SystemCallError {
            throw RestoreError(code: .targetUnusable, path: settings.target, cause: error.reason)
        }
        return root
    }
}
