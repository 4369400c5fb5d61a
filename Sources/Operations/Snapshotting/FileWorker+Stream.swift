import FileCutting
import FileHandles
import SnapshotModel
import WorkerThreads

extension FileWorker {
    /// How long a program may take to end in order when the run is given up.
    private static let patience: Duration = .seconds(5)

    /// Reads a stream to its end, and makes sure that nothing has cut it short.
    /// - Throws: `SnapshotError` `.noProgram`, `.failedProgram`, `.unreadableStream`;
    ///   `Interrupted`; `StoreError`; `RepositoryError`.
    func read(_ stream: StreamSource) throws -> Content {
        progress.addFile()
        let wait = StreamWait(environment.cancellation, queue, keepYoung)
        switch stream.producer {
        case .file(let file): return try read(file, wait)
        case .program(let words, let variables): return try run(words, variables, wait)
        }
    }

    private func run(
        _ words: [[UInt8]], _ variables: [[UInt8]], _ wait: StreamWait
    ) throws -> Content {
        let name = words.first ?? []
        let program: RunningProgram
        do {
            program = try RunningProgram(words, variables: variables, input: .inherited)
        } catch {
            throw SnapshotError(code: .noProgram, path: name, cause: error.reason)
        }
        let content: Content
        do {
            content = try read(program.output, wait)
        } catch {
            program.stop(within: Self.patience)
            throw error
        }
        guard let end = program.wait(while: wait.goesOn) else {
            program.stop(within: Self.patience)
            throw wait.reason
        }
        let cause: String
        switch end {
        case .exited(0): return content
        case .exited(let code): cause = "it ended with exit code \(code)"
        case .killed(let signal): cause = "it was ended by signal \(signal)"
        case .timedOut, .tooMuchOutput: preconditionFailure("nothing limits the program")
        }
        // A program that was told to stop together with this one has not failed.
        guard wait.goesOn() else { throw wait.reason }
        throw SnapshotError(code: .failedProgram, path: name, cause: cause)
    }

    private func read(_ file: FileHandle, _ wait: StreamWait) throws -> Content {
        do {
            var reader = try LargeFileReader(ByteStream(file, while: wait.goesOn), cutters)
            let content = try content(of: &reader)
            if wait.goesOn() { return content }
        } catch {
            if wait.goesOn() {
                throw SnapshotError(
                    code: .unreadableStream, path: file.path, cause: error.reason)
            }
        }
        throw wait.reason
    }
}

/// Says whether to go on waiting for a stream; for one thread.
private final class StreamWait {
    private let cancellation: Cancellation
    private let queue: WorkQueue
    private let keepYoung: () throws -> Void
    private var failure: (any Error)?

    init(
        _ cancellation: Cancellation, _ queue: WorkQueue, _ keepYoung: @escaping () throws -> Void
    ) {
        self.cancellation = cancellation
        self.queue = queue
        self.keepYoung = keepYoung
    }

    /// Whether nothing has stopped the run. Meanwhile its session is kept, also for a stream that
    /// is silent for hours.
    func goesOn() -> Bool {
        if failure != nil || cancellation.isCancelled || queue.isCancelled { return false }
        do {
            try keepYoung()
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Why it does not go on. Where another thread has failed, that one's error is shown.
    var reason: any Error { failure ?? Interrupted() }
}
