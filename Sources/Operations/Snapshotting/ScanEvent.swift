import FileHandles
import FileTree
import SnapshotModel
import StatCaching

/// What the scanner tells the assembler: the tree, depth first, each directory in the order of its
/// listing. Where the stat cache has the directory, the events also say how its entries were
/// passed over, so that the assembler walks over the cached ones in step.
enum ScanEvent: Sendable {
    /// A directory begins.
    case enter(ScannedDirectory)
    /// Further entries of the current directory, none of them a directory.
    case entries(ScanBatch)
    /// The current directory ends.
    case leave
}

/// A directory as the scanner meets it.
struct ScannedDirectory: Sendable {
    /// The name within its parent; empty for the root.
    let name: [UInt8]
    /// The path below the root, which names the directory in the stat cache.
    let path: [UInt8]
    let status: FileStatus
    /// What the stat cache has of it, to be walked over.
    let cached: StatCacheDirectory?
    /// Whether the next cached entry of the parent has the same name and describes the directory,
    /// its content aside.
    let hasCachedEntry: Bool
    /// The extended attributes.
    let attributes: ScannedAttributes
    /// The kind of the file system that it is on.
    let fileSystem: FileSystemKind
    /// Of the rules by which each of its entries is taken.
    var selection = SelectionDigest.none

    /// Whether whatever the stat cache has of it was taken by the same rules.
    var isSelectedAsCached: Bool { selection != .none && cached?.selection == selection }
}

/// A run of entries.
struct ScanBatch: Sendable {
    var items: [ScanItem] = []
    /// The files of the batch that have to be read.
    var job: ReadJob?
}

/// What became of the next entries.
enum ScanItem: Sendable {
    /// So many cached entries are as they were; with what they come to.
    case unchanged(Int, TreeCounts)
    /// So many cached entries are gone or have changed.
    case skipped(Int)
    /// An entry that is new or has changed.
    case entry(ScannedEntry)
}

/// An entry that is new or has changed.
struct ScannedEntry: Sendable {
    let name: [UInt8]
    let status: FileStatus
    let content: ScannedContent
    /// The extended attributes; of a file that is to be read they come with its content.
    let attributes: ScannedAttributes
    /// Where the file's first name is, if this is a further one.
    let hardLink: TreePath?
    /// Whether parts of the file were never written; of a file that is to be read this comes with
    /// its content.
    var hasHoles = false
    /// The kind of the file system that it is on.
    let fileSystem: FileSystemKind
}

/// Where the content of an entry comes from.
enum ScannedContent: Sendable {
    /// Nothing to read: the kind is complete.
    case complete(EntryKind)
    /// The file at a position of the batch's job.
    case file(Int)

    /// Whether a worker reads it.
    var isToBeRead: Bool { if case .file = self { true } else { false } }
}
