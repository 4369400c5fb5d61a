import FileHandles
import FileTree
import SnapshotModel
import StatCaching

/// Follows the scanner in step with the stat cache, as the assembler does, and only tells what it
/// meets.
final class PreviewSink: ScanSink {
    /// A directory whose entries are coming in.
    private struct Frame {
        /// Below the root.
        let path: [UInt8]
        /// Behind the cached entries that the scanner has spoken of.
        var cursor: StatCacheCursor?
        /// The name of the cached entry that was passed over last: if the next one has it, too, it
        /// has changed.
        var skipped: [UInt8]?
    }

    private let tell: (PreviewedEntry) -> Void
    private var frames: [Frame] = []
    private(set) var preview = SnapshotPreview()

    init(tell: @escaping (PreviewedEntry) -> Void) {
        self.tell = tell
    }

    func take(_ job: ReadJob) throws {}

    func take(_ event: ScanEvent, cost: Int) throws {
        switch event {
        case .enter(let directory): enter(directory)
        case .entries(let batch): for item in batch.items { take(item) }
        case .leave: frames.removeLast()
        }
    }

    private func enter(_ directory: ScannedDirectory) {
        // The root has no name, and is part of every snapshot.
        if let parent = frames.last {
            if directory.hasCachedEntry { _ = frames[frames.count - 1].cursor?.next() }
            let change: PreviewedEntry.Change =
                directory.hasCachedEntry
                ? .unchanged : parent.skipped == directory.name ? .changed : .new
            tell(
                PreviewedEntry(
                    path: directory.path, kind: .directory, sizeInBytes: 0, change: change))
        }
        preview.counts.directories += 1
        let cached = directory.cached
        frames.append(Frame(path: directory.path, cursor: cached.map(StatCacheCursor.init)))
    }

    private func take(_ item: ScanItem) {
        let frame = frames.count - 1
        switch item {
        case .unchanged(let count, let counts):
            preview.counts += counts
            for _ in 0..<count {
                guard let entry = frames[frame].cursor?.next() else {
                    preconditionFailure("the scanner has taken over more entries than there are")
                }
                tell(Array(entry.name), entry.fileKind, entry.sizeInBytes, .unchanged)
            }
        case .skipped(let count):
            for number in 1...count {
                let entry = frames[frame].cursor?.next()
                if number == count { frames[frame].skipped = entry.map { Array($0.name) } }
            }
        case .entry(let entry):
            let status = entry.status
            let isChanged = frames[frame].skipped == entry.name
            preview.add(status, isChanged: isChanged, isRead: entry.content.isToBeRead)
            tell(entry.name, status.kind, status.sizeInBytes, isChanged ? .changed : .new)
        }
    }

    private func tell(
        _ name: [UInt8], _ kind: FileStatus.Kind, _ sizeInBytes: UInt64,
        _ change: PreviewedEntry.Change
    ) {
        let path = frames[frames.count - 1].path.appending(component: name)
        tell(
            PreviewedEntry(path: path, kind: kind, sizeInBytes: sizeInBytes, change: change))
    }
}

extension SnapshotPreview {
    fileprivate mutating func add(_ status: FileStatus, isChanged: Bool, isRead: Bool) {
        counts.add(status.kind, sizeInBytes: status.sizeInBytes)
        guard status.kind == .file else { return }
        if isRead { readBytes += status.sizeInBytes }
        if isChanged { changedFiles += 1 } else { newFiles += 1 }
    }
}
