import FileHandles
import Foundation
import TestSupport
import Testing

/// `snapshot --dry-run` and `snapshot --explain`: what they print, and that they write nothing.
struct SnapshotPreviewTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        for name in ["folder", "marked"] { try tool.source.appending(name).makeDirectory() }
        for name in ["a.o", "b.c", "folder/d", "marked/x", "marked/.nobackup"] {
            try tool.source.appending(name).write(Array(name.utf8))
        }
        try tool.source.appending("link").makeLink(to: Array("b.c".utf8))
    }

    private var cache: DiskPath { tool.home.appending(".cache") }

    @Test func `a dry run lists what would go in, and makes nothing`() throws {
        let run = try tool("snapshot", "source", "--dry-run", "--exclude", "*.o")
        #expect(run.exitCode == 0 && run.error.isEmpty)
        #expect(
            run.lines == [
                "+ b.c", "+ folder", "+ folder/d", "+ link", "+ marked", "+ marked/.nobackup",
                "+ marked/x",
                "would take 4 files in 3 folders, 35 B; 4 new, 0 changed, 35 B to read",
            ])
        #expect(try tool("snapshot", "source", "--dry-run", "--quiet").lines.count == 1)
        #expect(!tool.repository.exists && !cache.exists)
        #expect(!tool.home.appending(".local").exists)
    }

    @Test func `changes since the last snapshot are marked`() throws {
        try tool("snapshot", "source")
        let before = try [tool.repository, cache].map { try $0.tree() }
        try tool.source.appending("b.c").write([1])
        try tool.source.appending("new").write([1, 2])
        let objects = try tool.json("snapshot", "source", "--dry-run")
        for object in objects.dropLast() { try expectValid(object, "planned") }
        var changes: [String: String] = [:]
        for object in objects {
            guard let path = object["path"] as? String else { continue }
            changes[path] = object["change"] as? String
        }
        #expect(changes["new"] == "new" && changes["b.c"] == "changed")
        #expect(changes["folder"] == "unchanged" && changes["link"] == "unchanged")
        let summary = try #require(objects.last)
        try expectValid(summary, "previewSummary")
        #expect(summary["files"] as? Int == 6 && summary["newFiles"] as? Int == 1)
        #expect(summary["dryRun"] as? Bool == true)
        #expect(try [tool.repository, cache].map { try $0.tree() } == before)
        #expect(try tool.json("list").count == 2)
    }

    @Test func `a repository that is missing is an error, as without a dry run`() throws {
        for options in [["--dry-run"], []] {
            let run = try tool.start(["snapshot", "source", "--repo", "none"] + options).wait()
            #expect(run.exitCode == 10)
            let other = try tool.start(["snapshot", "nothing", "--repo", "none"] + options).wait()
            #expect(other.exitCode == 1)
        }
        let explained = try tool("snapshot", "source", "--repo", "none", "--explain", "source/a.o")
        #expect(explained.exitCode == 0)
        #expect(!tool.home.appending("none").exists && !cache.exists)
        #expect(try tool("snapshot", "nothing", "--dry-run").exitCode == 1)
        #expect(try tool("snapshot", "nothing", "--explain", "x").exitCode == 1)
    }

    @Test func `in a bucket, too, nothing is written anywhere`() throws {
        let place = try S3Place(.standIn(.minio))
        let machine = try Machine(place)
        try machine.addRemote(root: "root")
        try machine.summary("init")
        try machine.tool.source.appending("file").write([1])
        try machine.summary("snapshot", "source")
        let cache = machine.tool.home.appending(".cache/varve")
        let before = try cache.tree()
        let standIn = try #require(place.standIn)
        _ = try standIn.requests(clears: true)
        let preview = try machine.json("snapshot", "source", "--dry-run")
        #expect(preview.first?["change"] as? String == "unchanged")
        #expect(try standIn.requests().map(\.kind) == [.get])
        #expect(try cache.tree() == before)
        let elsewhere = machine.tool.home.appending("other-cache")
        let run = try machine.run(
            ["snapshot", "source", "--dry-run"], ["VARVE_CACHE_DIR": elsewhere.text])
        #expect(run.exitCode == 0 && run.lines.first == "+ file")
        #expect(!elsewhere.exists)
    }

    @Test func `an explanation names the option, the file and line, and the folder above`() throws {
        let list = tool.home.appending("list")
        try list.write(Array("# mine\nfolder\n".utf8))
        func explain(_ path: String, _ options: String...) throws -> String {
            let run = try tool.start(
                ["snapshot", "source", "--explain", path] + options
            ).wait()
            #expect(run.exitCode == 0 && run.error.isEmpty, "\(run.error)")
            return run.text.replacingOccurrences(of: tool.home.text, with: "~")
        }
        #expect(try explain("source/a.o") == "~/source/a.o is taken as a.o\n")
        #expect(
            try explain("source/a.o", "--exclude", "x", "--exclude", "*.o")
                == "~/source/a.o is left out: pattern 2 of --exclude, \"*.o\"\n")
        #expect(
            try explain("source/a.o", "--exclude", "*.o", "--exclude", "!a.o")
                == "~/source/a.o is taken as a.o: kept by pattern 2 of --exclude, \"!a.o\"\n")
        #expect(
            try explain("source/folder/d", "--exclude-from", list.text)
                == "~/source/folder/d is left out: the folder ~/source/folder is: "
                + "~/list, line 2, \"folder\"\n")
        #expect(
            try explain("source/marked/x", "--exclude-if-present", ".nobackup")
                == "~/source/marked/x is left out: its folder has .nobackup, which marks it\n")
        #expect(
            try explain("source/b.c", "--exclude-larger-than", "2")
                == "~/source/b.c is left out: the file is larger than 2 bytes\n")
        #expect(
            try explain("source/link/x")
                == "~/source/link/x is left out: ~/source/link is a symbolic link, which is taken"
                + " as one\n")
        #expect(
            try explain("source/none/x")
                == "~/source/none/x does not exist: ~/source/none is missing\n")
        #expect(try explain("source/none") == "~/source/none does not exist\n")
        #expect(try explain("list") == "~/list is not below what is taken\n")
        #expect(try explain("source") == "~/source is taken, as the snapshot's root\n")
        #expect(!tool.repository.exists && !cache.exists)
    }

    @Test func `explanations are events, and the last line counts them`() throws {
        let own = tool.source.appending("repository").text
        try tool("init", "--repo", own)
        let objects = try tool.json(
            "snapshot", "source", "--repo", own, "--exclude", "*.o", "--exclude", "!d",
            "--exclude-larger-than", "4", "--exclude-if-present", ".nobackup", "--explain",
            "source/a.o", "--explain", "source/folder/d", "--explain", "source/marked/x",
            "--explain", "source/repository/varve.json", "--explain", "source/link/x",
            "--explain", "source/none", "--explain", "list", "--explain", "source/b.c")
        for object in objects.dropLast() { try expectValid(object, "explanation") }
        func values(_ key: String) -> [String?] { objects.dropLast().map { $0[key] as? String } }
        #expect(
            values("outcome") == [
                "leftOut", "leftOut", "leftOut", "leftOut", "leftOut", "missing", "outside",
                "taken",
            ])
        #expect(
            values("reason") == ["pattern", "size", "mark", "ownFiles", "link", nil, nil, nil])
        #expect(objects[0]["pattern"] as? String == "*.o" && objects[0]["line"] as? Int == 1)
        #expect(objects[1]["limit"] as? Int == 4)
        #expect(objects[2]["mark"] as? String == ".nobackup")
        #expect(objects[3]["at"] as? String == own)
        #expect(objects[7]["entry"] as? String == "b.c")
        let summary = try #require(objects.last)
        try expectValid(summary, "explainSummary")
        #expect(summary["explained"] as? Int == 8 && summary["taken"] as? Int == 1)
    }

    @Test(.enabled(if: Tool.canDropPrivileges))
    func `what may not be looked at is named, and the code is 3`() throws {
        try tool.source.appending("folder").setPermissions(0)
        func run(_ options: String...) throws -> ToolRun {
            try tool.start(["snapshot", "source"] + options, isUnprivileged: true).wait()
        }
        let preview = try run("--dry-run")
        let explained = try run("--explain", "source/folder/d")
        let json = try run("--explain", "source/folder/d", "--json")
        try tool.source.appending("folder").setPermissions(0o755)
        #expect(preview.exitCode == 3)
        #expect(preview.error.contains("source/folder: Permission denied\n"))
        #expect(preview.error.contains("the snapshot would be incomplete: 1 path could not"))
        #expect(explained.exitCode == 3)
        #expect(
            explained.text.hasSuffix(
                "cannot be looked at: \(tool.source.text)/folder: Permission denied\n"))
        let object = try #require(json.objects().first)
        try expectValid(object, "explanation")
        #expect(object["outcome"] as? String == "unreadable")
        #expect(object["cause"] as? String == "Permission denied")
    }
}

extension DiskPath {
    /// Everything below, with the bytes of files.
    fileprivate func tree(_ prefix: String = "") throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try names() {
            let path = prefix + "/" + String(decoding: name, as: UTF8.self)
            let inner = appending(name)
            if try inner.status().kind == .directory {
                found[path] = []
                found.merge(try inner.tree(path)) { $1 }
            } else {
                found[path] = try inner.read()
            }
        }
        return found
    }
}
