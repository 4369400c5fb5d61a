/// The directory that a snapshot has at its top: an entry without a name.
package struct RootEntry: Hashable, Sendable {
    /// The root's listing.
    package let content: Content
    /// Mode, owner and time of the directory; of a made-up root when there are several sources.
    package let metadata: Metadata
    /// What the directory carries beside its entries, by strictly ascending name; mostly nothing.
    package let extendedAttributes: [ExtendedAttribute]
    /// What the directory has been told about itself; mostly nothing.
    package let flags: FileFlags
    /// When the directory was made, if that is recorded.
    package let created: Timestamp?

    /// A root.
    package init(
        content: Content, metadata: Metadata, extendedAttributes: [ExtendedAttribute] = [],
        flags: FileFlags = [], created: Timestamp? = nil
    ) {
        self.content = content
        self.metadata = metadata
        self.extendedAttributes = extendedAttributes
        self.flags = flags
        self.created = created
    }
}

/// How many things a tree has.
package struct TreeCounts: Hashable, Sendable {
    /// Regular files.
    package var files: UInt64 = 0
    /// Directories, the root included.
    package var directories: UInt64 = 0
    /// Symbolic links, pipes, sockets and devices.
    package var others: UInt64 = 0
    /// The sum of the sizes of the files.
    package var bytes: UInt64 = 0

    /// Counts of nothing.
    package init() {}

    /// Counts that are known already.
    package init(files: UInt64, directories: UInt64, others: UInt64, bytes: UInt64) {
        self.files = files
        self.directories = directories
        self.others = others
        self.bytes = bytes
    }

    package static func += (left: inout Self, right: Self) {
        left.files += right.files
        left.directories += right.directories
        left.others += right.others
        left.bytes += right.bytes
    }
}

/// How many requests of each kind a run sent to the store.
package struct RequestCounts: Hashable, Sendable {
    /// Objects written.
    package var put: UInt64 = 0
    /// Objects or ranges read.
    package var get: UInt64 = 0
    /// Objects asked for without reading them.
    package var head: UInt64 = 0
    /// Listings, by page.
    package var list: UInt64 = 0
    /// Deletions, by request.
    package var delete: UInt64 = 0

    /// No requests.
    package init() {}
}

/// What a run added to the repository.
package struct UploadCounts: Hashable, Sendable {
    /// Plain bytes of chunks that the repository did not have.
    package var newBytes: UInt64 = 0
    /// Bytes of the bodies of all PUT requests.
    package var uploadedBytes: UInt64 = 0
    /// Requests by kind.
    package var requests = RequestCounts()

    /// Nothing added.
    package init() {}
}

/// A path that a snapshot lacks, or has only as it was while it changed.
package struct UnreadablePath: Hashable, Sendable {
    /// The path as bytes, absolute.
    package let path: [UInt8]
    /// What went wrong, for people.
    package let reason: String

    /// A path with the reason.
    package init(path: [UInt8], reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// The document that records one snapshot.
package struct Manifest: Hashable, Sendable {
    /// The snapshot's name.
    package var id: SnapshotID
    /// When the snapshot was begun.
    package var time: Timestamp
    /// The session that wrote it.
    package var session: SessionID
    /// Makes the document unique.
    package var nonce: Nonce
    /// The host's name, or what `--host` said.
    package var host: String
    /// The login name of the user who ran the tool.
    package var user: String
    /// The absolute paths that were taken, as bytes, in the order of the command line.
    package var paths: [[UInt8]]
    /// The user's tags, sorted.
    package var tags: [String]
    /// The user's free text; may be empty.
    package var description: String
    /// The snapshot that this one was compared with.
    package var parent: SnapshotID?
    /// The tree.
    package var root: RootEntry
    /// What the tree has.
    package var counts: TreeCounts
    /// What the run added, this document's own PUT not included.
    package var upload: UploadCounts
    /// Login names by user number, sorted by number.
    package var users: [AccountName]
    /// Group names by group number, sorted by number.
    package var groups: [AccountName]
    /// How many paths are missing, torn, or without some of their extended attributes.
    package var unreadableCount: UInt64
    /// The first of them, at most `FormatLimits.unreadablePaths`.
    package var unreadable: [UnreadablePath]
    /// Name and version of the tool, for people.
    package var tool: String

    /// A manifest with nothing but what it cannot lack.
    package init(
        id: SnapshotID, time: Timestamp, session: SessionID, nonce: Nonce, root: RootEntry
    ) {
        self.id = id
        self.time = time
        self.session = session
        self.nonce = nonce
        self.root = root
        host = ""
        user = ""
        paths = []
        tags = []
        description = ""
        parent = nil
        counts = TreeCounts()
        upload = UploadCounts()
        users = []
        groups = []
        unreadableCount = 0
        unreadable = []
        tool = ""
    }
}

/// The name that goes with a user's or group's number on the machine of the snapshot.
package struct AccountName: Hashable, Sendable {
    /// The number.
    package let number: UInt32
    /// The name.
    package let name: String

    /// A number with its name.
    package init(number: UInt32, name: String) {
        self.number = number
        self.name = name
    }
}
