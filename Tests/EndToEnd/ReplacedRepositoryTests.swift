import TestSupport
import Testing

/// The bucket is emptied and gets a new repository, while a machine's cache knows the old one.
struct ReplacedRepositoryTests {
    private let place: S3Place
    private let old: Machine

    init() throws {
        place = try S3Place(.standIn(.r2))
        old = try Machine(place)
        try old.tool.source.appending("file").write(Array("old content".utf8))
        try old.addRemote(root: "root")
        try old.summary("init")
        // No session stands: within ten minutes of its last look a machine would not notice.
        for _ in 0..<3 {
            let run = try old.run(["snapshot", "source"], ["VARVE_SESSION_LEASE": "0"])
            try #require(run.exitCode == 0, "\(run)")
        }
    }

    /// Empties the bucket; another machine makes a new repository with one snapshot.
    private func replace() throws -> Machine {
        let standIn = try #require(place.standIn)
        for key in try standIn.objects().keys { try standIn.remove(key) }
        let other = try Machine(place)
        try other.tool.source.appending("other").write(Array("new content".utf8))
        try other.addRemote(root: "root")
        try other.summary("init")
        try other.summary("snapshot", "source")
        return other
    }

    @Test(arguments: [["list"], ["snapshot", "source"], ["restore", "latest", "--to", "target"]])
    func `a command runs by itself once more, with the new one`(_ command: [String]) throws {
        let other = try replace()
        let run = try old.run(command)
        #expect(run.exitCode == 0, "\(run)")
        let count = { (machine: Machine) in
            try machine.json("list").count { $0["event"] as? String == "snapshot" }
        }
        #expect(try count(old) == (command[0] == "snapshot" ? 2 : 1))
        #expect(try count(other) == (command[0] == "snapshot" ? 2 : 1))
        if command[0] == "restore" {
            let restored = old.tool.home.appending("target")
            #expect(try compareTrees(restored, other.tool.source) == [])
        }
        #expect(try old("check", "--read-data").exitCode == 0)
        try old.summary("snapshot", "source")
        try other.summary("restore", "latest", "--to", "back")
        #expect(
            try compareTrees(old.tool.source, other.tool.home.appending("back")) == [])
    }

    @Test func `with JSON only the second run is printed`() throws {
        _ = try replace()
        let events = try old.json("list").map { $0["event"] as? String }
        #expect(events == ["snapshot", "summary"])
    }

    @Test func `a repository that is gone is told, and what was known of it forgotten`() throws {
        let standIn = try #require(place.standIn)
        for key in try standIn.objects().keys { try standIn.remove(key) }
        let run = try old("snapshot", "source")
        #expect(run.exitCode == 10, "\(run)")
        #expect(run.error.contains("try:   varve init"))
        try old.summary("init")
        try old.summary("snapshot", "source")
        #expect(try old("check", "--read-data").exitCode == 0)
    }

    @Test func `a session that stands is not used for another repository in its place`() throws {
        try old.summary("snapshot", "source")
        let standIn = try #require(place.standIn)
        for key in try standIn.objects().keys { try standIn.remove(key) }
        try old.summary("init")
        try old.summary("snapshot", "source")
        #expect(try old("check", "--read-data").exitCode == 0)
        try old.summary("restore", "latest", "--to", "target")
        #expect(
            try compareTrees(old.tool.source, old.tool.home.appending("target")) == [])
    }

    @Test func `the cache can be cleared and fills again`() throws {
        let files = { try old.summary("cache", "status")["files"] as? Int ?? 0 }
        let before = try files()
        #expect(before > 3)
        #expect(try old.summary("cache", "clear")["files"] as? Int == before)
        #expect(try files() == 0)
        try old.summary("restore", "latest", "--to", "target")
        #expect(try files() > 0)
        #expect(
            try compareTrees(old.tool.source, old.tool.home.appending("target")) == [])
    }
}
