package import FileHandles
package import SnapshotModel
import WorkerThreads

/// A stream that a snapshot takes as one file.
package struct StreamSource: Sendable {
    /// Where the bytes come from.
    package enum Producer: Sendable {
        /// From what is open already, such as standard input.
        case file(FileHandle)
        /// From a program's standard output.
        /// - Parameters:
        ///   - words: the program and its arguments.
        ///   - variables: all of its environment, each as `NAME=VALUE`.
        case program(words: [[UInt8]], variables: [[UInt8]])
    }

    /// Restored, it must not be open to more people than what it came from: nobody knows who could
    /// have read that, but for the user whose process has.
    static let permissions: UInt16 = 0o600

    /// The file's name at the root of the snapshot; valid.
    package let name: FileName
    /// Where the bytes come from.
    package let producer: Producer

    /// A stream.
    package init(name: FileName, producer: Producer) {
        precondition(name.isValid, "the name of a stream can name an entry")
        self.name = name
        self.producer = producer
    }

    /// The path that manifests record: it depends on the name alone, so that snapshots of the
    /// stream find each other from wherever they are made.
    package var path: [UInt8] { [UInt8(ascii: "/")] + name.bytes }

    /// Looks whether the program is there, before anything is written.
    /// - Throws: `SnapshotError` `.noProgram`.
    func check() throws {
        guard case .program(let words, let variables) = producer else { return }
        let program = words.first ?? []
        do {
            let path = try RunningProgram.find(program, variables)
            _ = try FileStatus.of(path: path, followsLinks: true)
        } catch {
            throw SnapshotError(code: .noProgram, path: program, cause: error.reason)
        }
    }
}

/// A stream that a worker reads.
final class StreamJob: Sendable {
    let source: StreamSource
    private let content = Monitor<Content??>(nil)

    init(_ source: StreamSource) { self.source = source }

    func complete(_ content: Content) { self.content.update { $0 = .some(content) } }

    /// Lets the scanner go when the stream will not be read to its end.
    func abandon() { content.update { $0 = $0 ?? .some(nil) } }

    /// Waits for the worker.
    /// - Returns: `nil` when the run has failed.
    func wait() -> Content? { content.wait { $0 } }
}
