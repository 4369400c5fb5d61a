import FileHandles
import FileTree
import SnapshotModel

/// Takes away what stands where the snapshot has an entry of another kind, as far as the policies
/// go; on the calling thread.
struct RoomMaker {
    let context: RestoreContext
    let remover: TreeRemover

    /// Makes room.
    /// - Parameters:
    ///   - path: of the entry, within the target.
    ///   - isConflict: whether it was changed here.
    /// - Returns: `false` when it stays.
    func makeRoom(
        _ name: [UInt8], _ local: LocalEntry, in directory: FileHandle, _ path: [UInt8],
        isConflict: Bool
    ) throws -> Bool {
        if local.status.kind == .directory {
            return try clear(name, local, in: directory, path)
        }
        guard isConflict else {
            try context.unlocking(name, in: directory) { () throws(SystemCallError) in
                try directory.remove(name: name)
            }
            return true
        }
        return try resolveConflict(name, local, in: directory, path)
    }

    /// Tells what would become of it.
    func plan(
        _ name: [UInt8], _ local: LocalEntry, in existing: FileHandle?, _ path: [UInt8],
        isConflict: Bool
    ) throws {
        guard try isConflict && !wouldClear(name, local, in: existing, path) else { return }
        noteConflict(context.messagePath(path))
    }

    /// Tells what would become of a conflict.
    func noteConflict(_ path: [UInt8]) {
        switch context.settings.onConflict {
        case .keep: context.results.noteConflict(path, .kept)
        case .replace: context.results.noteConflict(path, .replaced)
        case .both:
            let name = AbsolutePath.lastComponent(path)
            let other = ConflictName.make(for: name, time: context.settings.time)
            let folder = Array(path.dropLast(name.count))
            context.results.noteConflict(path, .renamed(to: folder + other))
        }
    }

    private func clear(
        _ name: [UInt8], _ local: LocalEntry, in directory: FileHandle, _ path: [UInt8]
    ) throws -> Bool {
        if context.settings.deletion != .nothing,
            try remover.remove(name, in: directory, path: path, local, context.settings.deletion)
        {
            return true
        }
        do throws(SystemCallError) {
            try directory.removeDirectory(name: name)
            return true
        } catch {
            guard error.isTaken else { throw error }
        }
        return try resolveConflict(name, local, in: directory, path)
    }

    /// Whether a directory would go without being a conflict.
    private func wouldClear(
        _ name: [UInt8], _ local: LocalEntry, in existing: FileHandle?, _ path: [UInt8]
    ) throws -> Bool {
        guard local.status.kind == .directory, let existing else { return false }
        let policy = context.settings.deletion
        if policy != .nothing, try remover.remove(name, in: existing, path: path, local, policy) {
            return true
        }
        return try existing.openDirectory(name: name).hasNoEntries()
    }

    private func resolveConflict(
        _ name: [UInt8], _ local: LocalEntry, in directory: FileHandle, _ path: [UInt8]
    ) throws -> Bool {
        switch context.settings.onConflict {
        case .keep:
            context.results.noteConflict(context.messagePath(path), .kept)
            return false
        case .replace:
            context.results.noteConflict(context.messagePath(path), .replaced)
            return try remover.remove(name, in: directory, path: path, local, .everything)
        case .both:
            try context.moveAside(name, in: directory)
            return true
        }
    }
}
