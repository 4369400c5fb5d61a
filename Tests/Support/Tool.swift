import FileHandles
package import Foundation
import Synchronization

/// The built tool, run in a home folder of its own.
package final class Tool: Sendable {
    /// The home folder.
    package let home: DiskPath
    private let directory: TemporaryDirectory
    private let counter = Atomic(0)

    /// The executable, which the build puts beside the tests.
    package static let path: String = {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var folder = tests.deletingLastPathComponent()
        // On macOS the tests lie three folders deeper, in a bundle.
        for _ in 0..<4 {
            let path = folder.appendingPathComponent("varve").path
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
                !isDirectory.boolValue
            {
                return path
            }
            folder.deleteLastPathComponent()
        }
        fatalError("there is no varve beside \(tests.path)")
    }()

    /// A run that takes longer has got stuck.
    private static let limitInSeconds = 60.0

    /// A new home folder with an empty folder `source` in it.
    package init(isInMemory: Bool = false) throws {
        directory = try TemporaryDirectory(isInMemory: isInMemory)
        home = DiskPath(directory.path)
        try source.makeDirectory()
    }

    /// A folder to take snapshots of.
    package var source: DiskPath { home.appending("source") }

    /// Where the tool has its repository unless it is told otherwise.
    package var repository: DiskPath { home.appending(".local/share/varve/repository") }

    /// Runs the tool to its end.
    @discardableResult
    package func callAsFunction(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> ToolRun {
        try start(arguments, environment: environment).wait()
    }

    /// Runs the tool, which must succeed.
    /// - Returns: the objects that it has printed.
    package func json(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> [[String: Any]] {
        let run = try start(arguments + ["--json"], environment: environment).wait()
        guard run.exitCode == 0 else { throw ToolFailure(arguments: arguments, run: run) }
        return try run.objects()
    }

    /// Whether the tool can be run as a user to whom permission bits apply.
    package static let canDropPrivileges: Bool = {
        do {
            let tool = try Tool()
            return try tool.start(["version"], isUnprivileged: true).wait().exitCode == 0
        } catch {
            return false
        }
    }()

    /// Starts the tool.
    /// - Parameters:
    ///   - isUnprivileged: whether root runs it as nobody; the home folder becomes nobody's.
    ///   - input: what standard input is; `nil` for nothing.
    ///   - output: where standard output goes; `nil` for a file that is read at the end.
    ///   - error: where standard error goes; `nil` for a file that is read at the end.
    package func start(
        _ arguments: [String], environment: [String: String] = [:], isUnprivileged: Bool = false,
        input: Foundation.FileHandle? = nil, output: Foundation.FileHandle? = nil,
        error: Foundation.FileHandle? = nil
    ) throws -> RunningTool {
        let number = counter.add(1, ordering: .relaxed).newValue
        let process = Process()
        if isUnprivileged, geteuid() == 0 {
            let nobody: UInt32 = 65_534
            try giveAway(home, to: nobody)
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            process.arguments =
                ["--reuid=\(nobody)", "--regid=\(nobody)", "--clear-groups", Self.path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: Self.path)
            process.arguments = arguments
        }
        process.currentDirectoryURL = URL(fileURLWithPath: home.text)
        let usual = ["HOME": home.text, "VARVE_CACHE_DIR": home.text + "/.cache/varve"]
        process.environment = usual.merging(environment) { $1 }
        process.standardInput = input ?? Foundation.FileHandle.nullDevice
        let (outputPath, errorPath) = (
            home.appending(".output-\(number)"), home.appending(".error-\(number)")
        )
        for path in [outputPath, errorPath] { try path.write([]) }
        guard let outputFile = Foundation.FileHandle(forWritingAtPath: outputPath.text),
            let errorFile = Foundation.FileHandle(forWritingAtPath: errorPath.text)
        else { throw CocoaError(.fileNoSuchFile) }
        process.standardOutput = output ?? outputFile
        process.standardError = error ?? errorFile
        // Foundation keeps a process that has ended, and would keep its files open with it.
        defer { for file in [outputFile, errorFile] { try? file.close() } }
        return try RunningTool(process, outputPath, errorPath, limit: Self.limitInSeconds)
    }
}

/// Changes the owner of a tree.
private func giveAway(_ path: DiskPath, to userID: UInt32) throws {
    try path.setOwner(userID, userID)
    guard try path.status().kind == .directory else { return }
    for name in try path.names() { try giveAway(path.appending(name), to: userID) }
}

/// The tool while it runs.
package final class RunningTool {
    private let process: Process
    private let output: DiskPath
    private let error: DiskPath
    private let limit: Double
    private let end = DispatchSemaphore(value: 0)

    init(_ process: Process, _ output: DiskPath, _ error: DiskPath, limit: Double) throws {
        self.process = process
        self.output = output
        self.error = error
        self.limit = limit
        process.terminationHandler = { [end] _ in end.signal() }
        try Self.withoutBlockedSignals { try process.run() }
    }

    /// Threads of Swift's tasks block signals on Linux, and a new process takes that over.
    static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Sends a signal.
    package func send(signal number: CInt) { kill(process.processIdentifier, number) }

    /// The number of its process.
    package var processID: Int32 { process.processIdentifier }

    /// Whether it has not ended.
    package var isRunning: Bool { process.isRunning }

    /// Waits for the end; a run that takes too long is killed.
    package func wait() throws -> ToolRun {
        if end.wait(timeout: .now() + limit) == .timedOut {
            send(signal: SIGKILL)
            end.wait()
        }
        let isKilled = process.terminationReason == .uncaughtSignal
        return ToolRun(
            exitCode: isKilled ? 128 + process.terminationStatus : process.terminationStatus,
            output: try output.read(), error: String(decoding: try error.read(), as: UTF8.self))
    }
}

/// What a run of the tool has left.
package struct ToolRun: Sendable {
    /// The exit code; 128 and the signal's number for a run that was killed.
    package let exitCode: Int32
    /// Standard output.
    package let output: [UInt8]
    /// Standard error.
    package let error: String

    /// Standard output as text.
    package var text: String { String(decoding: output, as: UTF8.self) }

    /// The lines of standard output.
    package var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// The objects on standard output, one a line.
    /// - Throws: when a line is anything else.
    package func objects() throws -> [[String: Any]] {
        try lines.map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let object = value as? [String: Any] else {
                throw CocoaError(.propertyListReadCorrupt)
            }
            return object
        }
    }
}

/// A run that should have succeeded.
package struct ToolFailure: Error, CustomStringConvertible {
    let arguments: [String]
    let run: ToolRun

    /// The run of these arguments.
    package init(arguments: [String], run: ToolRun) {
        self.arguments = arguments
        self.run = run
    }

    package var description: String {
        "varve \(arguments.joined(separator: " ")): \(run.exitCode)\n\(run.text)\(run.error)"
    }
}
