import Foundation

/// A program of the system that tests compare with, run to its end.
package struct Command: Sendable {
    /// The exit code; 128 and the signal's number for a run that was killed.
    package let exitCode: Int32
    /// Standard output.
    package let output: [UInt8]
    /// Standard error.
    package let error: String

    /// Standard output as text.
    package var text: String { String(decoding: output, as: UTF8.self) }

    /// Runs a program.
    /// - Parameters:
    ///   - arguments: the program's name, which is looked for in `PATH`, and its arguments.
    ///   - input: standard input.
    package init(_ arguments: [String], input: [UInt8] = []) throws {
        let directory = try TemporaryDirectory(isInMemory: true)
        // Files, not pipes, which would have to be filled and emptied at the same time.
        for (name, bytes) in [("input", input), ("output", []), ("error", [])] {
            try directory.write(name, bytes)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C.UTF-8"
        process.environment = environment
        process.standardInput = FileHandle(forReadingAtPath: directory.text + "/input")
        process.standardOutput = FileHandle(forWritingAtPath: directory.text + "/output")
        process.standardError = FileHandle(forWritingAtPath: directory.text + "/error")
        try RunningTool.withoutBlockedSignals { try process.run() }
        process.waitUntilExit()
        let isKilled = process.terminationReason == .uncaughtSignal
        exitCode = isKilled ? 128 + process.terminationStatus : process.terminationStatus
        output = try directory.read("output")
        error = String(decoding: try directory.read("error"), as: UTF8.self)
    }
}
