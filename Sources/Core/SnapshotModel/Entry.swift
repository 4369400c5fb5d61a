/// What a file or a listing holds: the chunks that its bytes were cut into.
package struct Content: Hashable, Sendable {
    /// The number of plain bytes.
    package let sizeInBytes: UInt64
    /// How often the list of chunk IDs was itself stored as chunks; 0 when `chunks` are the data.
    package let levels: Int
    /// The chunks in order; of the list of the topmost level when `levels` is above 0.
    package let chunks: [ChunkID]

    /// Content with the given chunks.
    package init(sizeInBytes: UInt64, levels: Int, chunks: [ChunkID]) {
        self.sizeInBytes = sizeInBytes
        self.levels = levels
        self.chunks = chunks
    }

    /// The content of an empty file or directory.
    package static let empty = Self(sizeInBytes: 0, levels: 0, chunks: [])
}

/// A moment since 1970-01-01T00:00:00Z, to the nanosecond.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Whole seconds, rounded down; negative before 1970.
    package let seconds: Int64
    /// 0 to 999,999,999, counted forward from `seconds`.
    package let nanoseconds: UInt32

    /// A moment; `nanoseconds` must be below 1,000,000,000.
    package init(seconds: Int64, nanoseconds: UInt32) {
        precondition(nanoseconds < Self.nanosecondsPerSecond, "nanoseconds out of range")
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// 10^9.
    package static let nanosecondsPerSecond: UInt32 = 1_000_000_000

    package static func < (left: Self, right: Self) -> Bool {
        left.seconds != right.seconds
            ? left.seconds < right.seconds : left.nanoseconds < right.nanoseconds
    }
}

/// What an entry records beside its name and its kind.
package struct Metadata: Hashable, Sendable {
    /// Permission bits with setuid, setgid and sticky: the low 12 bits of `st_mode`.
    package let mode: UInt16
    /// The owner's number.
    package let userID: UInt32
    /// The group's number.
    package let groupID: UInt32
    /// When the content was changed last.
    package let modified: Timestamp

    /// Metadata; bits of `mode` above the low 12 are dropped.
    package init(mode: UInt16, userID: UInt32, groupID: UInt32, modified: Timestamp) {
        self.mode = mode & 0o7777
        self.userID = userID
        self.groupID = groupID
        self.modified = modified
    }
}

/// The number of a device, as `stat` gives it split by `major` and `minor`.
package struct DeviceNumber: Hashable, Sendable {
    /// The driver.
    package let major: UInt32
    /// The unit.
    package let minor: UInt32

    /// A device number.
    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }
}

/// What an entry is, with what only that kind has.
package enum EntryKind: Hashable, Sendable {
    /// A regular file.
    case file(Content)
    /// A directory; the content is its listing.
    case directory(Content)
    /// A symbolic link; the target is any bytes but NUL.
    case symlink(target: [UInt8])
    /// A named pipe.
    case fifo
    /// A socket: recorded, never created.
    case socket
    /// A character device.
    case characterDevice(DeviceNumber)
    /// A block device.
    case blockDevice(DeviceNumber)

    /// The content of a file or a directory.
    package var content: Content? {
        switch self {
        case .file(let content), .directory(let content): content
        default: nil
        }
    }

    /// What it is, without what only that kind has.
    package var type: EntryType {
        switch self {
        case .file: .file
        case .directory: .directory
        case .symlink: .symlink
        case .fifo: .fifo
        case .socket: .socket
        case .characterDevice: .characterDevice
        case .blockDevice: .blockDevice
        }
    }
}

/// What an entry is, by the words for it.
package enum EntryType: String, Hashable, Sendable {
    /// A regular file.
    case file
    /// A directory.
    case directory
    /// A symbolic link.
    case symlink
    /// A named pipe.
    case fifo
    /// A socket.
    case socket
    /// A character device.
    case characterDevice
    /// A block device.
    case blockDevice
}

/// One line of a listing.
package struct Entry: Hashable, Sendable {
    /// The name within the directory.
    package let name: FileName
    /// What it is.
    package let kind: EntryKind
    /// Mode, owner, time.
    package let metadata: Metadata
    /// What the file carries beside its content, by strictly ascending name; mostly nothing.
    package let extendedAttributes: [ExtendedAttribute]
    /// For another name of a file that the tree has before, in the order of a walk that is depth
    /// first and takes listings from their start: where that first one is. Kind, metadata and
    /// attributes stand here too, so that whoever cannot link makes a copy.
    ///
    /// The path need not exist: the file may have gone while the snapshot was made. Entries with
    /// the same path are names of one file all the same. Never set for directories.
    package let hardLink: TreePath?
    /// Whether the file had holes: who restores it leaves out what is zeros. Set for files only.
    package let hasHoles: Bool
    /// What the file or folder has been told about itself; mostly nothing. Set for files and
    /// directories only.
    package let flags: FileFlags
    /// When the file was made, where the snapshot was to record that and the file system told it.
    /// Nothing can set it, so no two entries differ by it.
    package let created: Timestamp?
    /// Whether the line held keys that this version does not know and so cannot restore.
    package let hasUnknownKeys: Bool

    /// An entry.
    package init(
        name: FileName, kind: EntryKind, metadata: Metadata,
        extendedAttributes: [ExtendedAttribute] = [], hardLink: TreePath? = nil,
        hasHoles: Bool = false, flags: FileFlags = [], created: Timestamp? = nil,
        hasUnknownKeys: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.metadata = metadata
        self.extendedAttributes = extendedAttributes
        self.hardLink = hardLink
        self.hasHoles = hasHoles
        self.flags = flags
        self.created = created
        self.hasUnknownKeys = hasUnknownKeys
    }
}
