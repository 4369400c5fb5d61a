import FileHandles
import Foundation
import TestSupport
import Testing

/// `snapshot --record-birth-times`, and what the other commands make of it.
@Suite(.enabled(if: hasBirthTimes, "the temporary folders tell no birth times"))
struct BirthTimeCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        try tool.source.appending("folder/file").write([UInt8](repeating: 1, count: 5000))
        try tool.source.appending("link").makeLink(to: Array("folder".utf8))
    }

    /// What an event says of the birth of each entry, by path.
    private func created(_ arguments: String...) throws -> [String: String] {
        let run = try tool.start(arguments + ["--json"]).wait()
        #expect(run.exitCode == 0, "\(run.error)")
        var times: [String: String] = [:]
        for object in try run.objects() {
            guard let path = object["path"] as? String else { continue }
            times[path] = object["created"] as? String
        }
        return times
    }

    private func told(_ name: String) throws -> Int64? {
        try tool.source.appending(name).birthTime()?.seconds
    }

    @Test func `ls and find show it where it was recorded`() throws {
        try tool("snapshot", "source")
        #expect(try created("ls", "latest", "--recursive") == [:])
        let run = try tool("snapshot", "source", "--record-birth-times")
        #expect(run.exitCode == 0)
        let listed = try created("ls", "latest", "--recursive")
        #expect(listed.keys.sorted() == ["folder", "folder/file", "link"])
        #expect(try created("find", "*", "--snapshot", "latest") == listed)
        #expect(try created("ls", "latest:folder/file") == ["file": listed["folder/file"]])
        let formatter = ISO8601DateFormatter()
        for (name, text) in listed {
            let whole = text.prefix(19) + "Z"
            let date = try #require(formatter.date(from: String(whole)))
            #expect(Int64(date.timeIntervalSince1970) == (try told(name)))
        }
        let root = try #require(try manifest()["root"] as? [String: Any])
        let numbers = try #require(root["created"] as? [Int64])
        #expect(numbers.first == (try tool.source.birthTime()?.seconds))
    }

    @Test func `it is no difference, and no shortfall`() throws {
        for option in ["--quiet", "--record-birth-times"] { try tool("snapshot", "source", option) }
        let target = tool.home.appending("back")
        for _ in 0...1 {
            let run = try tool("restore", "latest", "--to", target.text)
            #expect(run.exitCode == 0, "\(run.error)")
            #expect(run.error == "")
        }
        for arguments in [
            ["latest~1", "latest"], ["latest", "latest~1"], ["latest", "--with", target.text],
            ["latest", "--with", target.text, "--contents"],
        ] {
            let run = try tool.start(["diff"] + arguments).wait()
            #expect(run.exitCode == 0)
            #expect(run.text == "")
        }
        #expect(try tool("check", "--read-data").exitCode == 0)
        #expect(try tool("export", "latest").exitCode == 0)
    }

    @Test func `nothing has changed while nothing is born`() throws {
        try tool("snapshot", "source", "--record-birth-times")
        let same = try tool("snapshot", "source", "--record-birth-times", "--skip-unchanged")
        #expect(same.text.contains("nothing has changed since snapshot"))
        // Without them it is another tree.
        let other = try tool("snapshot", "source", "--skip-unchanged")
        #expect(!other.text.contains("nothing has changed since snapshot"))
        let lists = try tool.json("list")
        #expect(lists.filter { $0["event"] as? String == "snapshot" }.count == 2)
    }

    @Test func `a stream has none`() throws {
        let run = try tool(
            "snapshot", "--stdin-name", "name", "--record-birth-times", "--", "echo", "text")
        #expect(run.exitCode == 0)
        #expect(try created("ls", "latest") == [:])
    }

    private func manifest() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(tool("show", "latest").output))
        return try #require(object as? [String: Any])
    }
}
