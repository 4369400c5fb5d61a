import Foundation
import TestSupport
import Testing

/// Commands that look at snapshots.
struct ReadingCommandTests {
    private let tool: Tool
    private let ids: [String]

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        try tool.source.appending("link").makeLink(to: Array("folder/file".utf8))
        var ids: [String] = []
        for number in 1...3 {
            try tool.source.appending("folder/file").write(Array("version \(number)\n".utf8))
            let summary = try tool.json(
                "snapshot", "source", "--tag", number == 2 ? "even" : "odd", "--host",
                "host\(number)"
            ).last
            ids.append(try #require(summary?["snapshot"] as? String))
        }
        self.ids = ids
    }

    @Test func `list shows every snapshot, oldest first`() throws {
        let objects = try tool.json("list")
        let snapshots = objects.filter { $0["event"] as? String == "snapshot" }
        #expect(snapshots.map { $0["id"] as? String } == ids)
        let first = try #require(snapshots.first)
        let promised: Set = ["event", "id", "time", "host", "paths", "tags", "bytes", "files"]
        #expect(Set(first.keys) == promised)
        #expect(first["host"] as? String == "host1")
        #expect(first["tags"] as? [String] == ["odd"])
        #expect(first["paths"] as? [String] == [tool.source.text])
        #expect(first["files"] as? Int == 1)
        #expect(first["bytes"] as? Int == 10)
        let time = try #require(first["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil)
        #expect(objects.last?["event"] as? String == "summary")
        let text = try tool("list")
        #expect(text.lines.map { String($0.prefix(8)) } == ids.map { String($0.prefix(8)) })
    }

    @Test func `list can be narrowed`() throws {
        func listed(_ arguments: String...) throws -> [String] {
            let run = try tool.start(["list", "--json"] + arguments).wait()
            return try run.objects().compactMap { $0["id"] as? String }
        }
        #expect(try listed("--tag", "odd") == [ids[0], ids[2]])
        #expect(try listed("--host", "host2") == [ids[1]])
        #expect(try listed("--last", "2") == [ids[1], ids[2]])
        #expect(try listed("--path", "source") == ids)
        #expect(try listed("--path", "elsewhere") == [])
    }

    @Test func `a snapshot has many names`() throws {
        func version(_ name: String, _ options: String...) throws -> String {
            let run = try tool.start(["cat", "\(name):folder/file"] + options).wait()
            return run.exitCode == 0 ? run.text : run.error
        }
        #expect(try version("latest") == "version 3\n")
        #expect(try version("latest~0") == "version 3\n")
        #expect(try version("latest~2") == "version 1\n")
        #expect(try version("latest", "--tag", "even") == "version 2\n")
        #expect(try version("latest", "--host", "host1") == "version 1\n")
        #expect(try version(ids[1]) == "version 2\n")
        #expect(try version(String(ids[0].prefix(8))) == "version 1\n")
        for wrong in ["latest~3", "abc", "latest~x", String(repeating: "0", count: 32), "nothing"] {
            #expect(try version(wrong).hasPrefix("error: cannot find snapshot \"\(wrong)\"\n"))
        }
    }

    @Test func `show prints the stored manifest byte for byte`() throws {
        let snapshots = tool.repository.appending("snapshots")
        for id in ids {
            let name = try #require(
                snapshots.names().first { String(decoding: $0, as: UTF8.self).contains(id) })
            let run = try tool("show", id)
            #expect(run.output == (try snapshots.appending(name).read()))
            #expect(try run.objects().first?["id"] as? String == id)
        }
    }

    @Test func `ls lists a folder, or everything`() throws {
        #expect(try tool("ls", "latest").lines == ["folder", "link"])
        #expect(try tool("ls", "latest:folder").lines == ["file"])
        #expect(try tool("ls", "latest:/folder/").lines == ["file"])
        #expect(try tool("ls", "latest:folder/file").lines == ["file"])
        #expect(try tool("ls", "-R", "latest").lines == ["folder", "folder/file", "link"])
        let long = try tool("ls", "-l", "-R", "latest").lines
        #expect(long.map { $0.first } == ["d", "-", "l"])
        #expect(long[1].contains(" 10 "))
        #expect(long[2].hasSuffix(" link -> folder/file"))
        let objects = try tool.json("ls", "-R", "latest")
        #expect(objects.compactMap { $0["path"] as? String } == ["folder", "folder/file", "link"])
        #expect(objects.compactMap { $0["type"] as? String } == ["directory", "file", "symlink"])
        #expect(objects[1]["size"] as? Int == 10)
        #expect(objects[2]["target"] as? String == "folder/file")
        #expect(objects.last?["entries"] as? Int == 3)
        #expect(try tool("ls", "latest:missing").exitCode == 1)
    }

    @Test(.enabled(if: hasUserAttributes))
    func `ls tells hard links and extended attributes, where there are any`() throws {
        try tool.source.appending("other").makeHardLink(
            to: tool.source.appending("folder/file"))
        try tool.source.appending("other").setAttribute("user.b", [1])
        try tool.source.appending("folder").setAttribute("user.a", [0xFF])
        try tool("snapshot", "source")
        let objects = try tool.json("ls", "-R", "latest")
        var links: [String: String] = [:]
        var attributes: [String: [String]] = [:]
        for object in objects {
            guard let path = object["path"] as? String else { continue }
            links[path] = object["hardLink"] as? String
            attributes[path] = object["xattrs"] as? [String]
        }
        #expect(links == ["other": "folder/file"])
        #expect(
            attributes == ["folder": ["user.a"], "folder/file": ["user.b"], "other": ["user.b"]])
    }

    @Test func `cat gives the bytes of a file and of nothing else`() throws {
        var generator = SeededGenerator(seed: 6)
        let bytes = generator.bytes(500_000)
        try tool.source.appending("binary").write(bytes)
        try tool("snapshot", "source")
        #expect(try tool("cat", "latest:binary").output == bytes)
        for path in ["folder", "link", ""] {
            let run = try tool("cat", "latest:\(path)")
            #expect(run.exitCode == 64)
            #expect(run.output.isEmpty)
        }
        #expect(try tool("cat", "latest:folder/nothing").exitCode == 1)
    }

    @Test func `a full disk behind cat is an error`() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let run = try tool.start(["cat", "latest:folder/file"], output: full).wait()
        #expect(run.exitCode == 1)
        #expect(run.error.hasPrefix("error: cannot write to standard output\n"))
    }

    @Test func `stats add up`() throws {
        let whole = try #require(tool.json("stats").last)
        #expect(whole["snapshots"] as? Int == 3)
        #expect(whole["snapshotBytes"] as? Int == 30)
        #expect(whole["packs"] as? Int == 3)
        let one = try #require(tool.json("stats", "latest").last)
        #expect(one["files"] as? Int == 1)
        // The file, its folder's listing, the root's.
        #expect(one["chunks"] as? Int == 3)
        #expect(try tool("stats").lines.first?.hasPrefix("snapshots:") == true)
    }

    @Test func `version tells versions`() throws {
        let object = try #require(tool.json("version").last)
        let version = try #require(object["version"] as? String)
        #expect(object["format"] as? Int == 1)
        #expect(try tool("version").text == "varve \(version), repository format 1\n")
    }
}
