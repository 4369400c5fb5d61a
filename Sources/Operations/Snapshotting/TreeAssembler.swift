// The third stage of a snapshot, on the calling thread: follows the scanner's events in order,
// waits for what the workers read, writes the listings and the new stat cache, and so builds the
// tree from the leaves up. A directory in which nothing has changed is taken over without encoding
// a line.

import ChunkStorage
import FileCutting
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel
import StatCaching
import WorkerThreads

/// Builds the tree of a snapshot.
final class TreeAssembler {
    /// What a run of the assembler has built.
    struct Tree {
        let root: RootEntry
        let counts: TreeCounts
    }

    private let writer: StatCacheWriter
    private let known: KnownContents
    private let index: ChunkIndex
    private let stream: ChunkStream
    private let listingCutter: FileCutters
    private let trust: TrustRule
    private let progress: ProgressMeter
    private let keepYoung: () throws -> Void
    private let report: @Sendable (SnapshotEvent) -> Void
    private var frames: [DirectoryFrame] = []
    private var line = JSONWriter()
    private var record: [UInt8] = []
    private var links = LinkCorrections()

    init(
        writer: StatCacheWriter, known: KnownContents, index: ChunkIndex,
        stream: ChunkStream, cutters: FileCutters, trust: TrustRule, progress: ProgressMeter,
        keepYoung: @escaping () throws -> Void,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.writer = writer
        self.known = known
        self.index = index
        self.stream = stream
        listingCutter = cutters
        self.trust = trust
        self.progress = progress
        self.keepYoung = keepYoung
        self.report = report
    }

    /// Follows the events until the root is complete.
    /// - Returns: `nil` when the events ended before that, because the run has failed.
    func run(_ events: BoundedQueue<[ScanEvent]>) throws -> Tree? {
        while let run = events.pop() {
            try keepYoung()
            for event in run {
                if let tree = try take(event) { return tree }
            }
        }
        return nil
    }

