import FileHandles
import Foundation
import TestSupport
import Testing

struct RestoreCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        var tree = TemporaryTree(at: tool.source, seed: 12)
        try tree.grow(entries: 40)
        try tool.source.appending("inner").makeDirectory()
        try tool.source.appending("inner/sparse").truncate(to: 1_000_000)
        try tool("snapshot", "source")
    }

    @Test func `a folder becomes equal to the snapshot`() throws {
        let run = try tool("restore", "latest", "--to", "target")
        #expect(run.exitCode == 0)
        #expect(run.error == "")
        #expect(run.lines.count == 1)
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
    }

    @Test func `the last object has the promised members`() throws {
        let summary = try #require(tool.json("restore", "latest", "--to", "target").last)
        #expect(summary["event"] as? String == "summary")
        let listed = try #require(tool.json("list").first)
        #expect(summary["files"] as? Int == listed["files"] as? Int)
        #expect(summary["bytes"] as? Int == listed["bytes"] as? Int)
        let downloaded = try #require(summary["downloadedBytes"] as? Int)
        #expect(downloaded > 0)
        let requests = try #require(summary["requests"] as? [String: Int])
        #expect(Set(requests.keys) == ["put", "get", "head", "list", "delete"])
        #expect(requests["put"] == 0)
    }

    @Test func `a part of a snapshot can be restored`() throws {
        try tool("restore", "latest:inner", "--to", "target", "--sparse")
        let copy = tool.home.appending("target")
        #expect(try compareTrees(tool.source.appending("inner"), copy) == [])
        #expect(try copy.appending("sparse").status().allocatedInBytes < 100_000)
        try tool("restore", "latest:inner/sparse", "--to", "file")
        #expect(try tool.home.appending("file").names() == [Array("sparse".utf8)])
    }

    @Test func `a target with something in it is refused`() throws {
        let run = try tool("restore", "latest", "--to", "source")
        #expect(run.exitCode == 1)
        #expect(run.error.contains("cause: it is not empty\n"))
        #expect(run.error.contains("try:   choose a folder"))
    }

    @Test func `damage is an exit code of its own, and what can be restored is`() throws {
        try tool.source.appending("late").write(Array("late".utf8))
        let before = try packs()
        try tool("snapshot", "source/late")
        for pack in try packs() where !before.contains(pack) { try pack.write([]) }
        let run = try tool("restore", "latest", "--to", "target", "--json")
        #expect(run.exitCode == 13)
        let objects = try run.objects()
        #expect(objects.first?["event"] as? String == "damaged")
        #expect(objects.last?["damaged"] as? Int == 1)
        #expect(try tool("restore", "latest~1", "--to", "other").exitCode == 0)
    }

    private func packs() throws -> [DiskPath] {
        let folder = tool.repository.appending("packs")
        return try folder.names().flatMap { inner in
            let inner = folder.appending(inner)
            return try inner.names().map { inner.appending($0) }
        }
    }
}
