import ChunkStorage
import FileHandles
import FileTree
import SnapshotModel
import WorkerThreads

/// Reads a restored tree back and compares it with the snapshot, on the calling thread.
struct RestoreVerifier {
    let comparer: TreeComparer
    let planner: FilePlanner
    let context: RestoreContext

    /// Verifies what was restored; differences are reported. What the policy has left as it was, or
    /// could not be restored, was reported before.
    func verify(_ entry: Entry, in target: FileHandle) throws {
        guard case .directory(let listing) = entry.kind else {
            return try verify(entry, in: target, context.settings.target)
        }
        try verify(listing, in: target, context.settings.target)
    }

    private func verify(
        _ listing: Content, in directory: FileHandle, _ path: [UInt8]
    ) throws {
        do {
            try comparer.forEachEntry(of: listing) { entry in
                try verify(entry, in: directory, path)
            }
        } catch let error as RepositoryError where error.code == .damaged {
            // The restore itself has told.
            return
        }
    }

    private func verify(_ entry: Entry, in directory: FileHandle, _ folder: [UInt8]) throws {
        try context.settings.cancellation.check()
        let path = folder.appending(component: entry.name.bytes)
        if context.results.isLeft(path) { return }
        do {
            switch entry.kind {
            case .directory(let listing):
                try verify(listing, in: directory.openDirectory(name: entry.name.bytes), path)
            case .file(let content):
                let file = try directory.openFile(below: entry.name.bytes)
                // What lies in memory proves nothing about the disk.
                file.adviseUnneeded()
                if try !planner.has(content, in: file) {
                    context.results.fail(path, "other bytes are read back than were written")
                }
                context.results.add { $0.verified += 1 }
            case .symlink(let target):
                if try directory.linkTarget(of: entry.name.bytes) != target {
                    context.results.fail(path, "another target is read back")
                }
            case .socket: return
            default: _ = try directory.status(of: entry.name.bytes)
            }
        } catch let error as SystemCallError {
            if context.results.hasFailed(path) { return }
            context.results.fail(path, "cannot be read back: \(error.reason)")
        }
    }
}
