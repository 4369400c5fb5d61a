import Foundation
import TestSupport
import Testing

/// `forget` with the default repository.
struct ForgetCommandTests {
    private var shelf: SnapshotShelf

    init() throws { shelf = try SnapshotShelf() }

    /// What is kept and forgotten, as JSON tells it: actions by number.
    private func decisions(_ run: ToolRun) throws -> [Int: String] {
        var found: [Int: String] = [:]
        for object in try run.objects() where object["event"] as? String == "forget" {
            let id = try #require(object["id"] as? String)
            let number = try #require(Int(id.prefix(8)))
            found[number] = try #require(object["action"] as? String)
        }
        return found
    }

    @Test mutating func `the text shows each group, and the reasons for what is kept`() throws {
        try shelf.plant("2026-11-21T09:00:00Z")
        try shelf.plant("2026-11-22T09:00:00Z")
        try shelf.plant("2026-11-22T23:30:00Z")
        try shelf.plant("2026-11-23T09:00:00Z", tags: ["a b", "gold"])
        try shelf.plant("2026-11-23T10:00:00Z")
        try shelf.plant("2026-11-23T11:00:00Z", host: "river")
        let run = try shelf.forget(
            "--keep-last", "1", "--keep-daily", "2", "--keep-tag", "gold", zone: "Europe/Berlin")
        #expect(run.exitCode == 0)
        #expect(run.error == "")
        let expected = """
            /home/ann on lake: 3 to keep, 2 to forget
              forget  00000001  2026-11-21 10:00:00+01:00
              keep    00000002  2026-11-22 10:00:00+01:00               daily 2026-11-22
              forget  00000003  2026-11-23 00:30:00+01:00
              keep    00000004  2026-11-23 10:00:00+01:00  [a b, gold]  tag gold
              keep    00000005  2026-11-23 11:00:00+01:00               last 1, daily 2026-11-23

            /home/ann on river: 1 to keep, 0 to forget
              keep  00000006  2026-11-23 12:00:00+01:00  last 1, daily 2026-11-23

            forgot 2 snapshots, kept 4

            """
        #expect(run.text == expected)
        #expect(try shelf.numbers() == [2, 4, 5, 6])
        #expect(try shelf.numbers("forgotten") == [1, 3])
        #expect(try shelf.tool("check", "--read-data").exitCode == 0)
        let quiet = try shelf.forget("--keep-last", "1", "--quiet", "--group-by", "")
        #expect(quiet.text == "forgot 3 snapshots, kept 1\n")
    }

    @Test mutating func `columns that the heading does not have come into the table`() throws {
        try shelf.plant("2026-11-21T09:00:00Z")
        try shelf.plant("2026-11-22T09:00:00Z", host: "river", paths: ["/a", "/b"])
        let run = try shelf.forget("--keep-last", "1", "--group-by", "", "--dry-run")
        let expected = """
            all snapshots: 1 to keep, 1 to forget
              forget  00000001  2026-11-21 09:00:00Z  lake   /home/ann
              keep    00000002  2026-11-22 09:00:00Z  river  /a /b      last 1

            would forget 1 snapshot, keep 1

            """
        #expect(run.text == expected)
        let byHost = try shelf.forget("--keep-last", "1", "--group-by", "host", "--dry-run")
        #expect(byHost.lines[0] == "lake: 1 to keep, 0 to forget")
        let byPath = try shelf.forget("--keep-last", "1", "--group-by", "path", "--dry-run")
        #expect(byPath.lines[0] == "/a /b: 1 to keep, 0 to forget")
    }

