import Foundation
import TestSupport
import Testing

struct CacheCommandTests {
    private let tool: Tool
    private let cache: DiskPath

    init() throws {
        tool = try Tool()
        cache = tool.home.appending(".cache/varve")
        try tool.source.appending("file").write(Array("content".utf8))
        try tool("snapshot", "source")
    }

    /// What `cache status` says of a kind.
    private func status(_ kind: String) throws -> (files: Int, bytes: Int) {
        let event = try tool.json("cache", "status").first { $0["kind"] as? String == kind }
        return (
            try #require(event?["files"] as? Int), try #require(event?["bytes"] as? Int)
        )
    }

    /// A file as the cache of a repository on the network has it.
    private func plant(_ kind: String, _ name: String, sizeInBytes: Int) throws -> DiskPath {
        var folder = cache
        for component in ["stores", String(repeating: "0", count: 32), kind] {
            folder = folder.appending(component)
            if !folder.exists { try folder.makeDirectory() }
        }
        try folder.appending(name).write([UInt8](repeating: 1, count: sizeInBytes))
        return folder.appending(name)
    }

    /// What a run has found out about an endpoint.
    private func plantEndpoint() throws -> DiskPath {
        let folder = cache.appending("endpoints")
        try folder.makeDirectory()
        let file = folder.appending(String(repeating: "1", count: 32))
        try file.write(Array("path auto\n".utf8))
        return file
    }

    @Test func `status counts the files of each kind`() throws {
        _ = try plantEndpoint()
        _ = try plant("indexes", String(repeating: "a", count: 64), sizeInBytes: 100)
        _ = try plant("manifests", "varve.json", sizeInBytes: 20)
        _ = try plant("listings", "x", sizeInBytes: 3)
        #expect(try status("indexes") == (1, 100))
        #expect(try status("manifests") == (1, 20))
        #expect(try status("listings") == (1, 3))
        // Stat cache, state, the journal of packs, which is empty, and a copy of the small pack.
        #expect(try status("sources").files == 4)
        #expect(try status("endpoints") == (1, 10))
        let objects = try tool.json("cache", "status")
        let events = objects.dropLast()
        #expect(events.count == 8)
        #expect(events.allSatisfy { Set($0.keys) == ["event", "kind", "files", "bytes"] })
        let summary = try #require(objects.last)
        #expect(Set(summary.keys) == ["event", "directory", "files", "bytes"])
        #expect(summary["event"] as? String == "summary")
        #expect(summary["directory"] as? String == cache.text)
        #expect(summary["files"] as? Int == 8)
        let sum = events.compactMap { $0["bytes"] as? Int }.reduce(0, +)
        #expect(summary["bytes"] as? Int == sum)
        let text = try tool("cache", "status")
        #expect(text.exitCode == 0)
        #expect(text.lines.first == "index tables:  1 file, 100 B")
        #expect(text.lines.last == "in \(cache.text)")
    }

    @Test func `clear removes all of it, and nothing is lost`() throws {
        let planted = try plant("indexes", String(repeating: "a", count: 64), sizeInBytes: 100)
        let endpoint = try plantEndpoint()
        let letter = cache.appending("letter")
        try letter.write([1])
        let total = try tool.json("cache", "status").last?["bytes"] as? Int
        let summary = try tool.json("cache", "clear").last
        #expect(summary?["files"] as? Int == 6)
        #expect(summary?["bytes"] as? Int == total)
        #expect(!planted.exists && !endpoint.exists)
        #expect(try cache.names() == [Array("letter".utf8)])
        // The next snapshot reads everything, and finds it stored.
        let snapshot = try tool.json("snapshot", "source").last
        #expect(snapshot?["readFiles"] as? Int == 1)
        #expect(snapshot?["newBytes"] as? Int == 0)
        #expect(try tool("check").exitCode == 0)
    }

    @Test func `there need not be any cache`() throws {
        try cache.remove()
        #expect(try tool.json("cache", "status").last?["files"] as? Int == 0)
        #expect(try tool("cache", "clear").text == "removed 0 files, 0 B\n")
        #expect(!cache.exists)
    }

    @Test(.enabled(if: Tool.canDropPrivileges, "the tool cannot be run as another user"))
    func `what cannot be removed is told`() throws {
        let file = try plant("indexes", String(repeating: "a", count: 64), sizeInBytes: 100)
        // The home folder becomes that of the user who runs the tool, so the bits decide.
        try file.parent.setPermissions(0o500)
        let run = try tool.start(["cache", "clear"], isUnprivileged: true).wait()
        #expect(run.exitCode == 1)
        #expect(run.error.contains("1 file, 100 B left"))
        #expect(file.exists)
    }

    @Test func `options may stand before the command, and help behind it`() throws {
        #expect(try tool("--json", "cache", "status").objects().count == 9)
        #expect(try tool("-q", "cache", "clear").exitCode == 0)
        #expect(try tool("cache", "--help").text.contains("SUBCOMMANDS"))
    }

    @Test(arguments: [["cache", "nonsense"], ["cache", "status", "x"], ["--json", "status"]])
    func `what is no command of the cache is refused`(arguments: [String]) throws {
        #expect(try tool.start(arguments).wait().exitCode == 64)
    }
}
