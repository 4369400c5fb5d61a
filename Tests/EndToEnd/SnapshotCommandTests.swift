import FileHandles
import Foundation
import TestSupport
import Testing

struct SnapshotCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("a").write(Array("12345".utf8))
        try tool.source.appending("folder").makeDirectory()
        try tool.source.appending("folder/b").write([1])
    }

    @Test func `the first snapshot makes the default repository, and says so in one line`() throws {
        let first = try tool("snapshot", "source")
        #expect(first.exitCode == 0)
        #expect(first.error == "created an unencrypted repository in \(tool.repository.text)\n")
        #expect(tool.repository.appending("varve.json").exists)
        let id = try #require(first.lines.last?.split(separator: " ").last)
        #expect(first.lines.last == "snapshot \(id)")
        #expect(id.count == 32)
        let second = try tool("snapshot", "source")
        #expect(second.exitCode == 0)
        #expect(second.error == "")
    }

    @Test func `the last object has exactly the promised members`() throws {
        let objects = try tool.json("snapshot", "source")
        #expect(objects.map { $0["event"] as? String } == ["notice", "summary"])
        let summary = try #require(objects.last)
        let promised: Set = [
            "event", "snapshot", "files", "directories", "bytes", "newBytes", "uploadedBytes",
            "requests", "unreadable", "seconds",
        ]
        #expect(promised.isSubset(of: summary.keys))
        #expect(summary["files"] as? Int == 2)
        #expect(summary["directories"] as? Int == 2)
        #expect(summary["bytes"] as? Int == 6)
        #expect(summary["unreadable"] as? Int == 0)
        #expect(summary["seconds"] is Double)
        let requests = try #require(summary["requests"] as? [String: Int])
        #expect(Set(requests.keys) == ["put", "get", "head", "list", "delete"])
        // The description, a session, a pack, a table, the manifest.
        #expect(requests["put"] == 5)
        let written = try #require(summary["uploadedBytes"] as? Int)
        #expect(written > 6)
        let listed = try tool.json("list")
        #expect(listed[0]["id"] as? String == summary["snapshot"] as? String)
    }

    @Test func `a snapshot of an unchanged folder writes its session and its manifest only`()
        throws
    {
        try tool("snapshot", "source")
        try waitForTick(in: tool.home.bytes)
        let requests = try tool.json("snapshot", "source").last?["requests"] as? [String: Int]
        #expect(requests?["put"] == 2)
        // The view of the session, and the test whether the manifest came in time.
        #expect(requests?["list"] == 2)
        #expect(requests?["delete"] == 1)
    }

    @Test func `options reach the manifest`() throws {
        try tool(
            "snapshot", "source", "--tag", "two", "--tag", "one", "--description", "a \"text\"",
            "--host", "elsewhere", "--compression", "off")
        let manifest = try #require(tool("show", "latest").objects().first)
        #expect(manifest["tags"] as? [String] == ["one", "two"])
        #expect(manifest["description"] as? String == "a \"text\"")
        #expect(manifest["host"] as? String == "elsewhere")
        #expect(manifest["paths"] as? [String] == [tool.source.text])
        #expect((manifest["tool"] as? String)?.hasPrefix("varve ") == true)
    }

    @Test func `an unchanged folder can be skipped`() throws {
        let first = try tool.json("snapshot", "source").last?["snapshot"] as? String
        let second = try tool("snapshot", "source", "--skip-unchanged")
        #expect(second.lines.last == "nothing has changed since snapshot \(first ?? "")")
        #expect(try tool.json("list").count == 2)
    }

    @Test func `rescanning reads every file`() throws {
        try tool("snapshot", "source")
        let summary = try #require(tool.json("snapshot", "source", "--rescan").last)
        #expect(summary["readFiles"] as? Int == 2)
        #expect(summary["newBytes"] as? Int == 0)
    }

    @Test(arguments: [("--ignore-ctime", 0), ("--quiet", 1), ("--rescan", 1)])
    func `stamps that are to prove nothing have nothing read`(
        option: String, readFiles: Int
    ) throws {
        let folder = tool.home.appending("stamped")
        try folder.makeDirectory()
        let file = folder.appending("file")
        let time = FileStatus.Time(seconds: 1_000_000, nanoseconds: 0)
        for number in 0...1 {
            // Another file in the place of the first, equal but for inode and change time.
            let new = tool.home.appending("new \(number)")
            try new.write([1, 2, 3])
            try new.setModified(time)
            try new.rename(to: file)
            let summary = try #require(
                tool.json("snapshot", "stamped", "--ignore-inode", option).last)
            #expect(summary["readFiles"] as? Int == (number == 0 ? 1 : readFiles))
        }
    }

    @Test(arguments: ["missing", "source/a/below"])
    func `a path that is not there is an error, and nothing is made`(path: String) throws {
        let run = try tool("snapshot", "source", path)
        #expect(run.exitCode == 1)
        #expect(run.error.hasPrefix("error: cannot take \(tool.home.text)/\(path)\ncause: "))
        #expect(!tool.repository.exists)
        #expect(!tool.home.appending(".local").exists)
        #expect(!tool.home.appending(".cache").exists)
    }

    @Test(.enabled(if: Tool.canDropPrivileges, "needs setpriv, or not to be root"))
    func `unreadable files and folders make the snapshot incomplete`() throws {
        try tool.source.appending("a").setPermissions(0)
        try tool.source.appending("folder").setPermissions(0)
        let run = try tool.start(["snapshot", "source", "--json"], isUnprivileged: true).wait()
        #expect(run.exitCode == 3)
        let objects = try run.objects()
        let unreadable = objects.filter { $0["event"] as? String == "unreadable" }
        let paths = unreadable.compactMap { $0["path"] as? String }
        #expect(paths.sorted() == ["a", "folder"].map { tool.source.appending($0).text })
        #expect(unreadable.allSatisfy { $0["reason"] as? String == "Permission denied" })
        #expect(objects.last?["unreadable"] as? Int == 2)
        let text = try tool.start(["snapshot", "source"], isUnprivileged: true).wait()
        #expect(text.exitCode == 3)
        #expect(text.error.contains("warning: the snapshot is incomplete: 2 paths"))
    }

    @Test(.enabled(if: Tool.canDropPrivileges, "needs setpriv, or not to be root"))
    func `a folder that may not be opened is an error`() throws {
        try tool.source.setPermissions(0)
        let run = try tool.start(["snapshot", "source"], isUnprivileged: true).wait()
        #expect(run.exitCode == 1)
        #expect(run.error.contains("error: cannot take \(tool.source.text)\n"))
        #expect(run.error.contains("cause: Permission denied\n"))
    }

    @Test func `quiet runs print the outcome only`() throws {
        let run = try tool("snapshot", "source", "--quiet")
        #expect(run.error == "")
        #expect(run.lines.count == 1)
    }

    @Test(arguments: ["0", "-1", "65", "many"])
    func `a number of readers is one that makes sense`(_ number: String) throws {
        let run = try tool("snapshot", "source", "--readers=\(number)")
        #expect(run.exitCode == 64)
        #expect(run.error.contains("--readers"))
    }

    @Test func `one reader finds what many find`() throws {
        let outcomes = try [1, 2, 64].map { count in
            let run = try tool("snapshot", "source", "--readers", "\(count)")
            #expect(run.exitCode == 0)
            return try tool("ls", "latest", "--recursive", "--long").lines
        }
        #expect(Set(outcomes).count == 1)
    }

    @Test func `several paths are entries of the root`() throws {
        try tool("snapshot", "source/folder", "source/a")
        #expect(try tool("ls", "latest").lines == ["a", "folder"])
        let collision = try tool("snapshot", "source/a", "source/../source/a")
        #expect(collision.exitCode == 64)
        #expect(collision.error.contains("same last component"))
    }
}
