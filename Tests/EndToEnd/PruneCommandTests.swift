import Foundation
import TestSupport
import Testing

/// `prune` with the default repository.
struct PruneCommandTests {
    private let tool: Tool

    init() throws { tool = try Tool() }

    /// Snapshots of a file that is another one each time, and of one that stays.
    private func makeSnapshots(_ count: Int) throws {
        var generator = SeededGenerator(seed: 81)
        try tool.source.appending("stays").write(generator.bytes(50_000))
        for _ in 0..<count {
            try tool.source.appending("changes").write(generator.bytes(100_000))
            try tool("snapshot", "source", "--rescan")
        }
    }

    private func summary(_ arguments: String...) throws -> [String: Any] {
        let run = try tool.start(arguments + ["--json"]).wait()
        #expect(run.exitCode == 0, "\(run.text)\(run.error)")
        return try #require(try run.objects().last)
    }

    @Test func `the text says what there was, what goes and what is left`() throws {
        try makeSnapshots(3)
        try tool("forget", "--keep-last", "1")
        let waiting = try tool("prune")
        #expect(waiting.lines.last?.hasPrefix("freed 0 B in 0 packs, ") == true)
        #expect(
            waiting.lines.contains(
                "the data of 2 forgotten snapshots stays until the grace is over; "
                    + "varve prune --grace 0 frees it now"))
        let run = try tool("prune", "--grace", "0")
        #expect(run.exitCode == 0 && run.error == "")
        #expect(run.lines.first?.hasPrefix("before: 3 packs, ") == true)
        #expect(run.lines.last?.hasPrefix("freed ") == true)
        #expect(run.lines.last?.contains("0 B") == false)
        #expect(try tool("check", "--read-data").exitCode == 0)
        try tool("restore", "latest", "--to", "target")
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
    }

    @Test func `JSON has the promised members, and a dry run the same plan`() throws {
        try makeSnapshots(4)
        try tool("forget", "--keep-last", "1")
        let before = try tool.repositoryNames()
        let planned = try summary("prune", "--grace", "0", "--dry-run")
        #expect(try tool.repositoryNames() == before)
        let done = try summary("prune", "--grace", "0")
        let members: Set = [
            "event", "dryRun", "packs", "totalBytes", "unusedBytes", "unusedBytesAfter",
            "deletedPacks", "repackedBytes", "freedBytes", "keptBytes", "waitingPacks",
            "forgottenSnapshots", "expiredSnapshots", "requests", "seconds",
        ]
        #expect(Set(planned.keys) == members && Set(done.keys) == members)
        for key in ["packs", "totalBytes", "unusedBytes", "deletedPacks", "repackedBytes"] {
            #expect(planned[key] as? Int == done[key] as? Int, "\(key)")
        }
        #expect(try #require(done["freedBytes"] as? Int) > 250_000)
        let again = try summary("prune", "--grace", "0")
        #expect(again["deletedPacks"] as? Int == 0)
        #expect(again["totalBytes"] as? Int == done["keptBytes"] as? Int)
    }

    @Test func `where there is no repository there is nothing to prune`() throws {
        #expect(try tool("prune", "--repo", "missing").exitCode == 10)
    }

    @Test func `a lease that is none is refused`() throws {
        try makeSnapshots(1)
        for text in ["-1", "x", "604801"] {
            let run = try tool.start(
                ["snapshot", "source"], environment: ["VARVE_SESSION_LEASE": text]
            ).wait()
            #expect(run.exitCode == 64)
            #expect(run.error.contains("VARVE_SESSION_LEASE"))
        }
    }

    @Test func `a prune that is killed at any moment harms nothing, and the next one ends it`()
        throws
    {
        try makeSnapshots(6)
        try tool("forget", "--keep-last", "2")
        var generator = SeededGenerator(seed: 82)
        for round in 0..<12 {
            let running = try tool.start(
                ["prune", "--grace", "0"], environment: ["VARVE_SESSION_LEASE": "0"])
            usleep(UInt32.random(in: 0..<40_000, using: &generator))
            running.send(signal: SIGKILL)
            _ = try running.wait()
            let check = try tool("check", "--read-data")
            #expect(check.exitCode == 0, "round \(round): \(check.text)")
        }
        for _ in 0..<2 {
            let run = try tool.start(
                ["prune", "--grace", "0"], environment: ["VARVE_SESSION_LEASE": "0"]
            ).wait()
            #expect(run.exitCode == 0, "\(run.error)")
        }
        let names = try tool.repositoryNames()
        #expect(
            names.filter { $0.hasPrefix("indexes/") && $0.contains(".") }.allSatisfy {
                $0.hasPrefix("indexes/dead.")
            })
        try tool("restore", "latest", "--to", "target")
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
        #expect(try tool("list").lines.count == 2)
    }
}

extension Tool {
    /// The names of the default repository's objects, ascending.
    fileprivate func repositoryNames() throws -> [String] {
        let root = URL(fileURLWithPath: repository.text).standardizedFileURL.path
        let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String }
        return (found ?? []).filter { name in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: root + "/" + name, isDirectory: &isFolder)
            return !isFolder.boolValue && !name.hasPrefix(".")
        }.sorted()
    }
}
