import FileHandles
import Foundation
import TestSupport
import Testing

/// `find`: what it prints, and how it ends.
struct FindCommandTests {
    private let tool: Tool
    /// The first digits of the IDs, oldest first.
    private let names: [String]

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        try tool.source.appending("folder/a.o").write([UInt8](repeating: 1, count: 5000))
        try tool.source.appending("b.c").write([1, 2, 3])
        try tool.source.appending("link").makeLink(to: Array("b.c".utf8))
        try tool.source.appending("b.c").setModified(.init(seconds: 1_700_000_000, nanoseconds: 7))
        var names: [String] = []
        for host in ["one", "two"] {
            let summary = try tool.json("snapshot", "source", "--host", host, "--tag", host).last
            names.append(String(try #require(summary?["snapshot"] as? String).prefix(8)))
            try tool.source.appending("folder/new").write([1])
        }
        self.names = names
    }

    private func found(_ arguments: String...) throws -> [String] {
        let run = try tool.start(["find"] + arguments).wait()
        #expect(run.exitCode == 0, "\(run.error)")
        return run.lines
    }

    @Test func `globs are about names, and with a slash about paths`() throws {
        let (one, two) = (names[0], names[1])
        #expect(try found("*.o") == ["\(one):folder/a.o", "\(two):folder/a.o"])
        #expect(try found("new") == ["\(two):folder/new"])
        #expect(
            try found("folder/*") == [
                "\(one):folder/a.o", "\(two):folder/a.o", "\(two):folder/new",
            ])
        #expect(try found("/*.o") == [])
        #expect(try found("**/*.o", "--snapshot", "latest") == ["\(two):folder/a.o"])
        #expect(try found("folder/", "--snapshot", two) == ["\(two):folder"])
        let regex = try found("^f.*/(new|x)$|\\.c$", "--regex")
        #expect(regex == ["\(one):b.c", "\(two):b.c", "\(two):folder/new"])
    }

