import Foundation
import TestSupport
import Testing

/// `forget --prune`, and the options that it shares with `prune`.
struct ForgetPruneTests {
    private let tool: Tool

    init() throws { tool = try Tool() }

    private func makeSnapshots(_ count: Int) throws {
        var generator = SeededGenerator(seed: 99)
        for _ in 0..<count {
            try tool.source.appending("changes").write(generator.bytes(100_000))
            try tool("snapshot", "source", "--rescan")
        }
    }

    private func packs() throws -> Int {
        let folder = tool.repository.appending("packs")
        return try folder.names().reduce(0) { try $0 + folder.appending($1).names().count }
    }

    @Test func `what was forgotten is pruned at once when nothing holds it`() throws {
        try makeSnapshots(3)
        let run = try tool("forget", "--keep-last", "1", "--prune", "--grace", "0")
        #expect(run.exitCode == 0 && run.error == "")
        #expect(run.lines.contains("forgot 2 snapshots, kept 1"))
        #expect(run.lines.last?.hasPrefix("freed 19") == true, "\(run.text)")
        #expect(try packs() == 1)
        #expect(try tool("check", "--read-data").exitCode == 0)
        try tool("restore", "latest", "--to", "target")
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
        // There is nothing to forget, and it is pruned all the same.
        let again = try tool("forget", "--keep-last", "1", "--prune", "--quiet")
        #expect(again.lines.count == 2)
        #expect(again.lines.last?.hasPrefix("freed 0 B in 0 packs") == true)
    }

    @Test func `without a grace of 0 the data waits, and it is said how to free it`() throws {
        try makeSnapshots(3)
        let run = try tool("forget", "--keep-last", "1", "--prune")
        #expect(run.exitCode == 0)
        #expect(
            run.lines.contains(
                "the data of 2 forgotten snapshots stays until the grace is over; "
                    + "varve prune --grace 0 frees it now"))
        #expect(try packs() == 3)
        let forgotten = try tool.json("list", "--forgotten").compactMap { $0["id"] as? String }
        #expect(forgotten.count == 2)
        #expect(try tool("forget", "--undo", forgotten[0]).exitCode == 0)
        #expect(try tool("prune", "--grace", "0").exitCode == 0)
        #expect(try packs() == 2)
        #expect(try tool("check", "--read-data").exitCode == 0)
    }

    @Test func `JSON has one summary, with the numbers of the prune in it`() throws {
        try makeSnapshots(2)
        let plain = try tool.json("forget", "--keep-last", "2")
        #expect(plain.last?["prune"] == nil)
        let objects = try tool.json("forget", "--keep-last", "1", "--prune", "--grace", "0")
        #expect(objects.map { $0["event"] as? String } == ["forget", "forget", "summary"])
        let summary = try #require(objects.last)
        try expectValid(summary, "forgetSummary")
        let pruned = try #require(summary["prune"] as? [String: Any])
        try expectValid(pruned, "pruneCounts")
        #expect(pruned["deletedPacks"] as? Int == 1)
        #expect(summary["forgotten"] as? Int == 1)
    }

    @Test func `a dry run shows what would be forgotten, and prunes nothing`() throws {
        try makeSnapshots(2)
        let run = try tool(
            "forget", "--keep-last", "1", "--prune", "--grace", "0", "--dry-run")
        #expect(run.exitCode == 0)
        #expect(run.lines.last == "would forget 1 snapshot, keep 1")
        #expect(try packs() == 2)
    }

    @Test(arguments: [["--grace", "0"], ["--max-unused", "5%"], ["--max-repack", "1G"]])
    func `limits without a prune are refused`(arguments: [String]) throws {
        let run = try tool.start(["forget", "latest"] + arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains("give --prune, too"))
    }

    private static let wrong: [(String, [String])] = [
        (
            "--max-unused",
            [
                "1e1%", "-1%", "101%", "100.1%", "", "%", "+5%", ".5%", "5.%", "0x1p3%", "nan%",
                "5 %", " 5%", "5%%", "1.5.5%", "5,5%", "lots", "Unlimited", "-5", "5.5G", "1XB",
                "٥%", "99999999999T", "5iB",
            ]
        ),
        (
            "--max-repack",
            ["5.5G", "", "-5", "+5", "1XB", "G", "1 G", "1e3", "0x10", "5%", "16777216T", "5iB"]
        ),
        (
            "--grace",
            [
                "+5h", "-1h", "", "h", "5", "00", "5y", "5.5h", "5 h", " 5h", "1e1h", "0x5h",
                "100001s", "99999999999999999999d", "1h30m", "5H", "٥h",
            ]
        ),
    ]

    @Test(arguments: wrong)
    func `a value that is none is refused with its option`(
        option: String, values: [String]
    ) throws {
        for (number, value) in values.enumerated() {
            // The options are the same ones, so a few values will do for the other command.
            let command = number < 2 ? ["forget", "latest", "--prune"] : ["prune"]
            let run = try tool.start(command + [option, value]).wait()
            #expect(run.exitCode == 64, "\(option) \(value)")
            #expect(run.error.contains("'\(value)'"), "\(run.error)")
            #expect(run.error.contains("'\(option) <"), "\(run.error)")
            #expect(run.error.contains("(try: "), "\(run.error)")
        }
        #expect(!tool.repository.exists)
    }

    @Test(arguments: [
        ("--max-unused", ["0%", "100%", "12.5%", "005%", "0", "1GiB", "5kb", "unlimited"]),
        ("--max-repack", ["0", "5", "5B", "16KiB", "2g", "3TB"]),
        ("--grace", ["0", "0s", "90s", "05m", "24h", "3d", "100000w"]),
    ])
    func `a value that is one is taken`(option: String, values: [String]) throws {
        try makeSnapshots(1)
        for value in values {
            let run = try tool("prune", option, value, "--dry-run")
            #expect(run.exitCode == 0, "\(option) \(value): \(run.error)")
        }
    }
}
