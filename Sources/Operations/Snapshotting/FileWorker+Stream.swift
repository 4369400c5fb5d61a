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
        switch stream.producer {
        case .file(let file): return try read(file)
        case .program(let words, let variables): return try run(words, variables)
        }
    }

    private func run(
        _ words: [[UInt8]], _ variables: [[UInt8]]
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
            content = try read(program.output)
        } catch {
            program.stop(within: Self.patience)
            throw error
        }
        guard let end = program.wait(while: watch.goesOn) else {
            program.stop(within: Self.patience)
            throw watch.reason
        }
        let cause: String
        switch end {
        case .exited(0): return content
        case .exited(let code): cause = "it ended with exit code \(code)"
        case .killed(let signal): cause = "it was ended by signal \(signal)"
        case .timedOut, .tooMuchOutput: preconditionFailure("nothing limits the program")
        }
        // A program that was told to stop together with this one has not failed.
        guard watch.goesOn() else { throw watch.reason }
        throw SnapshotError(code: .failedProgram, path: name, cause: cause)
    }

    private func read(_ file: FileHandle) throws -> Content {
        do {
            var reader = try LargeFileReader(ByteStream(file, while: watch.goesOn), cutters)
            let content = try content(of: &reader)
            if watch.goesOn() { return content }
        } catch {
            if watch.goesOn() {
                throw SnapshotError(
                    code: .unreadableStream, path: file.path, cause: error.reason)
            }
        }
        throw watch.reason
    }
}
