import FileHandles
import FileTree
import SnapshotModel

/// Sets owner, mode and time of an open file or directory; what fails is reported, not thrown.
func setMetadata(
    _ metadata: Metadata, of file: FileHandle, _ path: @autoclosure () -> [UInt8],
    _ results: RestoreResults
) {
    var mode = metadata.mode
    if needsOwner(metadata) {
        do {
            try file.setOwner(userID: metadata.userID, groupID: metadata.groupID)
        } catch {
            results.fail(path(), "owner: \(error.reason)")
            // With another owner, setuid and setgid would give away other rights than they did.
            mode &= 0o1777
        }
    }
    do {
        // After the owner, because changing the owner clears setuid and setgid.
        try file.setPermissions(mode)
        try file.setModified(FileStatus.Time(metadata.modified))
    } catch {
        results.fail(path(), "\(error.call): \(error.reason)")
    }
}

/// New files belong to this process's user and group unless somebody else is wanted; a superuser
/// sets the owner always, because a setgid folder may have given another group.
func needsOwner(_ metadata: Metadata) -> Bool {
    Machine.userID == 0 || metadata.userID != Machine.userID || metadata.groupID != Machine.groupID
}

extension FileStatus.Time {
    init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
