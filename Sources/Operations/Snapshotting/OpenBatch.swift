import FileHandles
import FileTree
import SnapshotModel
import StatCaching

/// An entry that the file system has shown.
struct ScanCandidate {
    /// The name in the snapshot.
    let name: [UInt8]
    /// The name in `directory`; differs from `name` for a source given by a symbolic link.
    let openName: [UInt8]
    let status: FileStatus
    let directory: FileHandle
    let fileSystem: FileSystemKind
    /// Where the file's first name is, if this is a further one.
    let hardLink: TreePath?
    /// What to take of a directory; `nil` for everything.
    var listed: ListedPaths?
    /// What opens a directory, where that may have been done already.
    var reading: Reading<Result<OpenFolder, SystemCallError>>?

    /// The path for messages.
    var path: [UInt8] { directory.path.appending(component: name) }

    /// The same entry with the status of what lies there now.
    func becoming(_ status: FileStatus) -> Self {
        let isSame = FileIdentity(status) == FileIdentity(self.status)
        return Self(
            name: name, openName: openName, status: status, directory: directory,
            fileSystem: fileSystem, hardLink: isSame ? hardLink : nil)
    }
}

/// Entries that gather until they are worth passing on.
struct OpenBatch {
    /// A batch ends at this many entries: bounds what waits between the stages.
    private static let mostEntries = 256
    /// So many bytes of attributes cost as much as one more entry.
    private static let attributeBytesPerCost = 512
    /// A batch ends when so much is to be read: a block's worth keeps all workers busy.
    private static let mostBytes: UInt64 = 1024 * 1024

    private let directory: FileHandle?
    private var items: [ScanItem] = []
    private var files: [ReadJob.File] = []
    private var bytes: UInt64 = 0
    private var attributeBytes = 0
    private var unchangedCount = 0
    private var unchangedCounts = TreeCounts()
    private var skippedCount = 0
    /// An unchanged run is one item, but the assembler may have to encode all of its entries.
    private var entryCount = 0

    init(directory: FileHandle?) { self.directory = directory }

    var isFull: Bool {
        entryCount >= Self.mostEntries || bytes >= Self.mostBytes
    }

    /// Counts an entry that is as the stat cache has it.
    mutating func unchanged(
        _ status: FileStatus, on fileSystem: FileSystemKind, _ cached: StatCacheEntry
    ) {
        endSkipped()
        unchangedCount += 1
        unchangedCounts.add(
            status.kind,
            sizeInBytes: fileSystem.tellsSizes
                ? status.sizeInBytes : cached.content?.sizeInBytes ?? 0)
        entryCount += 1
    }

    mutating func skip(_ count: Int) {
        if count == 0 { return }
        endUnchanged()
        skippedCount += count
    }

    mutating func add(
        _ candidate: ScanCandidate, _ content: ScannedContent, _ attributes: ScannedAttributes,
        hasHoles: Bool = false
    ) {
        endUnchanged()
        endSkipped()
        items.append(
            .entry(
                ScannedEntry(
                    name: candidate.name, status: candidate.status, content: content,
                    attributes: attributes, hardLink: candidate.hardLink,
                    hasHoles: hasHoles, fileSystem: candidate.fileSystem)))
        entryCount += 1
        bytes += UInt64(attributes.sizeInBytes)
        attributeBytes += attributes.sizeInBytes
    }

    mutating func add(file candidate: ScanCandidate) {
        // The worker reads the attributes with the content.
        add(candidate, .file(files.count), .none)
        files.append(
            ReadJob.File(
                name: candidate.openName, status: candidate.status,
                tellsSize: candidate.fileSystem.tellsSizes))
        bytes += candidate.status.sizeInBytes
    }

    mutating func finish() -> (batch: ScanBatch, cost: Int) {
        endUnchanged()
        endSkipped()
        var job: ReadJob?
        if let directory, !files.isEmpty { job = ReadJob(directory: directory, files: files) }
        let cost = items.count + Self.cost(ofAttributeBytes: attributeBytes)
        let result = (ScanBatch(items: items, job: job), cost)
        self = OpenBatch(directory: directory)
        return result
    }

    /// What attributes that wait between the stages cost in addition.
    static func cost(ofAttributeBytes count: Int) -> Int { count / attributeBytesPerCost }

    private mutating func endUnchanged() {
        if unchangedCount > 0 { items.append(.unchanged(unchangedCount, unchangedCounts)) }
        unchangedCount = 0
        unchangedCounts = TreeCounts()
    }

    private mutating func endSkipped() {
        if skippedCount > 0 { items.append(.skipped(skippedCount)) }
        skippedCount = 0
    }
}

extension TreeCounts {
    /// Counts one entry.
    mutating func add(_ kind: FileStatus.Kind, sizeInBytes: UInt64) {
        switch kind {
        case .file:
            files += 1
            bytes += sizeInBytes
        case .directory: directories += 1
        default: others += 1
        }
    }
}
