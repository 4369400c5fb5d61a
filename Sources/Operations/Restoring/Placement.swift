import FileHandles
import FileTree
import SnapshotModel

/// Moves what is complete to its name, and sees to it that nothing is lost that stands there.
struct Placement {
    /// What stood at the name when it was decided that it may go; `nil` when there was nothing.
    var expected: FileStatus?
    /// Whether what stood there was changed here.
    var isConflict = false

    /// How often somebody else may be faster.
    private static let attempts = 100

    /// Gives an entry of a directory its name.
    ///
    /// What stands there is looked at once more: it may have come, or have been changed, since.
    /// - Returns: `false` when it stays, and the new entry was removed.
    func move(
        _ temporary: [UInt8], to name: [UInt8], in directory: FileHandle, _ context: RestoreContext
    ) throws(SystemCallError) -> Bool {
        if expected == nil {
            do throws(SystemCallError) {
                try directory.rename(temporary, toFree: name)
                return true
            } catch {
                guard error.isTaken else { throw error }
            }
        }
        for _ in 0..<Self.attempts {
            guard let present = try directory.statusIfPresent(of: name) else {
                do throws(SystemCallError) {
                    try directory.rename(temporary, toFree: name)
                    return true
                } catch {
                    guard error.isTaken else { throw error }
                    continue
                }
            }
            if expected == nil, try directory.foldsName(name) {
                context.results.note(
                    .collision, FoldedName.reason, directory.path.appending(component: name))
                try directory.remove(name: temporary)
                return false
            }
            let isExpected = expected.map { $0.isSameFile(as: present) } ?? false
            if isExpected, !isConflict {
                try context.takeName(name, from: present, in: directory) {
                    () throws(SystemCallError) in
                    try context.unlocking(name, in: directory) { () throws(SystemCallError) in
                        try directory.rename(temporary, to: name)
                    }
                }
                return true
            }
            switch context.settings.onConflict {
            case .keep:
                context.results.noteConflict(directory.path.appending(component: name), .kept)
                try directory.remove(name: temporary)
                return false
            case .replace:
                try context.unlocking(name, in: directory) { () throws(SystemCallError) in
                    try directory.rename(temporary, to: name)
                }
                context.results.noteConflict(directory.path.appending(component: name), .replaced)
                return true
            case .both: try context.moveAside(name, in: directory)
            }
        }
        throw SystemCallError(
            number: SystemCallError.taken, call: "rename",
            path: directory.path.appending(component: name))
    }
}

extension RestoreContext {
    /// Gives an entry that was changed here another name in its folder, and tells which.
    func moveAside(_ name: [UInt8], in directory: FileHandle) throws(SystemCallError) {
        var attempt = 0
        while true {
            let other = ConflictName.make(for: name, time: settings.time, attempt: attempt)
            do throws(SystemCallError) {
                try unlocking(name, in: directory) { () throws(SystemCallError) in
                    try directory.rename(name, toFree: other)
                }
                results.noteConflict(
                    directory.path.appending(component: name),
                    .renamed(to: directory.path.appending(component: other)))
                return
            } catch {
                // Gone meanwhile: then nothing has to make room.
                if error.isNoEntry { return }
                guard error.isTaken else { throw error }
                attempt += 1
            }
        }
    }
}
