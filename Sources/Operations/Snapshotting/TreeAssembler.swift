// The third stage of a snapshot, on the calling thread: follows the scanner's events in order,
// waits for what the workers read, writes the listings and the new stat cache, and so builds the
// tree from the leaves up. A directory in which nothing has changed is taken over without encoding
// a line.

import ChunkStorage
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel
import WorkerThreads

/// Builds the tree of a snapshot.
final class TreeAssembler {
    /// What a run of the assembler has built.
    struct Tree {
        let root: RootEntry
        let counts: TreeCounts
    }

    private let cache: StatCache?
    private let writer: StatCacheWriter
    private let known: KnownContents
    private let index: ChunkIndex
    private let stream: ChunkStream
    private let listingCutter: FileCutters
    private let trust: TrustRule
    private let progress: ProgressMeter
    private let report: @Sendable (SnapshotEvent) -> Void
    private var frames: [DirectoryFrame] = []
    private var line = JSONWriter()
    private var record: [UInt8] = []

    init(
        cache: StatCache?, writer: StatCacheWriter, known: KnownContents, index: ChunkIndex,
        stream: ChunkStream, cutters: FileCutters, trust: TrustRule, progress: ProgressMeter,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.cache = cache
        self.writer = writer
        self.known = known
        self.index = index
        self.stream = stream
        listingCutter = cutters
        self.trust = trust
        self.progress = progress
        self.report = report
    }

    /// Follows the events until the root is complete.
    /// - Returns: `nil` when the events ended before that, because the run has failed.
    func run(_ events: BoundedQueue<ScanEvent>) throws -> Tree? {
        while let event = events.pop() {
            switch event {
            case .enter(let directory):
                progress.add(TreeCounts(files: 0, directories: 1, others: 0, bytes: 0))
                frames.append(DirectoryFrame(directory, in: cache))
                if frames[frames.count - 1].cached == nil { try materialize() }
            case .entries(let batch): try add(batch)
            case .leave:
                if let root = try leave() { return Tree(root: root, counts: progress.counts) }
            }
        }
        return nil
    }

    private func add(_ batch: ScanBatch) throws {
        var outcomes: [ReadJob.Outcome]?
        for item in batch.items {
            switch item {
            case .unchanged(let count, let counts):
                try takeOver(count)
                progress.add(counts)
            case .skipped(let count):
                try materialize()
                for _ in 0..<count { _ = frames[frames.count - 1].cursor?.next() }
            case .entry(let entry):
                try materialize()
                let results = outcomes ?? batch.job?.wait() ?? []
                outcomes = results
                try add(entry, results, path: batch.job?.directory.path ?? [])
            }
        }
    }

    /// Takes cached entries over: noted while the directory is unchanged, else written again.
    private func takeOver(_ count: Int) throws {
        for _ in 0..<count {
            guard let entry = frames[frames.count - 1].cursor?.next() else {
                preconditionFailure("the scanner has taken over more entries than there are")
            }
            if frames[frames.count - 1].listing == nil {
                frames[frames.count - 1].takenOver += 1
            } else {
                try write(entry)
            }
        }
    }

    private func add(
        _ scanned: ScannedEntry, _ outcomes: [ReadJob.Outcome], path: [UInt8]
    ) throws {
        switch scanned.content {
        case .complete(let kind): try write(scanned.name, kind, scanned.status, isTorn: false)
        case .file(let position):
            // No outcomes: the run has failed, and its error is on the way.
            guard position < outcomes.count else { return }
            let fullPath = path.appending(component: scanned.name)
            switch outcomes[position] {
            case .read(let content, let status, let isTorn):
                try write(scanned.name, .file(content), status, isTorn: isTorn)
                if isTorn {
                    let reason = "kept changing while it was read; stored as it was read last"
                    report(.unreadable(UnreadablePath(path: fullPath, reason: reason)))
                }
            case .vanished: report(.notice(path: fullPath, reason: "vanished before it was read"))
            case .failed(let reason):
                report(.unreadable(UnreadablePath(path: fullPath, reason: reason)))
            }
        }
    }

    /// Ends the current directory.
    /// - Returns: the root when that was it.
    private func leave() throws -> RootEntry? {
        let content = try finishListing()
        let frame = frames.removeLast()
        let directory = frame.scanned
        if frames.isEmpty {
            return RootEntry(content: content, metadata: directory.status.metadata)
        }
        if directory.hasCachedEntry {
            let parent = frames.count - 1
            if frames[parent].cursor?.peek()?.hasContent(content) == true {
                try takeOver(1)
                return nil
            }
            try materialize()
            _ = frames[parent].cursor?.next()
        } else {
            try materialize()
        }
        try write(directory.name, .directory(content), directory.status, isTorn: false)
        return nil
    }

