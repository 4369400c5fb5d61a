import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Removes what the snapshot does not have, on the calling thread.
///
/// It stays below the target: each step is taken from an open folder, links are never followed,
/// and no other file system is entered.
struct TreeRemover {
    let comparer: TreeComparer
    let context: RestoreContext
    /// The number of the file system that the target is on.
    private let device: UInt64?

    init(_ comparer: TreeComparer, _ context: RestoreContext, _ target: RestoreTarget) {
        self.comparer = comparer
        self.context = context
        device = target.status?.device
    }

    /// Removes an entry of a folder with everything in it, as far as the policy goes.
    /// - Parameters:
    ///   - path: of the entry, within the target.
    ///   - local: the entry as it was seen; another one that has come since stays.
    /// - Returns: whether it is gone.
    @discardableResult
    func remove(
        _ name: [UInt8], in folder: FileHandle, path: [UInt8], _ local: LocalEntry,
        _ policy: DeletionPolicy
    ) throws -> Bool {
        try context.settings.cancellation.check()
        if ConflictName.matches(name) { return false }
        let isFolder = local.status.kind == .directory
        if policy == .unchanged, !isFolder, !local.memory.isUnchanged { return false }
        let fullPath = folder.path.appending(component: name)
        do {
            guard let present = try folder.statusIfPresent(of: name) else { return true }
            guard Self.isSame(present, local.status, policy) else { return false }
            if isFolder {
                return try removeFolder(name, in: folder, path: path, local, policy)
            }
            if !context.settings.isDryRun {
                try context.takeName(name, from: present, in: folder) {
                    () throws(SystemCallError) in
                    try context.unlocking(name, in: folder) { () throws(SystemCallError) in
                        try folder.remove(name: name)
                    }
                }
            }
            context.results.noteDeleted(fullPath)
            return true
        } catch let error as SystemCallError {
            try context.results.fail(fullPath, error)
            return false
        }
    }

    /// Whether an entry is the one that was seen. A number of a file may be used again at once.
    private static func isSame(
        _ present: FileStatus, _ seen: FileStatus, _ policy: DeletionPolicy
    ) -> Bool {
        guard present.kind == seen.kind, present.inode == seen.inode else { return false }
        if present.kind == .directory { return true }
        if policy == .unchanged { return present.isSameFile(as: seen) }
        // Not the time of its last change: another name of the file may just have been removed.
        return present.modified == seen.modified && present.sizeInBytes == seen.sizeInBytes
    }

    private func removeFolder(
        _ name: [UInt8], in folder: FileHandle, path: [UInt8], _ local: LocalEntry,
        _ policy: DeletionPolicy
    ) throws -> Bool {
        if policy == .unchanged, !comparer.isRemembered(path) { return false }
        let fullPath = folder.path.appending(component: name)
        let isWriting = !context.settings.isDryRun
        if isWriting {
            context.flags?.unlock(name, in: folder)
            try Self.unlock(name, in: folder, local.status)
        }
        let inner = try folder.openDirectory(name: name)
        guard local.status.device == device, inner.isMountRoot != true else {
            context.results.fail(fullPath, "not removed: another file system is mounted there")
            return false
        }
        var isEmpty = true
        try comparer.forEachName(of: inner, path: path) { innerName, innerLocal in
            let innerPath = path.appending(component: innerName)
            let isGone = try remove(innerName, in: inner, path: innerPath, innerLocal, policy)
            isEmpty = isEmpty && isGone
        }
        guard isEmpty else { return false }
        if isWriting { try folder.removeDirectory(name: name) }
        context.results.noteDeleted(fullPath)
        return true
    }

    /// Sees to it that the entries of a folder can be removed.
    static func unlock(
        _ name: [UInt8], in folder: FileHandle, _ status: FileStatus
    ) throws(SystemCallError) {
        // Whoever may do everything need not change anything.
        if status.permissions & 0o700 == 0o700 || folder.mayUseFolder(name) { return }
        try folder.setPermissions(of: name, status.permissions | 0o700)
    }
}