    /// - Returns: the tree when that was the end of it.
    private func take(_ event: ScanEvent) throws -> Tree? {
        switch event {
        case .enter(let directory):
            progress.add(TreeCounts(files: 0, directories: 1, others: 0, bytes: 0))
            frames.append(DirectoryFrame(directory))
            if frames[frames.count - 1].cached == nil { try materialize() }
        case .entries(let batch): try add(batch)
        case .leave:
            if let root = try leave() { return Tree(root: root, counts: progress.counts) }
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
        let frame = frames.count - 1
        if links.isEmpty, frames[frame].listing == nil { return frames[frame].takeOver(count) }
        for _ in 0..<count {
            guard let entry = frames[frames.count - 1].cursor?.next() else {
                preconditionFailure("the scanner has taken over more entries than there are")
            }
            if !links.isEmpty, let link = entry.hardLink, let path = TreePath(Array(link)),
                links.isLost(path)
            {
                // Its first name has gone while the snapshot is made.
                try materialize()
                try rewrite(entry)
            } else if frames[frames.count - 1].listing == nil {
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
        case .complete(let kind):
            let attributes = try save(scanned.attributes)
            try write(
                Line(
                    scanned.name, kind, scanned.status, attributes,
                    isComplete: scanned.attributes.isComplete, on: scanned.fileSystem,
                    hardLink: scanned.hardLink, hasHoles: scanned.hasHoles,
                    flags: scanned.attributes.flags))
        case .file(let position):
            // No outcomes: the run has failed, and its error is on the way.
            guard position < outcomes.count else { return }
            try add(scanned, outcomes[position], path.appending(component: scanned.name))
        }
    }

    private func add(
        _ scanned: ScannedEntry, _ outcome: ReadJob.Outcome, _ fullPath: [UInt8]
    ) throws {
        switch outcome {
        case .read(let reading):
            // What another file has taken the place of is no name of that file any more.
            let isSame = FileIdentity(reading.status) == FileIdentity(scanned.status)
            if !isSame { lose(scanned) }
            try write(
                Line(
                    scanned.name, .file(reading.content), reading.status, reading.attributes,
                    isComplete: reading.isComplete, on: scanned.fileSystem,
                    hardLink: isSame ? scanned.hardLink : nil, hasHoles: reading.hasHoles,
                    flags: reading.flags))
            if let reason = Self.problem(of: reading) {
                report(.unreadable(UnreadablePath(path: fullPath, reason: reason)))
            }
        case .replaced(let node, let attributes):
            lose(scanned)
            try write(
                Line(
                    scanned.name, node.kind, node.status, try save(.read(attributes)),
                    isComplete: attributes.problem == nil, on: scanned.fileSystem,
                    flags: attributes.flags))
            if let reason = attributes.problem {
                report(.unreadable(UnreadablePath(path: fullPath, reason: reason)))
            }
        case .vanished:
            lose(scanned)
            report(.notice(path: fullPath, reason: "vanished before it was read"))
        case .failed(let reason):
            lose(scanned)
            report(.unreadable(UnreadablePath(path: fullPath, reason: reason)))
        }
    }

    private static func problem(of reading: FileReading) -> String? {
        // Attributes of a file that does not keep still are the smaller trouble.
        reading.isTorn
            ? "kept changing while it was read; stored as it was read last"
            : reading.attributeProblem
    }

    /// Notes that an entry is not the first name of a file, as the scanner believed.
    private func lose(_ scanned: ScannedEntry) {
        if scanned.status.linkCount > 1, scanned.hardLink == nil {
            links.lose(treePath(scanned.name))
        }
    }

    private func treePath(_ name: [UInt8]) -> TreePath {
        TreePath(directory: frames[frames.count - 1].scanned.path, name: name)
    }

    private func save(_ attributes: ScannedAttributes) throws -> [ExtendedAttribute] {
        switch attributes {
        case .known(let attributes, _): return attributes
        case .read(let reading):
            if reading.needsChunks { try index.prepare() }
            return reading.saved(to: stream)
        }
    }

    /// Ends the current directory.
    /// - Returns: the root when that was it.
    private func leave() throws -> RootEntry? {
        let content = try finishListing()
        let frame = frames.removeLast()
        let directory = frame.scanned
        if frames.isEmpty {
            return RootEntry(
                content: content, metadata: directory.status.metadata,
                extendedAttributes: try save(directory.attributes),
                flags: directory.attributes.flags, created: directory.status.birthTime)
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
        try write(
            Line(
                directory.name, .directory(content), directory.status,
                try save(directory.attributes), isComplete: directory.attributes.isComplete,
                on: directory.fileSystem, flags: directory.attributes.flags))
        return nil
    }

    private func finishListing() throws -> Content {
        let frame = frames.count - 1
        if let cached = frames[frame].cached, frames[frame].listing == nil,
            frames[frame].takenOver == cached.entryCount, known.isKnown(cached.content)
        {
            writer.keep(cached, selection: frames[frame].scanned.selection)
            return cached.content
        }
        try materialize()
        guard let content = frames[frame].listing?.finish() else {
            preconditionFailure("a materialized directory has a listing")
        }
        writer.finish(
            &frames[frame].segments, path: frames[frame].scanned.path, content: content,
            selection: frames[frame].scanned.selection)
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

    /// Writes a cached entry whose first name is another one now; the next run reads it again.
    private func rewrite(_ cached: StatCacheEntry) throws {
        let old = cached.entry
        let entry = Entry(
            name: old.name, kind: old.kind, metadata: old.metadata,
            extendedAttributes: old.extendedAttributes,
            hardLink: links.correct(old.hardLink, at: treePath(old.name.bytes)),
            hasHoles: old.hasHoles, flags: old.flags, created: old.created)
        writeLine(entry)
        record.removeAll(keepingCapacity: true)
        StatCacheEntry.append(unmatched: entry, to: &record)
        record.withUnsafeBytes {
            writer.append($0, to: &frames[frames.count - 1].segments)
        }
    }

    private func write(_ line: Line) throws {
        let status = line.status
        let entry = Entry(
            name: FileName(line.name), kind: line.kind, metadata: status.metadata,
            extendedAttributes: line.attributes,
            hardLink: links.correct(line.hardLink, at: treePath(line.name)),
            hasHoles: line.hasHoles, flags: line.flags, created: status.birthTime)
        writeLine(entry)
        record.removeAll(keepingCapacity: true)
        StatCacheEntry.append(
            entry, status,
            isTrusted: line.isComplete && trust.isSettled(status, on: line.fileSystem),
            to: &record)
        record.withUnsafeBytes {
            writer.append($0, to: &frames[frames.count - 1].segments)
        }
        if status.kind == .directory { return }
        var counts = TreeCounts()
        counts.add(status.kind, sizeInBytes: line.kind.content?.sizeInBytes ?? 0)
        progress.add(counts)
    }

    private func writeLine(_ entry: Entry) {
        line.removeAll()
        EntryCodec.append(entry, to: &line)
        frames[frames.count - 1].listing?.append(line.bytes)
    }
}

/// An entry that is about to be written.
private struct Line {
    let name: [UInt8]
    let kind: EntryKind
    let status: FileStatus
    let attributes: [ExtendedAttribute]
    /// Whether nothing is torn or missing, so that it may be taken over.
    let isComplete: Bool
    let fileSystem: FileSystemKind
    let hardLink: TreePath?
    let hasHoles: Bool
    let flags: FileFlags

    init(
        _ name: [UInt8], _ kind: EntryKind, _ status: FileStatus,
        _ attributes: [ExtendedAttribute], isComplete: Bool, on fileSystem: FileSystemKind,
        hardLink: TreePath? = nil, hasHoles: Bool = false, flags: FileFlags
    ) {
        self.name = name
        self.kind = kind
        self.status = status
        self.attributes = attributes
        self.isComplete = isComplete
        self.fileSystem = fileSystem
        self.hardLink = hardLink
        self.hasHoles = hasHoles
        self.flags = flags
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

    init(_ scanned: ScannedDirectory) {
        self.scanned = scanned
        cached = scanned.cached
        cursor = cached.map(StatCacheCursor.init)
    }

    /// Notes cached entries as they were.
    mutating func takeOver(_ count: Int) {
        for _ in 0..<count {
            guard cursor?.next() != nil else {
                preconditionFailure("the scanner has taken over more entries than there are")
            }
        }
        takenOver += count
    }
}
