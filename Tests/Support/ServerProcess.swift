import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A script of Tests/Servers that runs beside the tests.
///
/// It answers lines on its standard input, one with one, and ends when that input ends: when this
/// object goes, or the process of the tests, however it ends.
final class ServerProcess: Sendable {
    /// What the script's line READY says, by name.
    let facts: [String: String]
    private let channel: Mutex<Channel>

    /// The folder of the scripts.
    static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Servers")

    /// Starts a script and waits until it is ready.
    /// - Parameter script: a file or folder of Tests/Servers.
    init(_ script: String, _ arguments: [String]) throws {
        var channel = try Channel(script, arguments)
        var line = try channel.line()
        guard line.hasPrefix("READY ") else { throw ServerFailure(message: line) }
        line = String(line.dropFirst("READY ".count))
        var facts: [String: String] = [:]
        // The path of the authority comes last and may hold blanks.
        if let authority = line.range(of: " ca=") {
            facts["ca"] = String(line[authority.upperBound...])
            line = String(line[..<authority.lowerBound])
        }
        for word in line.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
        self.facts = facts
        self.channel = Mutex(channel)
    }

    /// A fact that every script tells.
    func fact(_ name: String) throws -> String {
        guard let value = facts[name] else {
            throw ServerFailure(message: "the line READY has no \(name)")
        }
        return value
    }

    /// Sends a request and waits for its answer.
    /// - Returns: what `ok` of the answer holds, as JSON.
    @discardableResult
    func ask(_ request: [String: any Sendable]) throws -> Data {
        var line = try JSONSerialization.data(withJSONObject: request)
        line.append(UInt8(ascii: "\n"))
        let answer = try channel.withLock { channel in
            try channel.input.write(contentsOf: line)
            return try channel.line()
        }
        let object = try JSONSerialization.jsonObject(with: Data(answer.utf8))
        guard let object = object as? [String: Any], let value = object["ok"] else {
            throw ServerFailure(message: answer)
        }
        return try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
    }

    /// Ends the script and waits until it has ended.
    func stop() throws {
        try channel.withLock { channel in
            try channel.end()
            channel.process.waitUntilExit()
        }
    }

    // Foundation keeps a process, and with it the pipes, for as long as it runs.
    deinit {
        do {
            try channel.withLock { try $0.end() }
        } catch {
            let message = Data("cannot end a server: \(error)\n".utf8)
            FileHandle.standardError.write(message)
        }
    }
}

/// The pipes to a script; its standard error is that of the tests.
private struct Channel {
    let process = Process()
    let input: FileHandle
    private let output: FileHandle
    private var buffer: [UInt8] = []
    private var hasEnded = false

    init(_ name: String, _ arguments: [String]) throws {
        let (toScript, fromScript) = (Pipe(), Pipe())
        // The system's starts in half the time of one that is looked for by a version manager.
        let system = "/usr/bin/python3"
        let hasSystem = FileManager.default.isExecutableFile(atPath: system)
        let path = ServerProcess.scripts.appendingPathComponent(name).path
        process.executableURL = URL(fileURLWithPath: hasSystem ? system : "/usr/bin/env")
        process.arguments = (hasSystem ? [] : ["python3"]) + [path] + arguments
        process.standardInput = toScript
        process.standardOutput = fromScript
        let script = process
        try RunningTool.withoutBlockedSignals { try script.run() }
        input = toScript.fileHandleForWriting
        output = fromScript.fileHandleForReading
        // Other processes of the tests must not keep the script alive.
        for handle in [input, output] { _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) }
    }

    /// Closes the script's input, at which it ends.
    mutating func end() throws {
        guard !hasEnded else { return }
        hasEnded = true
        try input.close()
    }

    mutating func line() throws -> String {
        var line: [UInt8] = []
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                line += buffer[..<end]
                buffer = Array(buffer[(end + 1)...])
                return String(decoding: line, as: UTF8.self)
            }
            line += buffer
            buffer = try more()
        }
    }

    /// What has come, at least a byte; Foundation would wait for all that it has room for.
    private func more() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(output.fileDescriptor, &bytes, bytes.count)
            if count > 0 { return Array(bytes[..<count]) }
            guard count < 0, errno == EINTR else {
                throw ServerFailure(message: "the script has ended")
            }
        }
    }
}

/// A script that does not do what it is asked.
package struct ServerFailure: Error, CustomStringConvertible {
    let message: String

    package var description: String { "a server for the tests: \(message)" }
}
