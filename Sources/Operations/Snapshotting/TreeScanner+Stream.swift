import FileHandles
import FileTree
import SnapshotModel

extension TreeScanner {
    /// Has a stream read, and then tells of a made-up root with that one file.
    /// - Parameters:
    ///   - previous: what the parent has under the stream's name.
    ///   - start: when the run began.
    func scan(_ stream: StreamSource, previous: Entry?, start: Timestamp) throws {
        // Without a content the run has failed: its error is on the way.
        guard let content = try read(stream) else { return }
        // A stream that says what it has said before is a file that was not changed since.
        let isUnchanged = previous?.kind.content == content
        let modified = isUnchanged ? previous?.metadata.modified ?? start : start
        let status = FileStatus(
            madeUp: .file, permissions: StreamSource.permissions, userID: Machine.userID,
            groupID: Machine.groupID, modified: FileStatus.Time(modified),
            // As new as that, it is trusted by no later run.
            changed: FileStatus.Time(start), sizeInBytes: content.sizeInBytes)
        try send(only: stream.name.bytes, .file(content), status)
    }
}

extension FileStatus.Time {
    fileprivate init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
