import FileHandles
import FileTree
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a file or directory gets beside its content.
struct FileMetadata: Sendable {
    let metadata: Metadata
    /// `nil` to leave the extended attributes as they are.
    let attributes: [ExtendedAttribute]?

    init(_ metadata: Metadata, attributes: [ExtendedAttribute]?) {
        self.metadata = metadata
        self.attributes = attributes
    }

    /// What an entry of the snapshot has.
    init(_ entry: Entry) {
        self.init(entry.metadata, attributes: entry.extendedAttributes)
    }
}

/// Sets owner, extended attributes, mode and time of an open file or directory; what fails is
/// reported, not thrown.
/// - Parameter isNew: whether it was made by this run.
/// - Returns: whether the extended attributes are those of the snapshot.
@discardableResult
func setMetadata(
    _ wanted: FileMetadata, of file: FileHandle, isNew: Bool, _ path: @autoclosure () -> [UInt8],
    _ context: RestoreContext
) -> Bool {
    let (metadata, results) = (wanted.metadata, context.results)
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
    var hasAttributes = false
    if let attributes = wanted.attributes, let restorer = context.attributes {
        // After the owner, because changing the owner takes capabilities away.
        hasAttributes = restorer.set(attributes, of: file, isNew: isNew, path())
    }
    do {
        // After the owner, because changing the owner clears setuid and setgid.
        try file.setPermissions(mode)
        try file.setModified(FileStatus.Time(metadata.modified))
    } catch {
        results.fail(path(), "\(error.call): \(error.reason)")
    }
    return hasAttributes
}

/// Sets the metadata of an entry that is not opened: a link, a pipe, a device.
/// - Parameters:
///   - name: the name that it has now.
///   - isNew: whether it was made by this run.
/// - Returns: whether the extended attributes are those of the snapshot.
@discardableResult
func setMetadata(
    _ entry: Entry, named name: [UInt8], in directory: FileHandle, isNew: Bool, _ path: [UInt8],
    _ context: RestoreContext
) throws(SystemCallError) -> Bool {
    let metadata = entry.metadata
    var mode = metadata.mode
    if needsOwner(metadata) {
        do {
            try directory.setOwner(
                of: name, userID: metadata.userID, groupID: metadata.groupID)
        } catch {
            context.results.fail(path, "owner: \(error.reason)")
            mode &= 0o1777
        }
    }
    let hasAttributes =
        context.attributes?.set(
            entry.extendedAttributes, of: name, in: directory, isNew: isNew, path) ?? false
    var isLink = false
    if case .symlink = entry.kind { isLink = true }
    if !isLink { try directory.setPermissions(of: name, mode) }
    try directory.setModified(of: name, FileStatus.Time(metadata.modified))
    return hasAttributes
}

/// Gives an entry that is there already the metadata of the snapshot's.
/// - Parameter seen: what it looked like when it was found out that its content is the same.
/// - Returns: `false` when somebody has changed it since; then it stays as it is.
func adjustMetadata(
    _ entry: Entry, _ seen: FileStatus, in directory: FileHandle, _ context: RestoreContext
) throws(SystemCallError) -> Bool {
    let name = entry.name.bytes
    let path = directory.path.appending(component: name)
    if case .file = entry.kind {
        do throws(SystemCallError) {
            let file = try directory.open(name: name, flags: O_RDONLY | O_NONBLOCK)
            // With the snapshot's time on it nobody could tell any more.
            guard isAsSeen(entry, try file.status(), seen) else { return false }
            setMetadata(FileMetadata(entry), of: file, isNew: false, path, context)
            return true
        } catch {
            // Not for us to read; whoever owns it may set its metadata all the same.
            guard error.number == EACCES else { throw error }
        }
    }
    guard isAsSeen(entry, try directory.status(of: name), seen) else { return false }
    try setMetadata(entry, named: name, in: directory, isNew: false, path, context)
    return true
}

/// Whether nobody has changed an entry since it was looked at. Another name of the same file may
/// have got the same metadata already.
private func isAsSeen(_ entry: Entry, _ now: FileStatus, _ seen: FileStatus) -> Bool {
    if now.isSameFile(as: seen) { return true }
    return seen.linkCount > 1 && now.inode == seen.inode && now.sizeInBytes == seen.sizeInBytes
        && Timestamp(now.modified) == entry.metadata.modified
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