    @Test mutating func `JSON has an object for each snapshot, and a summary`() throws {
        let old = try shelf.plant("2026-11-21T09:00:00Z", tags: ["x"])
        try shelf.plant("2026-11-22T09:00:00Z")
        let run = try shelf.forget("--keep-last", "1", "--keep-weekly", "1", "--json")
        #expect(run.exitCode == 0)
        let objects = try run.objects()
        #expect(objects.map { $0["event"] as? String } == ["forget", "forget", "summary"])
        let members: Set = ["event", "id", "time", "host", "paths", "tags", "action", "reasons"]
        #expect(objects.dropLast().allSatisfy { Set($0.keys) == members })
        #expect(objects[0]["id"] as? String == old.id)
        #expect(objects[0]["time"] as? String == "2026-11-21T09:00:00Z")
        #expect(objects[0]["host"] as? String == "lake")
        #expect(objects[0]["paths"] as? [String] == ["/home/ann"])
        #expect(objects[0]["tags"] as? [String] == ["x"])
        #expect(objects[0]["action"] as? String == "forget")
        #expect(objects[0]["reasons"] as? [String] == [])
        #expect(objects[1]["action"] as? String == "keep")
        #expect(objects[1]["reasons"] as? [String] == ["last 1", "weekly 2026-W47"])
        let summary = try #require(objects.last)
        #expect(
            Set(summary.keys) == [
                "event", "dryRun", "groups", "kept", "forgotten", "damaged", "requests", "seconds",
            ])
        #expect(summary["dryRun"] as? Bool == false)
        #expect(summary["groups"] as? Int == 1)
        #expect(summary["kept"] as? Int == 1)
        #expect(summary["forgotten"] as? Int == 1)
        #expect(summary["damaged"] as? Int == 0)
        // A directory has no cache: the description, two manifests, and one again for the copy.
        let requests = try #require(summary["requests"] as? [String: Int])
        #expect(requests == ["put": 1, "get": 4, "head": 0, "list": 1, "delete": 1])
    }

    @Test mutating func `a dry run changes nothing`() throws {
        for day in 1...5 { try shelf.plant("2026-11-0\(day)T09:00:00Z") }
        let run = try shelf.forget("--keep-last", "2", "--dry-run", "--json")
        #expect(run.exitCode == 0)
        #expect(try run.objects().last?["dryRun"] as? Bool == true)
        #expect(try decisions(run).filter { $0.value == "forget" }.keys.sorted() == [1, 2, 3])
        let named = try shelf.forget("00000001", "--dry-run")
        #expect(named.lines.last == "would forget 1 snapshot")
        #expect(try shelf.numbers() == Array(1...5))
        #expect(!shelf.folder("forgotten").exists)
    }

    @Test mutating func `snapshots are forgotten by name, all of them or none`() throws {
        for day in 1...5 { try shelf.plant("2026-11-0\(day)T09:00:00Z") }
        for wrong in ["ffffffff", "0000", "latest~9", "xyz"] {
            let run = try shelf.forget("00000001", wrong, "latest")
            expectFailure(run, 1, ["cannot find snapshot \"\(wrong)\""], try: ["varve list"])
            #expect(run.text == "")
        }
        #expect(try shelf.numbers() == Array(1...5))
        let run = try shelf.forget("00000001", "latest", "latest~1", "000000010")
        #expect(run.exitCode == 0)
        #expect(run.lines.last == "forgot 3 snapshots")
        #expect(run.lines.first == "/home/ann on lake: 0 to keep, 3 to forget")
        #expect(try shelf.numbers() == [2, 3])
        #expect(try shelf.numbers("forgotten") == [1, 4, 5])
        // Once more: it is not there any longer.
        #expect(try shelf.forget("00000001").exitCode == 1)
    }

    @Test mutating func `a damaged manifest is left alone by rules, and refused by name`() throws {
        let snapshots = try (1...4).map { try shelf.plant("2026-11-0\($0)T09:00:00Z") }
        let damaged = shelf.tool.repository.appending(snapshots[1].name)
        try damaged.truncate(to: 100)
        let named = try shelf.forget("00000001", "00000002")
        #expect(named.exitCode == 13)
        #expect(named.error.contains("\(snapshots[1].name) in "))
        #expect(try shelf.numbers() == Array(1...4))
        let run = try shelf.forget("--keep-last", "1")
        #expect(run.exitCode == 13)
        #expect(run.error.hasPrefix("warning: \(snapshots[1].name) is damaged, and left alone: "))
        #expect(run.lines.last == "forgot 2 snapshots, kept 1")
        #expect(try shelf.numbers() == [2, 4])
        let again = try shelf.forget("--keep-last", "1", "--json")
        #expect(again.exitCode == 13)
        #expect(
            try again.objects().map { $0["event"] as? String } == ["forget", "warning", "summary"])
        #expect(try again.objects().last?["damaged"] as? Int == 1)
    }

    @Test mutating func `a group of which nothing would be left is refused`() throws {
        try shelf.plant("2026-11-01T09:00:00Z", tags: ["gold"])
        try shelf.plant("2026-11-02T09:00:00Z")
        try shelf.plant("2026-11-03T09:00:00Z", host: "river")
        let run = try shelf.forget("--keep-tag", "gold")
        expectFailure(
            run, 1, ["the rules would keep nothing of /home/ann on river"],
            try: ["--allow-empty", "Nothing was forgotten"])
        #expect(run.text.contains("/home/ann on lake: 1 to keep, 1 to forget\n"))
        #expect(try shelf.forget("--keep-tag", "gold", "--dry-run").exitCode == 1)
        #expect(try shelf.numbers() == [1, 2, 3])
        #expect(try shelf.forget("--keep-tag", "gold", "--host", "lake").exitCode == 0)
        #expect(try shelf.numbers() == [1, 3])
        #expect(try shelf.forget("--keep-tag", "gold", "--allow-empty").exitCode == 0)
        #expect(try shelf.numbers() == [1])
    }

    @Test mutating func `filters choose what the rules are about`() throws {
        for day in 1...3 {
            try shelf.plant("2026-11-0\(day)T09:00:00Z", tags: ["x"])
            try shelf.plant("2026-11-0\(day)T10:00:00Z", host: "river", paths: ["/srv"])
        }
        #expect(try shelf.forget("--keep-last", "1", "--tag", "x").exitCode == 0)
        #expect(try shelf.numbers() == [2, 4, 5, 6])
        #expect(try shelf.forget("--keep-last", "2", "--path", "/srv").exitCode == 0)
        #expect(try shelf.numbers() == [4, 5, 6])
        // All of a host that is no more.
        #expect(try shelf.forget("--host", "river").exitCode == 64)
        #expect(try shelf.forget("--host", "river", "--allow-empty").exitCode == 0)
        #expect(try shelf.numbers() == [5])
        let none = try shelf.forget("--keep-last", "1", "--host", "nobody")
        #expect(none.exitCode == 0)
        #expect(none.text == "forgot 0 snapshots, kept 0\n")
    }

    @Test mutating func `list shows what is forgotten`() throws {
        let snapshots = try (1...4).map { try shelf.plant("2026-11-0\($0)T09:00:00Z") }
        #expect(try shelf.tool("list", "--forgotten").text == "")
        #expect(try shelf.forget("--keep-last", "2").exitCode == 0)
        let objects = try shelf.tool.json("list", "--forgotten")
        #expect(objects.compactMap { $0["id"] as? String } == snapshots.prefix(2).map(\.id))
        #expect(objects[0]["paths"] as? [String] == ["/home/ann"])
        #expect(objects.last?["snapshots"] as? Int == 2)
        let text = try shelf.tool("list", "--forgotten", "--last", "1")
        #expect(text.lines.count == 1)
        #expect(text.lines[0].hasPrefix("00000002  2026-11-02 09:00:00Z  lake  7 B  /home/ann"))
        #expect(try shelf.tool.json("list").compactMap { $0["id"] as? String }.count == 2)
        #expect(try shelf.tool("restore", "00000001", "--to", "target").exitCode == 1)
    }

    @Test mutating func `words of strangers do not command a terminal`() throws {
        try shelf.plant(
            "2026-11-01T09:00:00Z", host: "\u{1B}[2Jlake", paths: ["/a\nb"], tags: ["\u{7}"])
        let run = try shelf.forget("--keep-tag", "\u{7}")
        #expect(run.lines.first == "/a\\x0ab on \\x1b[2Jlake: 1 to keep, 0 to forget")
        #expect(!run.text.contains("\u{1B}") && !run.text.contains("\u{7}"))
        #expect(run.lines[1].hasSuffix("[\\x07]  tag \\x07"))
        let refused = try shelf.forget("--keep-tag", "other")
        #expect(refused.error.contains("nothing of /a\\x0ab on \\x1b[2Jlake\n"))
    }

    @Test(.enabled(if: Tool.canDropPrivileges, "the tool cannot be run as another user"))
    mutating func `without the right to delete nothing is forgotten, and it is said which`() throws
    {
        for day in 1...3 { try shelf.plant("2026-11-0\(day)T09:00:00Z") }
        try shelf.folder("snapshots").setPermissions(0o500)
        let run = try shelf.tool.start(
            ["forget", "--keep-last", "1"], isUnprivileged: true
        ).wait()
        expectFailure(
            run, 1, ["no permission to DELETE in snapshots/", "Permission denied"],
            try: ["0 of 2 snapshots were forgotten"])
        try shelf.folder("snapshots").setPermissions(0o700)
        #expect(try shelf.numbers() == [1, 2, 3])
        // The copies are no forgotten snapshots, and are in nobody's way.
        #expect(try shelf.tool.json("list", "--forgotten").count == 1)
        let again = try shelf.tool.start(["forget", "--keep-last", "1"], isUnprivileged: true)
        #expect(try again.wait().exitCode == 0)
        #expect(try shelf.numbers() == [3])
        #expect(try shelf.numbers("forgotten") == [1, 2])
    }
}
