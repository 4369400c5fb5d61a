package import FileHandles
package import SnapshotModel
import StatCaching
package import WorkerThreads

/// An entry that a snapshot would have.
package struct PreviewedEntry: Sendable {
    /// What the snapshot of before has at the same path, as far as this machine knows.
    package enum Change: String, Sendable {
        /// The same.
        case unchanged
        /// Something that looks different, content of folders aside, and would be read.
        case changed
        /// Nothing.
        case new
    }

    /// Within the snapshot.
    package let path: [UInt8]
    /// What it is.
    package let kind: FileStatus.Kind
    /// Of files, else 0.
    package let sizeInBytes: UInt64
    /// How it compares.
    package let change: Change

    init(path: [UInt8], kind: FileStatus.Kind, sizeInBytes: UInt64, change: Change) {
        self.path = path
        self.kind = kind
        self.sizeInBytes = kind == .file ? sizeInBytes : 0
        self.change = change
    }
}

/// What a snapshot would come to.
package struct SnapshotPreview: Sendable {
    /// What the tree would hold.
    package var counts = TreeCounts()
    /// Files that the snapshot before does not have.
    package var newFiles: UInt64 = 0
    /// Files that look changed.
    package var changedFiles: UInt64 = 0
    /// The size of the files that would be read.
    package var readBytes: UInt64 = 0
    /// How many paths cannot be read, as far as that shows without opening files.
    package var unreadableCount: UInt64 = 0

    init() {}
}

/// Says what a snapshot would take, by the scan that a snapshot is made of. It writes nothing, and
/// opens no files.
package struct SnapshotPreviewer {
    private let repository: RepositoryID?
    private let settings: SnapshotSettings
    private let cancellation: Cancellation
    private let report: @Sendable (SnapshotEvent) -> Void

    /// - Parameters:
    ///   - repository: whose snapshots the machine may remember; `nil` when there are none.
    ///   - report: called with what cannot be read, and with notices, on the calling thread.
    package init(
        repository: RepositoryID?, settings: SnapshotSettings, cancellation: Cancellation,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.repository = repository
        self.settings = settings
        self.cancellation = cancellation
        self.report = report
    }

    /// Scans the sources.
    /// - Parameter tell: called with each entry, on the calling thread, in the order of the tree;
    ///   the root is not among them.
    /// - Throws: `SnapshotError`, `Interrupted`.
    package func run(_ tell: @escaping (PreviewedEntry) -> Void) throws -> SnapshotPreview {
        let scan = try SourceScan(settings)
        let cache = openCache()
        let problems = ProblemList(forwardingTo: report)
        let sink = PreviewSink(tell: tell)
        _ = try scan.run(
            cache: cache, known: .everything, sink: sink, cancellation, report: problems.add)
        var preview = sink.preview
        if settings.ignoresStatCache { preview.readBytes = preview.counts.bytes }
        preview.unreadableCount = problems.unreadable.count
        return preview
    }

    private func openCache() -> StatCache? {
        guard let repository else { return nil }
        let files = FolderFiles(
            cache: settings.cacheDirectory, repository: repository, host: settings.host,
            paths: settings.sources)
        guard let state = FolderState.load(files.state) else { return nil }
        return StatCache(path: files.statCache, digest: state.statCache)
    }
}
