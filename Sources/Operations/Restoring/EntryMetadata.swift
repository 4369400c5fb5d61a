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
    /// `nil` to leave the flags as they are.
    let flags: FileFlags?

    /// - Parameters:
    ///   - attributes: `nil` to leave them as they are.
    ///   - flags: `nil` to leave them as they are.
    init(_ metadata: Metadata, attributes: [ExtendedAttribute]?, flags: FileFlags?) {
        self.metadata = metadata
        self.attributes = attributes
        self.flags = flags
    }

    /// What an entry of the snapshot has, with the owners that it has here.
    init(_ entry: Entry, _ owners: OwnerRule) {
        self.init(
            owners.local(entry.metadata), attributes: entry.extendedAttributes, flags: entry.flags)
    }
}

/// Where an entry is whose metadata is set.
enum MetadataPlace {
    /// An open file or directory.
    case open(FileHandle)
    /// What is not opened, under the name that it has now: a link, a pipe, a device, or a file that
    /// this user may not read.
    case entry([UInt8], in: FileHandle, isLink: Bool)

    /// Whether it is a symbolic link, whose mode nobody can set.
    var isLink: Bool {
        if case .entry(_, _, isLink: true) = self { true } else { false }
    }

    func status() throws(SystemCallError) -> FileStatus {
        switch self {
        case .open(let file): try file.status()
        case .entry(let name, let directory, _): try directory.status(of: name)
        }
    }

    func setOwner(_ metadata: Metadata) throws(SystemCallError) {
        let (user, group) = (metadata.userID, metadata.groupID)
        switch self {
        case .open(let file): try file.setOwner(userID: user, groupID: group)
        case .entry(let name, let directory, _):
            try directory.setOwner(of: name, userID: user, groupID: group)
        }
    }

    func setPermissions(_ mode: UInt16) throws(SystemCallError) {
        switch self {
        case .open(let file): try file.setPermissions(mode)
        case .entry(let name, let directory, _): try directory.setPermissions(of: name, mode)
        }
    }

    func setModified(_ time: Timestamp) throws(SystemCallError) {
        switch self {
        case .open(let file): try file.setModified(FileStatus.Time(time))
        case .entry(let name, let directory, _):
            try directory.setModified(of: name, FileStatus.Time(time))
        }
    }
}

/// Sets owner, extended attributes, mode, time and flags; what the place does not take is noted,
/// not thrown.
/// - Parameters:
///   - isNew: whether it was made by this run.
///   - path: for messages.
/// - Returns: whether extended attributes and flags are those of the snapshot.
@discardableResult
func setMetadata(
    _ wanted: FileMetadata, of place: MetadataPlace, isNew: Bool,
    _ path: @autoclosure () -> [UInt8], _ context: RestoreContext
) -> Bool {
    var lacks = EntryShortfalls()
    if !isNew, wanted.flags != nil, case .open(let file) = place { context.flags?.unlock(file) }
    let hasAttributes = setAllButFlags(wanted, of: place, isNew: isNew, &lacks, path(), context)
    let hasFlags = setFlags(wanted, of: place, isNew: isNew, &lacks, context)
    if !lacks.isEmpty { context.results.note(lacks, path()) }
    return hasAttributes && hasFlags
}

/// Sets the flags, after which nothing more may be done to a file.
/// - Returns: whether they are those of the snapshot.
func setFlags(
    _ wanted: FileMetadata, of place: MetadataPlace, isNew: Bool, _ lacks: inout EntryShortfalls,
    _ context: RestoreContext
) -> Bool {
    guard let flags = wanted.flags, let restorer = context.flags else { return false }
    switch place {
    case .open(let file): return restorer.set(flags, of: file, isNew: isNew, &lacks)
    case .entry: return flags.isEmpty
    }
}

/// Sets owner, extended attributes, mode and time.
/// - Parameter made: as this run has made it; `nil` when that is not known.
/// - Returns: whether the extended attributes are those of the snapshot.
func setAllButFlags(
    _ wanted: FileMetadata, of place: MetadataPlace, isNew: Bool, made: FileStatus? = nil,
    _ lacks: inout EntryShortfalls, _ path: @autoclosure () -> [UInt8], _ context: RestoreContext
) -> Bool {
    let metadata = wanted.metadata
    let isOwned = setOwner(metadata, of: place, made, context, &lacks)
    var hasAttributes = false
    if let attributes = wanted.attributes, let restorer = context.attributes {
        // After the owner, because changing the owner takes capabilities away.
        hasAttributes = restorer.set(attributes, of: place, isNew: isNew, &lacks, path())
    }
    // After the owner, because changing the owner clears setuid and setgid.
    if !place.isLink { setMode(metadata, of: place, isOwned: isOwned, context, &lacks) }
    do throws(SystemCallError) {
        try place.setModified(metadata.modified)
    } catch {
        lacks.add(.time, error)
    }
    return hasAttributes
}

/// - Returns: whether the owner was set.
private func setOwner(
    _ metadata: Metadata, of place: MetadataPlace, _ made: FileStatus?,
    _ context: RestoreContext, _ lacks: inout EntryShortfalls
) -> Bool {
    guard context.owners.needsOwner(metadata, made: made) else { return false }
    do throws(SystemCallError) {
        try place.setOwner(metadata)
        return true
    } catch {
        lacks.add(.owner, error)
        return false
    }
}

private func setMode(
    _ metadata: Metadata, of place: MetadataPlace, isOwned: Bool, _ context: RestoreContext,
    _ lacks: inout EntryShortfalls
) {
    do throws(SystemCallError) {
        var mode = metadata.mode
        if !isOwned, mode & OwnerRule.setID != 0 {
            mode = context.owners.mode(of: metadata, ownedAsIn: try place.status())
        }
        // Who wants no owners does not want their rights either.
        if mode != metadata.mode, context.owners.policy != .none {
            lacks.add(.setID, "it belongs to another owner than it should")
        }
        try place.setPermissions(mode)
    } catch {
        lacks.add(.mode, error)
    }
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
            setMetadata(
                FileMetadata(entry, context.owners), of: .open(file), isNew: false, path, context)
            return true
        } catch {
            // Not for us to read; whoever owns it may set its metadata all the same.
            guard error.number == EACCES else { throw error }
        }
    }
    guard isAsSeen(entry, try directory.status(of: name), seen) else { return false }
    setMetadata(
        FileMetadata(entry, context.owners),
        of: .entry(name, in: directory, isLink: entry.kind.isLink), isNew: false, path, context)
    return true
}

/// Whether nobody has changed an entry since it was looked at. Another name of the same file may
/// have got the same metadata already.
private func isAsSeen(_ entry: Entry, _ now: FileStatus, _ seen: FileStatus) -> Bool {
    if now.isSameFile(as: seen) { return true }
    return seen.linkCount > 1 && now.inode == seen.inode && now.sizeInBytes == seen.sizeInBytes
        && Timestamp(now.modified) == entry.metadata.modified
}

extension EntryKind {
    /// Whether it is a symbolic link.
    var isLink: Bool {
        if case .symlink = self { true } else { false }
    }
}

extension FileStatus.Time {
    init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
