import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Nothing sets birth times: a restored tree has its own, which is no shortfall.
@Suite(.enabled(if: hasBirthTimes, "the temporary folders tell no birth times"))
struct BirthTimeTests {
    private let sandbox: Sandbox
    private static let names = ["empty", "file", "folder", "folder/file", "link"]

    init() throws {
        sandbox = try Sandbox(seed: 73)
        try sandbox.source.appending("folder").makeDirectory()
        for name in ["file", "empty", "folder/file"] {
            try sandbox.source.appending(name).write(name == "empty" ? [] : Array(name.utf8))
        }
        try sandbox.source.appending("link").makeLink(to: Array("file".utf8))
    }

    private func snapshot(_ folder: DiskPath, _ records: Bool) throws -> SnapshotRun {
        try sandbox.snapshot {
            $0.sources = [folder.bytes]
            $0.recordsBirthTimes = records
        }
    }

    @Test func `a restored tree lacks nothing, and is as it was for the next restore`() throws {
        let first = try snapshot(sandbox.source, true)
        let target = sandbox.freshPath()
        let memory = sandbox.memory()
        for number in 0...1 {
            let run = try sandbox.restore(first.report.id, to: target) { $0.memory = memory }
            #expect(run.problems == [] && run.conflicts.isEmpty)
            #expect(run.counts.files == (number == 0 ? 3 : 0))
            #expect(try compareTrees(sandbox.source, target) == [])
        }
    }

    @Test func `what a restore remembers of them is taken for no file's own`() throws {
        let first = try snapshot(sandbox.source, true)
        let plain = try snapshot(sandbox.source, false)
        let target = sandbox.freshPath()
        let memory = sandbox.memory()
        _ = try sandbox.restore(first.report.id, to: target) { $0.memory = memory }
        let again = try snapshot(target, true)
        #expect(again.report.readFiles == 0)
        var told: [String: Timestamp] = [:]
        for name in Self.names {
            let time = try target.appending(name).birthTime()
            told[name] = time.map { Timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds) }
        }
        #expect(told.count == Self.names.count)
        #expect(try sandbox.entries(of: again.report.id).compactMapValues(\.created) == told)
        let last = try snapshot(target, false)
        #expect(last.report.readFiles == 0)
        #expect(
            try sandbox.manifest(last.report.id).root == sandbox.manifest(plain.report.id).root)
    }
}
