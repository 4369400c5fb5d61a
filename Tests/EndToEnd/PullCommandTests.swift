import FileHandles
import Foundation
import TestSupport
import Testing

/// From machine A through a bucket to machine B, day by day.
struct PullCommandTests {
    private let a: Machine
    private let b: Machine
    private var source: DiskPath { a.tool.source }
    private var target: DiskPath { b.tool.home.appending("target") }

    init() throws {
        let place = try S3Place(.standIn(.minio))
        (a, b) = (try Machine(place), try Machine(place))
        var tree = TemporaryTree(at: a.tool.source, seed: 71)
        try tree.grow(entries: 30)
        var generator = SeededGenerator(seed: 71)
        try source.appending("folder").makeDirectory()
        try source.appending("folder/large").write(generator.bytes(3_000_000))
        let root = place.freshRoot("pull")
        for machine in [a, b] { try machine.addRemote(root: root) }
        try a.summary("init")
        try snapshot()
        try b.summary("restore", "latest", "--to", "target")
    }

    private func snapshot() throws { try a.summary("snapshot", "source", "--host", "alpha") }

    @Test func `a folder follows its source`() throws {
        let nothing = try b.summary("pull", "target")
        #expect(nothing["new"] as? Bool == false)
        #expect(nothing["requests"] as? [String: Int] == Self.requests(list: 1))
        try source.appending("folder").rename(to: source.appending("renamed"))
        try source.appending("late").write(Array("late".utf8))
        try snapshot()
        try source.appending("later").write(Array("later".utf8))
        try snapshot()
        let pulled = try b.summary("pull", "target")
        #expect(pulled["failed"] as? Int == 0)
        #expect(pulled["conflicts"] as? Int == 0)
        #expect(try #require(pulled["downloadedBytes"] as? Int) < 100_000)
        #expect(try #require(pulled["copiedBytes"] as? Int) == 3_000_000)
        #expect(try compareTrees(source, target) == [])
        #expect(try b.summary("pull", "target")["new"] as? Bool == false)
    }

    @Test func `what was changed on the other machine stays`() throws {
        try target.appending("folder/large").overwrite([1, 2, 3], at: 1_000_000)
        try target.appending("folder/mine").write(Array("mine".utf8))
        let changed = try target.appending("folder/large").read()
        try source.appending("folder").remove()
        try source.appending("late").write(Array("late".utf8))
        try snapshot()
        let pulled = try b.summary("pull", "target")
        #expect(try target.appending("late").read() == Array("late".utf8))
        #expect(try target.appending("folder/large").read() == changed)
        #expect(try target.appending("folder/mine").read() == Array("mine".utf8))
        #expect(pulled["deleted"] as? Int == 0)
        try source.appending("folder").makeDirectory()
        try source.appending("folder/large").write(Array("other".utf8))
        try snapshot()
        #expect(try b.summary("pull", "target")["conflicts"] as? Int == 1)
        #expect(try target.appending("folder/large").read() == Array("other".utf8))
        let names = try target.appending("folder").names()
        let other = try #require(names.first { $0.count > 20 })
        #expect(try target.appending("folder").appending(other).read() == changed)
    }

    @Test func `a folder that was never restored is told how to begin`() throws {
        try b.tool.home.appending("other").makeDirectory()
        let run = try b("pull", "other")
        #expect(run.exitCode == 1)
        #expect(run.error.contains("try:   varve restore latest --host HOST --to other"))
    }

    @Test func `the snapshots of another host are followed when it is named`() throws {
        try source.appending("late").write(Array("late".utf8))
        try a.summary("snapshot", "source", "--host", "beta")
        #expect(try b.summary("pull", "target")["new"] as? Bool == false)
        try b.summary("pull", "target", "--host", "beta")
        #expect(try compareTrees(source, target) == [])
        try source.appending("later").write(Array("later".utf8))
        try a.summary("snapshot", "source", "--host", "beta")
        try b.summary("pull", "target")
        #expect(try compareTrees(source, target) == [])
        #expect(try b("pull", "target", "--host", "gamma").exitCode == 1)
    }

    @Test func `other snapshots are no news`() throws {
        try a.tool.home.appending("elsewhere").makeDirectory()
        for _ in 0..<3 { try a.summary("snapshot", "elsewhere", "--host", "alpha") }
        try b.summary("snapshot", "target", "--host", "alpha")
        #expect(try b.summary("pull", "target")["new"] as? Bool == false)
        // Their manifests are kept, so that they are asked for once.
        let again = try b.summary("pull", "target")
        #expect(again["requests"] as? [String: Int] == Self.requests(list: 1))
    }

    @Test func `a watching pull sees what comes, and ends in order`() throws {
        let running = try b.tool.start(
            ["pull", "target", "--watch", "--interval", "1s", "--json"],
            environment: b.environment)
        try source.appending("late").write(Array("late".utf8))
        try snapshot()
        let late = target.appending("late")
        while running.isRunning, !late.exists { usleep(20_000) }
        running.send(signal: SIGTERM)
        let run = try running.wait()
        #expect(run.exitCode == 130)
        #expect(try late.read() == Array("late".utf8))
        #expect(try run.objects().last?["event"] as? String == "error")
        try b.summary("pull", "target")
        #expect(try compareTrees(source, target) == [])
    }

    @Test(arguments: [["--interval", "0s"], ["--interval", "soon"], ["--watch", "--dry-run"]])
    func `options that make no sense are refused`(_ options: [String]) throws {
        #expect(try b.run(["pull", "target"] + options).exitCode == 64)
    }

    private static func requests(list: Int) -> [String: Int] {
        ["put": 0, "get": 0, "head": 0, "list": list, "delete": 0]
    }
}
