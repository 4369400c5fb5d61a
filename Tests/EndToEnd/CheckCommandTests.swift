import Foundation
import TestSupport
import Testing

struct CheckCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("file").write(Array("content".utf8))
        try tool("snapshot", "source")
    }

    private func pack() throws -> DiskPath {
        let packs = tool.repository.appending("packs")
        let folder = packs.appending(try #require(packs.names().first))
        return folder.appending(try #require(folder.names().first))
    }

    @Test func `a good repository has no errors`() throws {
        #expect(try tool("check").text == "1 snapshot, 1 pack (0 read), 2 chunks: no errors\n")
        let summary = try #require(tool.json("check", "--read-data").last)
        #expect(summary["event"] as? String == "summary")
        #expect(summary["errors"] as? Int == 0)
        #expect(summary["packsRead"] as? Int == 1)
    }

    @Test(arguments: ["100%", "0.5%", "1/1", "10MiB", "1"])
    func `a part of the data can be read`(subset: String) throws {
        let summary = try tool.json("check", "--read-data-subset", subset).last
        #expect(summary?["packsRead"] as? Int == 1)
    }

    @Test(arguments: ["", "0%", "101%", "0/5", "6/5", "1/0", "x", "1/5/5", "-1", "5XiB"])
    func `what is no part of the data is refused`(subset: String) throws {
        #expect(try tool("check", "--read-data-subset=\(subset)").exitCode == 64)
    }

    @Test func `damage in the data is found when it is read`() throws {
        var bytes = try pack().read()
        bytes[10] ^= 1
        try pack().setPermissions(0o600)
        try pack().write(bytes)
        #expect(try tool("check").exitCode == 0)
        let run = try tool("check", "--read-data", "--json")
        #expect(run.exitCode == 13)
        let objects = try run.objects()
        let count = try #require(objects.last?["errors"] as? Int)
        #expect(count == objects.count - 1)
        #expect(objects.dropLast().allSatisfy { $0["event"] as? String == "problem" })
        let suffering = objects.first { $0["kind"] as? String == "file" }
        #expect(suffering?["subject"] as? String == "/file")
        let snapshot = try tool.json("list").first?["id"] as? String
        #expect(suffering?["snapshot"] as? String == snapshot)
        let text = try tool("check", "--read-data")
        #expect(text.exitCode == 13)
        #expect(text.text.contains("snapshot \((snapshot ?? "").prefix(8)): /file: "))
    }

    @Test func `a lost pack is found without reading data`() throws {
        try pack().remove()
        #expect(try tool("check").exitCode == 13)
    }

    @Test func `a damaged manifest is found by list and check`() throws {
        let folder = tool.repository.appending("snapshots")
        let manifest = folder.appending(try #require(folder.names().first))
        try manifest.write(Array("{}".utf8))
        #expect(try tool("check").exitCode == 13)
        let list = try tool("list")
        #expect(list.exitCode == 13)
        #expect(list.error.contains("is damaged"))
        #expect(try tool("restore", "latest", "--to", "target").exitCode == 13)
    }
}
