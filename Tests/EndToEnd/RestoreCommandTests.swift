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

    @Test func `only what is missing is restored to a folder that has the rest`() throws {
        try tool("restore", "latest", "--to", "target")
        try tool.home.appending("target/inner/sparse").remove()
        let summary = try #require(tool.json("restore", "latest", "--to", "target").last)
        #expect(summary["files"] as? Int == 1)
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
    }

    @Test func `what was changed is kept, told, and chosen by an option`() throws {
        try tool("restore", "latest", "--to", "target")
        let file = tool.home.appending("target/inner/sparse")
        try file.write(Array("mine".utf8))
        let run = try tool("restore", "latest", "--to", "target")
        #expect(run.exitCode == 0)
        #expect(run.error.contains("/target/inner/sparse: was changed here; what was there is now"))
        let names = try file.parent.names().map { String(decoding: $0, as: UTF8.self) }
        let other = try #require(names.first { $0.hasPrefix("sparse.varve-conflict-") })
        #expect(try file.parent.appending(other).read() == Array("mine".utf8))
        #expect(try file.status().sizeInBytes == 1_000_000)
        try file.write(Array("mine again".utf8))
        let kept = try tool.json("restore", "latest", "--to", "target", "--on-conflict", "keep")
        #expect(kept.first?["event"] as? String == "conflict")
        #expect(kept.first?["outcome"] as? String == "kept")
        #expect(try file.read() == Array("mine again".utf8))
        try tool("restore", "latest", "--to", "target", "--on-conflict", "replace")
        #expect(try file.status().sizeInBytes == 1_000_000)
    }

    @Test func `a plan says what would be done, and nothing is`() throws {
        var generator = SeededGenerator(seed: 5)
        try tool.source.appending("large").write(generator.bytes(3_000_000))
        try tool("snapshot", "source")
        let objects = try tool.json("restore", "latest", "--to", "target", "--dry-run")
        let summary = try #require(objects.last)
        #expect(summary["dryRun"] as? Bool == true)
        let estimate = try #require(summary["estimate"] as? [String: Any])
        let bytes = try #require(estimate["bytes"] as? Int)
        #expect(bytes > 0)
        #expect(!tool.home.appending("target").exists)
        let restored = try #require(tool.json("restore", "latest", "--to", "target").last)
        #expect(restored["files"] as? Int == summary["files"] as? Int)
        #expect(restored["dryRun"] as? Bool == false)
        #expect(try #require(restored["downloadedBytes"] as? Int) >= bytes)
    }

    @Test func `nothing is deleted where it looks wrong`() throws {
        try tool.home.appending("other").makeDirectory()
        try tool.home.appending("other/mine").write([1])
        for place in ["other", ".", "/"] {
            let run = try tool("restore", "latest", "--to", place, "--delete")
            #expect(run.exitCode == 1)
            #expect(run.error.contains("try:   check the path; --force deletes all the same"))
        }
        #expect(try tool.home.appending("other").names() == [Array("mine".utf8)])
        let forced = try tool("restore", "latest", "--to", "other", "--delete", "--force")
        #expect(forced.exitCode == 0)
        #expect(try compareTrees(tool.source, tool.home.appending("other")) == [])
        try tool.home.appending("other/mine").write([1])
        // Now the folder is known.
        try tool("restore", "latest", "--to", "other", "--delete")
        #expect(try compareTrees(tool.source, tool.home.appending("other")) == [])
    }

    @Test func `damage is named, and everything else is restored`() throws {
        try tool.source.appending("late").write(Array("late".utf8))
        let before = try packs()
        try tool("snapshot", "source/late")
        for pack in try packs() where !before.contains(pack) { try pack.write([]) }
        let run = try tool("restore", "latest", "--to", "target", "--json")
        #expect(run.exitCode == 3)
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
