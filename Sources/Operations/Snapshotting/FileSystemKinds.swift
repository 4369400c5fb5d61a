import FileHandles

/// The kinds of the file systems that a scan meets; each is asked for once.
struct FileSystemKinds {
    private var kinds: [UInt64: FileSystemKind] = [:]

    /// The kind of the file system that a directory is on.
    mutating func kind(of directory: FileHandle, _ status: FileStatus) -> FileSystemKind {
        if let known = kinds[status.device] { return known }
        let kind = directory.fileSystemKind
        kinds[status.device] = kind
        return kind
    }

    /// The kind of the file system that an entry of a directory is on.
    mutating func kind(ofFile status: FileStatus, in directory: FileHandle) -> FileSystemKind {
        do {
            let folder = try directory.status()
            return kind(of: directory, folder).ofFile(status, in: folder)
        } catch {
            return .unknown
        }
    }
}
