import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// The sources of a snapshot, none for a stream, with what is left out of them: what every scan of
/// them is made of.
struct SourceScan: Sendable {
    let sources: [SnapshotSource]
    private let list: PathList?
    private let selection: SnapshotSelection
    private let stamps: StampRule
    private let detail: FileStatus.Detail
    private let ownDirectories: [[UInt8]]
    private let readerCount: Int?

    /// Looks at the sources.
    /// - Throws: `SnapshotError`.
    init(_ settings: SnapshotSettings) throws {
        detail = settings.statusDetail
        sources = settings.stream == nil ? try SnapshotSource.all(settings.sources, detail) : []
        list = settings.list
        selection = settings.selection
        stamps = settings.stamps
        ownDirectories = settings.ownDirectories
        readerCount = settings.readerCount
        let own = Self.identities(of: ownDirectories)
        for source in sources where own.contains(FileIdentity(source.status)) {
            throw SnapshotError(
                code: .ownDirectory, path: source.path, cause: "varve keeps its own files there")
        }
    }

    /// Whether the snapshot's root is the one source, a directory, rather than a made-up folder.
    var isRooted: Bool { sources.count == 1 && sources[0].status.kind == .directory }

    /// What says of each entry whether it is taken.
    func makeSelector(_ report: @escaping @Sendable (SnapshotEvent) -> Void) -> EntrySelector {
        // The cache folder may have been made since the sources were looked at.
        EntrySelector(selection, own: Self.identities(of: ownDirectories), report)
    }

    /// Walks over the sources.
    /// - Parameters:
    ///   - known: tells which content of the cache may stand for reading a file; `nil` when none
    ///     may.
    ///   - sink: called on the calling thread.
    /// - Returns: whose files were seen.
    func run(
        cache: StatCache?, known: KnownContents?, sink: any ScanSink, _ cancellation: Cancellation,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) throws -> AccountNumbers {
        let usual = ReaderCount.usual(for: sources)
        let readers = readerCount ?? usual.count
        func scan(_ ahead: ReadAhead?) throws -> AccountNumbers {
            let scanner = TreeScanner(
                cache: cache, known: known, stamps: stamps, detail: detail,
                selector: makeSelector(report), ahead: ahead,
                meter: readerCount == nil && usual.sleepsAtFirst ? WaitMeter() : nil, sink: sink,
                cancellation: cancellation, report: report)
            try self.scan(scanner)
            return scanner.accounts
        }
        if readers == 1 { return try scan(nil) }
        return try withThreads { threads in
            let ahead = ReadAhead(width: 2 * readers)
            defer { ahead.close() }
            // The scanner is one of them.
            for _ in 1..<readers { threads.spawn(ahead.run) }
            return try scan(ahead)
        }
    }

    private func scan(_ scanner: TreeScanner) throws {
        if isRooted {
            try scanner.scan(
                root: sources[0].openDirectory(), sources[0].status, list.map { ListedPaths($0) })
        } else {
            try scanner.scan(sources, root: madeUpRoot())
        }
    }

    /// The repository and the cache must not become part of what they keep.
    private static func identities(of paths: [[UInt8]]) -> Set<FileIdentity> {
        var own: Set<FileIdentity> = []
        for path in paths {
            if let status = try? FileStatus.of(path: path, followsLinks: true) {
                own.insert(FileIdentity(status))
            }
        }
        return own
    }

    /// The root above several sources is as new as the newest of them.
    private func madeUpRoot() -> FileStatus {
        let newest = sources.map(\.status.modified).max { left, right in
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
        return FileStatus(madeUpRootOf: newest ?? FileStatus.Time(seconds: 0, nanoseconds: 0))
    }
}

extension FileStatus {
    /// The status of a root that exists nowhere: it is the user's.
    init(madeUpRootOf modified: FileStatus.Time) {
        self.init(
            madeUp: .directory, permissions: 0o755, userID: Machine.userID,
            groupID: Machine.groupID, modified: modified)
    }
}
