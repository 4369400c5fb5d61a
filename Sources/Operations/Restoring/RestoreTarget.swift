import FileHandles
import FileTree
import SnapshotModel

/// The folder that a restore writes into, opened for it alone.
struct RestoreTarget {
    /// `nil` when there is none, and nothing is to be written.
    let handle: FileHandle?
    /// What it was before; `nil` when it was made now.
    let status: FileStatus?
    /// Whether nothing was in it.
    let isEmpty: Bool

    /// Opens the target, and makes it where it is missing and something is to be written.
    /// - Parameter isKnown: whether the folder was restored here before, or is taken into
    ///   snapshots.
    /// - Throws: `RestoreError` `.targetUnusable`, `.targetInUse`, `.wrongTarget`.
    init(_ settings: RestoreSettings, isKnown: Bool) throws {
        let path = settings.target
        do {
            let before = try Self.status(of: path)
            if before == nil {
                if settings.isDryRun {
                    (handle, status, isEmpty) = (nil, nil, true)
                    return
                }
                try FileHandle.makeDirectories(path: path, mode: 0o700)
            }
            let opened = try FileHandle.openDirectory(path: path)
            isEmpty = try opened.hasNoEntries()
            handle = opened
            status = before
            guard settings.isDryRun || opened.takeExclusively() else {
                throw RestoreError(
                    code: .targetInUse, path: path, cause: "another restore is writing to it")
            }
        } catch let error as SystemCallError {
            throw RestoreError(code: .targetUnusable, path: path, cause: error.reason)
        }
        try checkDeletion(settings, isKnown: isKnown)
    }

    /// Sees to it that the target can be written to, if there is something to do in it.
    /// - Throws: `RestoreError` `.targetUnusable`.
    func prepareWriting(_ survey: TargetSurvey, _ entry: Entry) throws {
        guard let handle, survey.isChanged([]) else { return }
        do throws(SystemCallError) {
            try handle.checkWritable()
        } catch {
            // Locked as the snapshot has it: that is no wish of whoever restores.
            guard error.number == SystemCallError.denied, let status,
                case .directory = entry.kind, status.permissions == entry.metadata.mode,
                (try? handle.setPermissions(status.permissions | 0o700)) != nil
            else { throw unusable(handle, error) }
        }
    }

    private func unusable(_ handle: FileHandle, _ error: SystemCallError) -> RestoreError {
        RestoreError(code: .targetUnusable, path: handle.path, cause: error.reason)
    }

    private static func status(of path: [UInt8]) throws(SystemCallError) -> FileStatus? {
        do throws(SystemCallError) {
            return try FileStatus.of(path: path, followsLinks: true)
        } catch {
            guard error.number == SystemCallError.missing else { throw error }
            return nil
        }
    }

    /// Refuses to delete where somebody has mistyped a path.
    private func checkDeletion(_ settings: RestoreSettings, isKnown: Bool) throws {
        guard settings.deletion == .everything, !settings.forcesDeletion, let status else { return }
        for folder in settings.protectedFolders + [[UInt8(ascii: "/")]] {
            guard let other = try? FileStatus.of(path: folder, followsLinks: true) else { continue }
            if other.inode == status.inode, other.device == status.device {
                throw RestoreError(
                    code: .wrongTarget, path: settings.target,
                    cause: "everything else in \(DisplayText.escape(folder)) would be deleted")
            }
        }
        if isEmpty || isKnown { return }
        throw RestoreError(
            code: .wrongTarget, path: settings.target,
            cause: "it is not empty, and nothing of this source was ever restored to it or taken"
                + " from it here")
    }
}
