// Restores a tree into an empty directory. The calling thread reads the listings, makes the
// directories and hands out runs of entries; the workers load chunks and write files. Entries that
// were stored together lie in the same blocks, so handing them out in order keeps the cache of
// blocks small.

import ChunkStorage
import FileHandles
import FileTree
package import RepositoryAccess
package import SnapshotModel
import WorkerThreads

/// Restores snapshots of one repository.
package struct Restorer: Sendable {
    /// Entries of one directory for one worker.
    private struct Job: Sendable {
        let entries: [Entry]
        let directory: PendingDirectory
    }

    /// A job ends at this many entries or bytes: several blocks' worth.
    private static let jobEntries = 128
    private static let jobBytes: UInt64 = 4 * 1024 * 1024
    /// Jobs that wait; each keeps a directory open.
    private static let waitingJobs = 64

    private let repository: Repository
    private let settings: RestoreSettings
    private let results: RestoreResults

    /// - Parameter report: called from several threads.
    package init(
        repository: Repository, settings: RestoreSettings,
        report: @escaping @Sendable (RestoreEvent) -> Void
    ) {
        self.repository = repository
        self.settings = settings
        results = RestoreResults(report)
    }

    /// Makes the target equal to a directory of a snapshot, or puts one entry into it.
    ///
    /// When it returns, everything that could be restored is on the disk.
    /// - Parameter entry: what to restore; a directory's name does not matter.
    /// - Throws: `RestoreError`, `StoreError`, `Interrupted`; single paths are reported instead.
    package func restore(_ entry: Entry) throws -> RestoreCounts {
        let root = try openTarget()
        let shared = ChunkLoader.Shared(
            store: repository.store, index: try repository.openIndex())
        let jobs = BoundedQueue<Job>(capacity: Self.waitingJobs)
        try withThreads { threads in
            threads.onFailure { jobs.cancel() }
            for number in 0..<settings.workerCount {
                threads.spawn {
                    let restorer = FileRestorer(
                        try ChunkLoader(shared), settings, results, number: number)
                    while let job = jobs.pop() {
                        for entry in job.entries {
                            try settings.cancellation.check()
                            try restorer.restore(entry, in: job.directory.handle)
                        }
                        job.directory.release()
                    }
                }
            }
            let reader = TreeReader(try ChunkLoader(shared))
            switch entry.kind {
            case .directory(let listing):
                let directory = pending(root, in: nil, entry.metadata)
                try restore(listing, of: directory, path: [], reader, jobs)
                directory.release()
            default:
                let directory = PendingDirectory(root, in: nil, entry.metadata) { _, _ in }
                push([entry], directory, jobs)
                directory.release()
            }
            jobs.close()
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

    private func pending(
        _ handle: FileHandle, in parent: PendingDirectory?, _ metadata: Metadata
    ) -> PendingDirectory {
        results.add { $0.directories += 1 }
        return PendingDirectory(handle, in: parent, metadata) { [results] handle, metadata in
            setMetadata(metadata, of: handle, handle.path, results)
        }
    }

    private func restore(
        _ listing: Content, of directory: PendingDirectory, path: [UInt8], _ reader: TreeReader,
        _ jobs: BoundedQueue<Job>
    ) throws {
        var entries: [Entry] = []
        var bytes: UInt64 = 0
        do {
            try reader.forEachEntry(of: listing, path: path) { entry in
                if case .directory(let content) = entry.kind {
                    try restoreDirectory(entry, content, in: directory, path, reader, jobs)
                    return
                }
                entries.append(entry)
                bytes += entry.kind.content?.sizeInBytes ?? 0
                if entries.count >= Self.jobEntries || bytes >= Self.jobBytes {
                    push(entries, directory, jobs)
                    entries = []
                    bytes = 0
                }
            }
        } catch let error as RepositoryError {
            results.damage(directory.handle.path, "\(error)")
        }
        push(entries, directory, jobs)
    }

    private func restoreDirectory(
        _ entry: Entry, _ listing: Content, in parent: PendingDirectory, _ path: [UInt8],
        _ reader: TreeReader, _ jobs: BoundedQueue<Job>
    ) throws {
        try settings.cancellation.check()
        let handle: FileHandle
        do {
            try parent.handle.makeDirectory(name: entry.name.bytes, mode: 0o700)
            handle = try parent.handle.openDirectory(name: entry.name.bytes)
        } catch {
            try results.fail(parent.handle.path.appending(component: entry.name.bytes), error)
            return
        }
        let directory = pending(handle, in: parent, entry.metadata)
        let inner = path.appending(component: entry.name.bytes)
        try restore(listing, of: directory, path: inner, reader, jobs)
        directory.release()
    }

    private func push(
        _ entries: [Entry], _ directory: PendingDirectory, _ jobs: BoundedQueue<Job>
    ) {
        if entries.isEmpty { return }
        directory.retain()
        jobs.push(Job(entries: entries, directory: directory))
    }
}
