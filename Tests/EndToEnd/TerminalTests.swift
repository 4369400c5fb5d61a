import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Names of files can hold anything; a terminal must not be commanded by them.
struct TerminalTests {
    private static let name = "line\nfeed\u{1B}[31m"
    private static let escaped = "line\\x0afeed\\x1b[31m"
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending(Self.name).write([1])
        try tool.source.appending("folder").makeDirectory()
        try tool("snapshot", "source", "--tag", "bad\u{1B}[2J", "--host", "host\u{7}")
    }

    /// What the tool writes to a terminal.
    private func onTerminal(_ arguments: String...) throws -> String {
        var main: CInt = -1
        var other: CInt = -1
        #expect(openpty(&main, &other, nil, nil, nil) == 0)
        let terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
        let run = try tool.start(arguments, output: terminal).wait()
        #expect(run.exitCode == 0)
        // All is in the terminal's buffer: the tool has ended.
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(main, &bytes, bytes.count)
        close(main)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func `names are escaped on a terminal, and exact in a pipe`() throws {
        #expect(try onTerminal("ls", "latest") == "folder\r\n\(Self.escaped)\r\n")
        #expect(try tool("ls", "latest").text == "folder\n\(Self.name)\n")
        #expect(try onTerminal("find", "line*").hasSuffix(":\(Self.escaped)\r\n"))
        #expect(try tool("find", "line*").text.hasSuffix(":\(Self.name)\n"))
    }

    @Test func `JSON is the same everywhere`() throws {
        let text = try onTerminal("ls", "latest", "--json")
        #expect(!text.contains("\u{1B}"))
        let paths = try tool.json("ls", "latest").compactMap { $0["path"] as? String }
        #expect(paths == ["folder", Self.name])
    }

    @Test func `hosts and tags are escaped`() throws {
        let text = try onTerminal("list")
        #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"))
        #expect(text.contains("bad\\x1b[2J"))
    }
}
