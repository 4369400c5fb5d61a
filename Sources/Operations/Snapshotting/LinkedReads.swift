import FileHandles
import FileTree
import SnapshotModel
import Synchronization

/// What was read of files with several names, so that no further name of one is read again.
final class LinkedReads: Sendable {
    private struct State {
        var readings: [FileIdentity: FileReading] = [:]
        var weight = 0
    }

    /// How many files and chunk IDs are remembered: some ten megabytes. Whatever is forgotten is
    /// read again, which adds nothing to the repository.
    private static let mostWeight = 256 * 1024

    private let state = Mutex(State())

    /// What was read of a file under another name.
    /// - Parameter status: as the open file has it now.
    /// - Returns: `nil` when it was not read, or has changed since.
    func reading(of status: FileStatus) -> FileReading? {
        guard status.linkCount > 1 else { return nil }
        let reading = state.withLock { $0.readings[FileIdentity(status)] }
        guard let reading, reading.status.hasSameContentStamps(as: status) else { return nil }
        return reading
    }

    /// Remembers what was read, if further names may come.
    func remember(_ reading: FileReading) {
        // What is torn or lacks attributes is tried again.
        guard reading.status.linkCount > 1, reading.isComplete else { return }
        let values = reading.attributes.reduce(0) { $0 + Int(clamping: $1.value.sizeInBytes) / 32 }
        state.withLock { state in
            state.weight += 8 + reading.content.chunks.count + values
            if state.weight > Self.mostWeight { state = State() }
            state.readings[FileIdentity(reading.status)] = reading
        }
    }
}
