#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What `stat` tells about a file.
package struct FileStatus: Equatable, Sendable {
    /// A moment as the file system keeps it.
    package struct Time: Equatable, Sendable {
        /// Whole seconds since 1970.
        package let seconds: Int64
        /// 0 to 999,999,999.
        package let nanoseconds: UInt32

        init(_ time: timespec) {
            seconds = Int64(time.tv_sec)
            nanoseconds = UInt32(clamping: time.tv_nsec)
        }

        /// A moment given by its parts.
        package init(seconds: Int64, nanoseconds: UInt32) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// The kinds of file, by the words for them.
    package enum Kind: String, Sendable {
        case file
        case directory
        case symlink
        case fifo
        case socket
        case characterDevice
        case blockDevice
    }

    /// What the file is.
    package let kind: Kind
    /// The low 12 bits of the mode.
    package let permissions: UInt16
    /// The owner's number.
    package let userID: UInt32
    /// The group's number.
    package let groupID: UInt32
    /// The size in bytes.
    package let sizeInBytes: UInt64
    /// How many bytes the file system has allocated.
    package let allocatedInBytes: UInt64

    /// Whether the file system has allocated less than the file has: it may have holes, or be
    /// compressed.
    package var lacksBlocks: Bool { allocatedInBytes < sizeInBytes }
    /// When the content changed last.
    package let modified: Time
    /// When content or metadata changed last.
    package let changed: Time
    /// The number of the file within its file system.
    package let inode: UInt64
    /// The number of the file system.
    package let device: UInt64
    /// How many names the file has; of a directory, what the file system likes.
    package let linkCount: UInt64
    /// The major number of a device file.
    package let deviceMajor: UInt32
    /// The minor number of a device file.
    package let deviceMinor: UInt32
    /// When the file was made; `nil` unless that was asked for, and where the file system does not
    /// tell.
    package let created: Time?

    /// What to ask the system for.
    package enum Detail: Sendable {
        /// All but when the file was made.
        case usual
        /// Everything.
        case withBirthTime
    }

    init(_ raw: stat, _ detail: Detail = .usual) {
        kind = Kind(mode: raw.st_mode)
        permissions = UInt16(raw.st_mode & 0o7777)
        userID = raw.st_uid
        groupID = raw.st_gid
        sizeInBytes = UInt64(clamping: raw.st_size)
        allocatedInBytes = UInt64(clamping: raw.st_blocks) * 512
        inode = UInt64(raw.st_ino)
        device = UInt64(truncatingIfNeeded: raw.st_dev)
        linkCount = UInt64(raw.st_nlink)
        #if canImport(Glibc)
        modified = Time(raw.st_mtim)
        changed = Time(raw.st_ctim)
        // The encoding of glibc's gnu_dev_major and gnu_dev_minor, which are macros to Swift.
        let number = UInt64(raw.st_rdev)
        deviceMajor = UInt32((number >> 8) & 0xFFF | (number >> 32) & ~0xFFF)
        deviceMinor = UInt32(number & 0xFF | (number >> 12) & 0xFFFF_FF00)
        // This call does not tell it.
        created = nil
        #else
        modified = Time(raw.st_mtimespec)
        changed = Time(raw.st_ctimespec)
        deviceMajor = UInt32(bitPattern: raw.st_rdev) >> 24
        deviceMinor = UInt32(bitPattern: raw.st_rdev) & 0xFF_FFFF
        created = detail == .usual ? nil : Time(raw.st_birthtimespec)
        #endif
    }

    /// The status that something would have which exists nowhere.
    /// - Parameter changed: when content or metadata changed last; with `modified`, unless given.
    package init(
        madeUp kind: Kind, permissions: UInt16, userID: UInt32, groupID: UInt32, modified: Time,
        changed: Time? = nil, sizeInBytes: UInt64 = 0
    ) {
        created = nil
        self.kind = kind
        self.permissions = permissions
        self.userID = userID
        self.groupID = groupID
        self.modified = modified
        self.changed = changed ?? modified
        self.sizeInBytes = sizeInBytes
        allocatedInBytes = 0
        inode = 0
        device = 0
        linkCount = 1
        deviceMajor = 0
        deviceMinor = 0
    }

    /// The status of a file that is not there yet, as far as it is known.
    package init(
        standInFor kind: Kind, sizeInBytes: UInt64, inode: UInt64, device: UInt64 = 0
    ) {
        created = nil
        self.kind = kind
        self.sizeInBytes = sizeInBytes
        self.inode = inode
        permissions = 0
        userID = 0
        groupID = 0
        modified = Time(seconds: 0, nanoseconds: 0)
        changed = modified
        allocatedInBytes = 0
        self.device = device
        linkCount = 1
        deviceMajor = 0
        deviceMinor = 0
    }

    /// The status of a path.
    /// - Parameter followsLinks: whether a symbolic link stands for its target.
    package static func of(
        path: [UInt8], followsLinks: Bool, _ detail: Detail = .usual
    ) throws(SystemCallError) -> Self {
        let status = path.withCString {
            Self(of: $0, in: AT_FDCWD, followsLinks: followsLinks, detail)
        }
        guard let status else { throw .last("stat", path) }
        return status
    }

    /// The status of a name in a directory.
    /// - Returns: `nil` when the system refuses it; `errno` says why.
    init?(
        of name: UnsafePointer<CChar>, in directory: CInt, followsLinks: Bool = false,
        _ detail: Detail
    ) {
        if detail == .withBirthTime,
            let status = Self(birthTimeOf: name, in: directory, followsLinks: followsLinks)
        {
            self = status
            return
        }
        var raw = stat()
        let flags = followsLinks ? 0 : AT_SYMLINK_NOFOLLOW
        guard fstatat(directory, name, &raw, flags) == 0 else { return nil }
        self.init(raw, detail)
    }
}

extension FileStatus.Kind {
    init(mode: FileMode) {
        switch mode & S_IFMT {
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symlink
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        default: self = .file
        }
    }
}
