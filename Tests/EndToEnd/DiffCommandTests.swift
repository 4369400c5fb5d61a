import FileHandles
import Foundation
import TestSupport
import Testing

/// `diff`: what it prints, and how it ends.
struct DiffCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        for name in ["folder/kept", "folder/moved", "changed", "gone", "mode", "kind"] {
            try tool.source.appending(name).write(Array("\(name)\n".utf8))
        }
        try tool("snapshot", "source")
    }

    private func edit() throws {
        let source = tool.source
        try source.appending("folder/moved").rename(to: source.appending("here"))
        try source.appending("changed").write(Array("other\n".utf8))
        try source.appending("gone").remove()
        try source.appending("mode").setPermissions(0o400)
        try source.appending("kind").remove()
        try source.appending("kind").makeLink(to: Array("here".utf8))
        try source.appending("new").makeDirectory()
        try source.appending("new/file").write(Array("new\n".utf8))
    }

    private static let expected = [
        "C changed  (mtime)", "- gone", "R folder/moved -> here", "T kind  (mode, mtime)",
        "M mode  (mode)", "+ new", "+ new/file",
    ]

    @Test func `two snapshots are compared`() throws {
        try edit()
        try tool("snapshot", "source")
        let run = try tool("diff", "latest~1", "latest")
        #expect(run.exitCode == 0)
        #expect(run.lines == Self.expected)
        #expect(
            run.error
                == "2 added, 1 removed, 1 with other content, 1 with other metadata,"
                + " 1 of another type, 1 renamed\n")
        let same = try tool("diff", "latest", "latest")
        #expect(same.exitCode == 0 && same.output.isEmpty && same.error == "no differences\n")
        #expect(try tool("diff", "latest~1:folder", "latest:folder").lines == ["- moved"])
        #expect(try tool("diff", "latest~1:changed", "latest:changed").lines == ["C .  (mtime)"])
    }

    @Test func `a snapshot is compared with a folder`() throws {
        let same = try tool("diff", "latest", "--with", "source", "--contents")
        #expect(same.exitCode == 0 && same.output.isEmpty && same.error == "no differences\n")
        try edit()
        let run = try tool("diff", "latest", "--with", "source")
        #expect(run.exitCode == 0)
        #expect(run.lines == Self.expected)
        #expect(try tool("diff", "latest:folder", "--with", "source/folder").lines == ["- moved"])
    }

    @Test func `same bytes at another time, and other bytes at the same time`() throws {
        let file = tool.source.appending("folder/kept")
        let time = try file.status().modified
        try file.write(Array("folder/kept\n".utf8))
        try file.setModified(.init(seconds: 1_000_000, nanoseconds: 0))
        let touched = ["M folder/kept  (mtime)"]
        #expect(try tool("diff", "latest", "--with", "source").lines == touched)
        try file.write(Array("FOLDER/KEPT\n".utf8))
        let changed = ["C folder/kept  (mtime)"]
        #expect(try tool("diff", "latest", "--with", "source").lines == changed)
        try file.setModified(time)
        #expect(try tool("diff", "latest", "--with", "source").lines == [])
        let read = try tool("diff", "latest", "--with", "source", "--contents").lines
        #expect(read == ["C folder/kept"])
    }

    @Test func `with JSON each change is an event, and the last line sums up`() throws {
        try edit()
        let objects = try tool.json("diff", "latest", "--with", "source")
        for object in objects.dropLast() { try expectValid(object, "change") }
        let renamed = try #require(objects.first { $0["change"] as? String == "renamed" })
        #expect(renamed["path"] as? String == "here")
        #expect(renamed["oldPath"] as? String == "folder/moved")
        #expect(renamed["type"] as? String == "file" && renamed["size"] as? Int == 13)
        let kind = try #require(objects.first { $0["change"] as? String == "type" })
        #expect(kind["type"] as? String == "symlink" && kind["oldType"] as? String == "file")
        let summary = try #require(objects.last)
        try expectValid(summary, "diffSummary")
        let numbers = ["added", "removed", "content", "metadata", "type", "renamed", "damaged"]
            .map { summary[$0] as? Int }
        #expect(numbers == [2, 1, 1, 1, 1, 1, 0])
    }

    @Test func `large files and folders keep their content when they move`() throws {
        var generator = SeededGenerator(seed: 40)
        let folder = tool.source.appending("folder")
        try folder.appending("large").write(generator.bytes(5_000_000))
        try folder.appending("sparse").truncate(to: 40_000_000)
        try tool("snapshot", "source")
        try folder.appending("large").rename(to: tool.source.appending("away"))
        try folder.appending("sparse").rename(to: tool.source.appending("holes"))
        let expected = ["R folder/large -> away", "R folder/sparse -> holes"]
        #expect(try tool("diff", "latest", "--with", "source").lines == expected)
        try tool("snapshot", "source")
        #expect(try tool("diff", "latest~1", "latest").lines == expected)
        try tool.source.appending("away").overwrite([1, 2, 3], at: 4_999_000)
        let changed = try tool("diff", "latest", "--with", "source").lines
        #expect(changed == ["C away  (mtime)"])
    }

    @Test func `the repository in the folder is no difference`() throws {
        let inside = tool.source.appending("repository").text
        try tool("init", "--repo", inside)
        try tool("snapshot", "--repo", inside, "source")
        let run = try tool("diff", "--repo", inside, "latest", "--with", "source")
        #expect(run.lines == [] && run.exitCode == 0)
    }

    @Test func `a damaged listing is named`() throws {
        try tool.source.appending("other").makeDirectory()
        try tool.source.appending("other/file").write([1])
        _ = try tool.json("snapshot", "source")
        let packs = tool.repository.appending("packs")
        // The second pack has the listings of the new folder and of the root.
        for folder in try packs.names() {
            for name in try packs.appending(folder).names() {
                let pack = packs.appending(folder).appending(name)
                let size = try pack.read().count
                try pack.overwrite([UInt8](repeating: 0xA5, count: size / 2), at: 8)
            }
        }
        let run = try tool("diff", "latest~1", "latest")
        #expect(run.exitCode == 13, "\(run.error)")
        #expect(run.error.hasPrefix("warning: .: cannot read chunk "), "\(run.error)")
        let objects = try tool.start(["diff", "latest~1", "latest", "--json"]).wait().objects()
        let last = try #require(objects.last)
        #expect(last["event"] as? String == "summary" && last["damaged"] as? Int == 1)
    }

    @Test(.enabled(if: Tool.canDropPrivileges))
    func `a folder that may not be read is named, and the code is 3`() throws {
        try tool.source.appending("folder").setPermissions(0)
        let run = try tool.start(["diff", "latest", "--with", "source"], isUnprivileged: true)
            .wait()
        try tool.source.appending("folder").setPermissions(0o755)
        #expect(run.exitCode == 3)
        #expect(run.error.contains("warning: folder: Permission denied\n"))
    }

    @Test func `a wrong command line gives one error`() throws {
        for arguments in [
            ["latest"], ["latest", "latest", "--with", "source"],
            ["latest", "latest", "--contents"], ["latest:changed", "--with", "source"],
        ] {
            let run = try tool.start(["diff"] + arguments).wait()
            #expect(run.exitCode == 64 && run.output.isEmpty, "\(arguments)")
            #expect(run.error.lowercased().hasPrefix("error: "), "\(arguments)")
        }
        let missing = try tool("diff", "latest", "--with", "nothing")
        #expect(missing.exitCode == 1)
        #expect(missing.error.hasPrefix("error: cannot compare with "))
        #expect(try tool("diff", "latest", "latest~7").exitCode == 1)
    }
}
