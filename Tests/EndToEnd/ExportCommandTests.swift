import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `export`: its stream, what it tells beside it, and how it ends.
struct ExportCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        try tool.source.appending("folder/file").write(Array("content\n".utf8))
        try tool.source.appending("link").makeLink(to: Array("folder/file".utf8))
        try tool("snapshot", "source")
    }

    private func extract(_ stream: [UInt8]) throws -> DiskPath {
        let target = tool.home.appending("extracted")
        try target.makeDirectory()
        let run = try Command(["tar", "-x", "-p", "-C", target.text], input: stream)
        #expect(run.exitCode == 0 && run.error.isEmpty, "\(run.error)")
        return target
    }

    @Test func `the stream holds the folder`() throws {
        let run = try tool("export", "latest")
        #expect(run.exitCode == 0 && run.error.isEmpty)
        #expect(try compareTrees(tool.source, extract(run.output)) == [])
    }

    @Test func `with JSON the stream is the same, and the events stand beside it`() throws {
        let plain = try tool("export", "latest:folder").output
        let run = try tool("export", "latest:folder", "--json")
        #expect(run.output == plain)
        let lines = run.error.split(separator: "\n")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data((lines.last ?? "").utf8))
                as? [String: Any])
        #expect(object["event"] as? String == "summary")
        #expect(object["files"] as? Int == 1 && object["bytes"] as? Int == 8)
        #expect(object["failed"] as? Int == 0 && object["damaged"] as? Int == 0)
        let failed = try tool("export", "latest:nothing", "--json")
        #expect(failed.exitCode == 1 && failed.output.isEmpty)
        #expect(failed.error.hasPrefix("{\"event\":\"error\",\"code\":1,"))
    }

    @Test func `a reader that goes away is an error, and no crash`() throws {
        var generator = SeededGenerator(seed: 9)
        try tool.source.appending("large").write(generator.bytes(3_000_000))
        try tool("snapshot", "source")
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let run = try tool.start(["export", "latest"], output: pipe.fileHandleForWriting).wait()
        #expect(run.exitCode == 1)
        #expect(run.error.hasPrefix("error: cannot write to standard output\ncause: "))
    }

    @Test func `a terminal is refused`() throws {
        var (main, other): (CInt, CInt) = (-1, -1)
        #expect(openpty(&main, &other, nil, nil, nil) == 0)
        let terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
        let run = try tool.start(["export", "latest"], output: terminal).wait()
        close(main)
        #expect(run.exitCode == 64)
        #expect(run.error.contains("try:   varve export latest | tar -x -C DIR\n"))
    }

    @Test func `a damaged file is named, the others are written`() throws {
        var generator = SeededGenerator(seed: 10)
        try tool.source.appending("random").write(generator.bytes(200_000))
        try tool("snapshot", "source")
        let packs = tool.repository.appending("packs")
        for folder in try packs.names() {
            for name in try packs.appending(folder).names() {
                let pack = packs.appending(folder).appending(name)
                guard try pack.read().count > 100_000 else { continue }
                try pack.overwrite([1, 2, 3, 4], at: 50_000)
            }
        }
        let run = try tool("export", "latest")
        #expect(run.exitCode == 3)
        #expect(run.error.hasPrefix("warning: random: cannot read chunk "))
        let target = try extract(run.output)
        #expect(try target.names() == [Array("folder".utf8), Array("link".utf8)])
    }
}
