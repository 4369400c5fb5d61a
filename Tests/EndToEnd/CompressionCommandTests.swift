import FileHandles
import Foundation
import TestSupport
import Testing

/// What `snapshot` tells about how it has compressed.
struct CompressionCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        var generator = SeededGenerator(seed: 11)
        try tool.source.appending("text").write(generator.text(3_000_000))
        try tool.source.appending("noise").write(generator.bytes(2_000_000))
    }

    /// The plain bytes at each level, and those that are stored raw.
    private func compression(
        _ arguments: String...
    ) throws -> (levels: [Int: Int], raw: Int, new: Int) {
        let run = try tool.start(["snapshot", "source", "--json"] + arguments).wait()
        #expect(run.exitCode == 0)
        let summary = try #require(run.objects().last)
        try expectValid(summary, "snapshotSummary")
        let report = try #require(summary["compression"] as? [String: Any])
        #expect(Set(report.keys) == ["levels", "rawBytes"])
        let levels = try #require(report["levels"] as? [[String: Int]])
        #expect(levels.allSatisfy { Set($0.keys) == ["level", "bytes"] })
        let numbers = levels.compactMap { $0["level"] }
        #expect(numbers == numbers.sorted())
        return (
            Dictionary(
                uniqueKeysWithValues: levels.compactMap { entry in
                    entry["level"].flatMap { level in entry["bytes"].map { (level, $0) } }
                }), try #require(report["rawBytes"] as? Int),
            try #require(summary["newBytes"] as? Int)
        )
    }

    @Test(arguments: [("auto", [1]), ("1", [1]), ("6", [6]), ("off", [])])
    func `the summary has the bytes at each level, and those that are stored raw`(
        setting: String, levels: [Int]
    ) throws {
        let made = try compression("--compression", setting)
        #expect(made.levels.keys.sorted().filter { $0 != 1 } == levels.filter { $0 != 1 })
        #expect(levels.allSatisfy { made.levels[$0] != nil })
        #expect(made.levels.values.reduce(0, +) + made.raw == made.new)
        if setting == "off" { #expect(made.raw == made.new) }
        // Nothing new, nothing to compress: what was stored at any level is known.
        let again = try compression("--rescan", "--compression", "auto")
        #expect(again.levels.isEmpty && again.raw == 0 && again.new == 0)
    }

    /// Alone: blocks with text in them are compressed, and which these are the threads decide.
    @Test(arguments: ["auto", "1", "6"])
    func `noise is stored raw, whatever the level`(setting: String) throws {
        try tool.source.appending("text").remove()
        let made = try compression("--compression", setting)
        #expect(made.raw >= 2_000_000)
        #expect(made.levels.values.reduce(0, +) + made.raw == made.new)
    }

    @Test func `a level that was asked for is told in a line, the usual one with verbose only`()
        throws
    {
        let usual = try tool("snapshot", "source")
        #expect(usual.lines.count == 2 && !usual.error.contains("compression:"))
        try tool.source.appending("more").write([1, 2, 3])
        let verbose = try tool("snapshot", "source", "--verbose")
        #expect(verbose.error.contains("compression: level 1; 3 B stored raw\n"))
        var generator = SeededGenerator(seed: 12)
        try tool.source.appending("text").write(generator.text(3_000_000))
        let strong = try tool("snapshot", "source", "--compression", "6")
        #expect(strong.lines.count == 3 && strong.lines[1] == "compression: level 6")
        try tool.source.appending("text").write(generator.text(3_000_000))
        let none = try tool("snapshot", "source", "--compression", "off")
        #expect(none.lines[1].hasPrefix("compression: none; 2."))
        #expect(none.lines[1].hasSuffix(" MiB stored raw"))
        try tool.source.appending("text").write(generator.text(3_000_000))
        let quiet = try tool("snapshot", "source", "--compression", "6", "--quiet")
        #expect(quiet.lines.count == 1)
        let again = try tool("snapshot", "source", "--compression", "6")
        #expect(again.lines.count == 2)
    }

    @Test func `a snapshot of blocks at several levels is restored as it was`() throws {
        for (number, setting) in ["1", "6", "off", "auto"].enumerated() {
            var generator = SeededGenerator(seed: UInt64(20 + number))
            try tool.source.appending("file \(number)").write(generator.mixedBytes(400_000))
            #expect(try tool("snapshot", "source", "--compression", setting).exitCode == 0)
        }
        #expect(try tool("restore", "latest", "--to", "target").exitCode == 0)
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
        #expect(try tool("check", "--read-data").exitCode == 0)
    }
}
