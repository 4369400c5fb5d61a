import FileHandles
import FileTree
import SnapshotModel

/// Stands in for the scan of files where a stream is taken: has a worker read it, and then tells of
/// a made-up root with that one file.
struct StreamScan {
    let stream: StreamSource
    /// What the parent has under the stream's name.
    let previous: Entry?
    /// When the run began.
    let start: Timestamp

    /// - Returns: whose the file is.
    func run(_ sink: PipelineSink) throws -> AccountNumbers {
        // Without a content the run has failed: its error is on the way.
        guard let content = try sink.read(stream) else { return AccountNumbers() }
        // A stream that says what it has said before is a file that was not changed since.
        let isUnchanged = previous?.kind.content == content
        let modified = isUnchanged ? previous?.metadata.modified ?? start : start
        let status = FileStatus(
            madeUp: .file, permissions: StreamSource.permissions, userID: Machine.userID,
            groupID: Machine.groupID, modified: FileStatus.Time(modified),
            // As new as that, it is trusted by no later run.
            changed: FileStatus.Time(start), sizeInBytes: content.sizeInBytes)
        try tell(.file(content), status, sink)
        var accounts = AccountNumbers()
        accounts.insert(status)
        return accounts
    }

    private func tell(_ kind: EntryKind, _ status: FileStatus, _ sink: PipelineSink) throws {
        let root = ScannedDirectory(
            name: [], path: [], status: FileStatus(madeUpRootOf: status.modified), cached: nil,
            hasCachedEntry: false, attributes: .none, fileSystem: .unknown)
        try sink.take(.enter(root), cost: 1)
        let entry = ScannedEntry(
            name: stream.name.bytes, status: status, content: .complete(kind), attributes: .none,
            hardLink: nil, fileSystem: .unknown)
        try sink.take(.entries(ScanBatch(items: [.entry(entry)])), cost: 1)
        try sink.take(.leave, cost: 1)
    }
}

extension FileStatus.Time {
    fileprivate init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
