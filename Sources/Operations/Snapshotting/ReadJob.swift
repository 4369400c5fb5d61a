import FileHandles
import FileTree
import SnapshotModel
import WorkerThreads

/// A file as it was read.
struct FileReading: Sendable {
    let content: Content
    let attributes: [ExtendedAttribute]
    /// Why attributes are missing, if some are.
    let attributeProblem: String?
    /// The flags.
    let flags: FileFlags
    /// The status that goes with all of that.
    let status: FileStatus
    /// Whether parts of the file were never written.
    let hasHoles: Bool
    /// Whether the file kept changing while it was read.
    let isTorn: Bool

    /// Whether reading it again would give nothing else as long as it does not change.
    var isComplete: Bool { !isTorn && attributeProblem == nil }
}

/// Files of one directory that a worker reads one after the other.
final class ReadJob: Sendable {
    /// A file to read.
    struct File: Sendable {
        let name: [UInt8]
        let status: FileStatus
        /// Whether the file ends where the status says.
        let tellsSize: Bool
    }

    /// What reading a file has given.
    enum Outcome: Sendable {
        /// What the file holds.
        case read(FileReading)
        /// Something that is no file has taken its place.
        case replaced(NodeReading, AttributeReading)
        /// The file was gone before it could be opened.
        case vanished
        /// It could not be opened or read, or is no regular file any more.
        case failed(String)
    }

    let directory: FileHandle
    let files: [File]
    private let outcomes = Monitor<[Outcome]?>(nil)

    init(directory: FileHandle, files: [File]) {
        self.directory = directory
        self.files = files
    }

    func complete(_ outcomes: [Outcome]) {
        precondition(outcomes.count == files.count, "an outcome for each file")
        self.outcomes.update { $0 = outcomes }
    }

    /// Lets the assembler go when nobody will read the files any more.
    func abandon() {
        outcomes.update { $0 = $0 ?? [] }
    }

    /// Waits for the worker.
    /// - Returns: one outcome for each file; empty when the run has failed.
    func wait() -> [Outcome] { outcomes.wait { $0 } }
}