    @Test func `snapshots are chosen by name, host, tag and path`() throws {
        func line(_ name: String) -> String { "\(name):b.c" }
        #expect(
            try found(
                "b.c", "--snapshot", "latest", "--snapshot", "latest~1", "--snapshot", names[1])
                == names.map(line))
        #expect(try found("b.c", "--host", "one") == [line(names[0])])
        #expect(try found("b.c", "--tag", "two") == [line(names[1])])
        #expect(try found("b.c", "--path", "source") == names.map(line))
        #expect(try found("b.c", "--path", "elsewhere") == [])
        #expect(try found("b.c", "--snapshot", "latest", "--host", "one") == [line(names[0])])
        #expect(try tool("find", "b.c", "--snapshot", "latest~2").exitCode == 1)
    }

    @Test func `types, sizes and times narrow it down`() throws {
        func latest(_ arguments: String...) throws -> [String] {
            let run = try tool.start(
                ["find", "*", "--snapshot", "latest"] + arguments
            ).wait()
            #expect(run.exitCode == 0, "\(run.error)")
            return run.lines.map { String($0.dropFirst(9)) }
        }
        #expect(try latest("--type", "d") == ["folder"])
        #expect(try latest("--type", "l,d") == ["folder", "link"])
        #expect(try latest("--size", "+4K") == ["folder/a.o"])
        #expect(try latest("--size", "-4KiB") == ["b.c", "folder/new"])
        #expect(try latest("--size", "3") == ["b.c"])
        #expect(try latest("--size", "+1", "--size", "-5000") == ["b.c"])
        #expect(try latest("--older", "2023-11-14T22:13:21Z") == ["b.c"])
        #expect(try latest("--older", "2023-11-14 22:13:20Z") == [])
        #expect(try latest("--older", "2023-11-15") == ["b.c"])
        #expect(try latest("--older", "300d") == ["b.c"])
        #expect(try latest("--newer", "1h", "--type", "f") == ["folder/a.o", "folder/new"])
        #expect(try latest("--newer", "2023-11-14", "--older", "2023-11-15") == ["b.c"])
    }

    @Test func `long lines are those of ls, and lines without more name what other commands take`()
        throws
    {
        let long = try found("[bl]*", "-l", "--snapshot", "latest")
        let listed = try tool("ls", "-l", "latest").lines
        #expect(long.count == 2 && long[0].hasSuffix(" \(names[1]):b.c"))
        #expect(long[0].replacingOccurrences(of: "\(names[1]):", with: "") == listed[0])
        #expect(long[1].hasSuffix("\(names[1]):link -> b.c"))
        let line = try #require(found("b.c").first)
        #expect(try tool("cat", line).output == [1, 2, 3])
    }

    @Test func `with JSON each find is an event, and the last line sums up`() throws {
        let objects = try tool.json("find", "b.c")
        let listed = try tool.json("ls", "latest").first { $0["path"] as? String == "b.c" }
        for object in objects.dropLast() {
            try expectValid(object, "found")
            var entry = object
            let snapshot = entry.removeValue(forKey: "snapshot") as? String
            #expect(names.contains { snapshot?.hasPrefix($0) == true && snapshot?.count == 32 })
            entry["event"] = "entry"
            #expect(NSDictionary(dictionary: entry) == NSDictionary(dictionary: listed ?? [:]))
        }
        let summary = try #require(objects.last)
        try expectValid(summary, "findSummary")
        #expect(summary["found"] as? Int == 2 && summary["snapshots"] as? Int == 2)
        let none = try tool("find", "nothing")
        #expect(none.exitCode == 0 && none.output.isEmpty)
        #expect(none.error == "nothing found in 2 snapshots\n")
    }

    @Test func `a repository without snapshots has nothing`() throws {
        let other = tool.home.appending("other").text
        try tool("init", "--repo", other)
        let run = try tool("find", "*", "--repo", other)
        #expect(run.exitCode == 0 && run.lines == [])
        #expect(run.error == "nothing found in 0 snapshots\n")
    }

    @Test func `a bad pattern is named with its position`() throws {
        let glob = try tool("find", "ab[c")
        #expect(glob.exitCode == 64)
        #expect(
            glob.error == """
                error: cannot use the pattern "ab[c"
                cause: the bracket is not closed, at byte 3
                try:   put a backslash before a sign that stands for itself; nothing was written

                """)
        let regex = try tool("find", "--regex", "a\u{7}(b", "--json")
        let error = try #require(regex.objects().last)
        try expectValid(error, "error")
        #expect(regex.exitCode == 64)
        #expect(error["message"] as? String == "cannot use the pattern \"a\\x07(b\"")
        #expect(error["cause"] as? String == "the group is not closed, at byte 3")
    }

    @Test func `damage is named, the rest is searched, and the code is 13`() throws {
        let packs = tool.repository.appending("packs")
        // The second pack has the listings of the second snapshot, which differ.
        let second = try packs.names().flatMap { folder in
            try packs.appending(folder).names().map { packs.appending(folder).appending($0) }
        }.min { try $0.status().sizeInBytes < $1.status().sizeInBytes }
        let pack = try #require(second)
        let size = try pack.read().count
        try pack.overwrite([UInt8](repeating: 0xA5, count: size / 2), at: 8)
        let run = try tool("find", "a.o")
        #expect(run.exitCode == 13)
        #expect(run.lines == ["\(names[0]):folder/a.o"])
        #expect(run.error.hasPrefix("warning: snapshot \(names[1]): /: "), "\(run.error)")
        let objects = try tool.start(["find", "a.o", "--json"]).wait().objects()
        let damaged = try #require(objects.first { $0["event"] as? String == "damaged" })
        try expectValid(damaged, "damaged")
        #expect(damaged["path"] as? String == "/")
        #expect((damaged["snapshot"] as? String)?.hasPrefix(names[1]) == true)
        #expect(objects.last?["damaged"] as? Int == 1)
    }

    @Test func `a manifest that is damaged is named, and the code is 13`() throws {
        let folder = tool.repository.appending("snapshots")
        let name = try #require(
            folder.names().first { String(decoding: $0, as: UTF8.self).contains(names[0]) })
        try folder.appending(name).overwrite([0], at: 20)
        let run = try tool("find", "a.o")
        #expect(run.exitCode == 13)
        #expect(run.lines == ["\(names[1]):folder/a.o"])
        #expect(run.error.contains("warning: snapshots/"))
    }
}
