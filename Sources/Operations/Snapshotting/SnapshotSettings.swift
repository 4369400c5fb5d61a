package import ChunkStorage
import FileHandles
package import FileTree
package import RepositoryAccess
package import SnapshotModel
package import StatCaching
package import WorkerThreads

/// What a snapshot is to be made of, and how.
package struct SnapshotSettings: Sendable {
    /// The absolute paths to take, as bytes, in the user's order; at least one.
    package var sources: [[UInt8]]
    /// What to take instead of the files at the sources, which then are its one path.
    package var stream: StreamSource?
    /// What to take of the source, which then is one folder; `nil` for everything.
    package var list: PathList?
    /// The host's name for the manifest.
    package var host: String
    /// The user's name for the manifest.
    package var user: String
    /// The user's tags.
    package var tags: [String] = []
    /// The user's free text.
    package var description = ""
    /// How blocks are compressed.
    package var compression: CompressionSetting = .zstd(level: 1)
    /// How packs go to the store.
    package var uploads: UploadSettings = .directory
    /// What to leave out.
    package var selection = SnapshotSelection()
    /// Whether to read every file, whatever the stat cache says.
    package var ignoresStatCache = false
    /// Which stamps prove that a file has not changed.
    package var stamps = StampRule.all
    /// Whether entries say when their files were made, where the file system tells.
    package var recordsBirthTimes = false
    /// Whether to make no snapshot when the tree is the parent's.
    package var skipsUnchanged = false
    /// The cache directory, absolute.
    package var cacheDirectory: [UInt8]
    /// Directories that no snapshot takes: the repository itself and the cache, absolute.
    package var ownDirectories: [[UInt8]] = []
    /// How many threads read, hash and compress; each takes some 8 MiB.
    package var workerCount: Int
    /// How many threads look at directories, 1 or more; `nil` for as many as the disk likes.
    package var readerCount: Int?
    /// Name and version of the tool, for the manifest.
    package var tool: String

    /// Settings with the usual values for all that is not given.
    package init(
        sources: [[UInt8]], host: String, user: String, cacheDirectory: [UInt8],
        workerCount: Int = min(processorCount(), 16), tool: String
    ) {
        self.sources = sources
        self.host = host
        self.user = user
        self.cacheDirectory = cacheDirectory
        self.workerCount = workerCount
        self.tool = tool
    }

    /// Looks whether the sources can be taken, before anything is written.
    /// - Throws: `SnapshotError`.
    package func checkSources() throws {
        if let stream { try stream.check() } else { _ = try SnapshotSource.all(sources) }
    }

    /// What is asked of each entry.
    var statusDetail: FileStatus.Detail { recordsBirthTimes ? .withBirthTime : .usual }
}

/// What a run lets in from outside, so that tests can choose it.
package struct SnapshotEnvironment: Sendable {
    /// The time of day.
    package let now: @Sendable () -> Timestamp
    /// Called by the reading threads at moments where tests change files.
    package let onRead: @Sendable (ReadMoment, _ path: [UInt8]) -> Void
    /// Asks the run to stop.
    package let cancellation: Cancellation
    /// For the sessions of the run.
    package let session: SessionEnvironment

    /// The moments of reading a file.
    package enum ReadMoment: Sendable {
        /// Before it is opened.
        case beforeOpen
        /// When it was read to its end, before it is looked at again.
        case afterRead
    }

    /// An environment.
    package init(
        now: @escaping @Sendable () -> Timestamp, session: SessionEnvironment,
        cancellation: Cancellation = Cancellation(),
        onRead: @escaping @Sendable (ReadMoment, _ path: [UInt8]) -> Void = { _, _ in }
    ) {
        self.now = now
        self.session = session
        self.cancellation = cancellation
        self.onRead = onRead
    }
}

/// Something that a run tells while it goes on.
package enum SnapshotEvent: Sendable {
    /// How far it is; several times a second at most.
    case progress(SnapshotProgress)
    /// A path that is missing from the snapshot, torn in it, or lacks extended attributes there:
    /// exit code 3.
    case unreadable(UnreadablePath)
    /// Something worth knowing that does not make the snapshot incomplete.
    case notice(path: [UInt8], reason: String)
    /// Something about the repository that the user should mend.
    case warning(String)
}

/// How far a run is.
package struct SnapshotProgress: Sendable {
    /// What was seen so far.
    package let counts: TreeCounts
    /// What the parent had; `nil` without a parent.
    package let expected: TreeCounts?
    /// Bytes read from files so far.
    package let readBytes: UInt64
    /// Plain bytes of new chunks so far.
    package let newBytes: UInt64
}

/// A snapshot that could not be made.
package struct SnapshotError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable {
        let name: String
        /// A source does not exist.
        package static let noSource = Code(name: "no source")
        /// A source cannot be read at all.
        package static let unreadableSource = Code(name: "unreadable source")
        /// A source is the repository, or the cache.
        package static let ownDirectory = Code(name: "own directory")
        /// The program that is to give a stream cannot be started.
        package static let noProgram = Code(name: "no program")
        /// It has given what it had and then told that it has failed.
        package static let failedProgram = Code(name: "failed program")
        /// A stream cannot be read to its end.
        package static let unreadableStream = Code(name: "unreadable stream")
        /// Two sources have the same last component.
        package static let collision = Code(name: "collision")
    }

    /// What kind of failure.
    package let code: Code
    /// The source's path, or the program's name.
    package let path: [UInt8]
    /// Why.
    package let cause: String

    package var description: String {
        "cannot take \(DisplayText.escape(path)): \(cause)"
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

/// What a run has done.
package struct SnapshotReport: Sendable {
    /// The snapshot; with `skipsUnchanged` and no change, the parent.
    package let id: SnapshotID
    /// Whether a new manifest was written.
    package let isNew: Bool
    /// What the tree holds.
    package let counts: TreeCounts
    /// Plain bytes of new chunks.
    package let newBytes: UInt64
    /// How their blocks were compressed.
    package let compression: CompressionSummary
    /// Files that were opened and read.
    package let readFiles: UInt64
    /// How many paths are missing, torn, or without some of their extended attributes.
    package let unreadableCount: UInt64

    init(
        _ id: SnapshotID, isNew: Bool, _ built: SnapshotPipeline.Result, _ problems: ProblemList
    ) {
        self.id = id
        self.isNew = isNew
        counts = built.tree.counts
        newBytes = built.newBytes
        compression = built.compression
        readFiles = built.readFiles
        unreadableCount = problems.unreadable.count
    }
}