    private func finishListing() throws -> Content {
        let frame = frames.count - 1
        if let cached = frames[frame].cached, frames[frame].listing == nil,
            frames[frame].takenOver == cached.entryCount, known.isKnown(cached.content)
        {
            writer.keep(cached)
            return cached.content
        }
        try materialize()
        guard let content = frames[frame].listing?.finish() else {
            preconditionFailure("a materialized directory has a listing")
        }
        writer.finish(
            &frames[frame].segments, path: frames[frame].scanned.path, content: content)
        return content
    }

    /// Begins to write the listing of the current directory, with what was only noted so far.
    private func materialize() throws {
        let frame = frames.count - 1
        guard frames[frame].listing == nil else { return }
        try index.prepare()
        frames[frame].listing = StreamedContent(to: stream, cutter: listingCutter.listings)
        guard let cached = frames[frame].cached else { return }
        var cursor = StatCacheCursor(cached)
        for _ in 0..<frames[frame].takenOver {
            if let entry = cursor.next() { try write(entry) }
        }
    }

    private func write(_ cached: StatCacheEntry) throws {
        writeLine(cached.entry)
        writer.append(cached.bytes, to: &frames[frames.count - 1].segments)
    }

    private func write(
        _ name: [UInt8], _ kind: EntryKind, _ status: FileStatus, isTorn: Bool
    ) throws {
        let entry = Entry(name: FileName(name), kind: kind, metadata: status.metadata)
        writeLine(entry)
        record.removeAll(keepingCapacity: true)
        StatCacheEntry.append(
            entry, status, isTrusted: !isTorn && trust.isSettled(status), to: &record)
        record.withUnsafeBytes {
            writer.append($0, to: &frames[frames.count - 1].segments)
        }
        if status.kind == .directory { return }
        var counts = TreeCounts()
        counts.add(status.kind, sizeInBytes: kind.content?.sizeInBytes ?? 0)
        progress.add(counts)
    }

    private func writeLine(_ entry: Entry) {
        line.removeAll()
        EntryCodec.append(entry, to: &line)
        frames[frames.count - 1].listing?.append(line.bytes)
    }
}

/// A directory whose entries are coming in.
private struct DirectoryFrame {
    let scanned: ScannedDirectory
    let cached: StatCacheDirectory?
    /// Behind the cached entries that the scanner has spoken of.
    var cursor: StatCacheCursor?
    /// How many cached entries, all from the start, are as they were.
    var takenOver = 0
    /// The new listing; `nil` as long as the cached one may still serve.
    var listing: StreamedContent?
    var segments = StatCacheWriter.Segments()

    init(_ scanned: ScannedDirectory, in cache: StatCache?) {
        self.scanned = scanned
        cached = scanned.isCached ? cache?.directory(scanned.path) : nil
        cursor = cached.map(StatCacheCursor.init)
    }
}

/// Whether the time stamps of a file can prove later that it has not changed.
///
/// A write that comes within one tick of the file system's clock leaves the stamps as they are, so
/// a file that was changed just before the run is read again next time. git calls such entries
/// racy.
struct TrustRule {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// Local file systems take the kernel's tick: 10 ms at most.
    private static let tickInNanoseconds: Int64 = 20_000_000
    /// File systems without fractions of a second count by one or two seconds.
    private static let coarseInNanoseconds: Int64 = 2_000_000_000

    /// When the run began: later than every look of an earlier run, earlier than every read of
    /// this one.
    let start: Timestamp

    /// Whether the last change is old enough.
    func isSettled(_ status: FileStatus) -> Bool {
        // A change time with digits below the millisecond proves a fine clock; nobody can set it.
        let isFine = status.changed.nanoseconds % 1_000_000 != 0
        let window = isFine ? Self.tickInNanoseconds : Self.coarseInNanoseconds
        let age =
            (start.seconds - status.changed.seconds).multipliedReportingOverflow(
                by: Self.nanosecondsPerSecond)
        if age.overflow { return start.seconds > status.changed.seconds }
        let fraction = Int64(start.nanoseconds) - Int64(status.changed.nanoseconds)
        return age.partialValue + fraction > window
    }
}
