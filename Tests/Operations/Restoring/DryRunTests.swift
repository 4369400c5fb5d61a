import FileHandles
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

@testable import Restoring

/// A dry run changes nothing, and tells what the real run then does.
struct DryRunTests {
    private static let reading = ReadSettings(
        requestsInFlight: 2, partInBytes: 50_000, gapInBytes: 1_000, bytesInFlight: 300_000,
        metadataWindowInBytes: 2_000, planInBytes: 30_000)

    /// Everything about a tree that a program could notice.
    private func state(of path: DiskPath) throws -> [[UInt8]: FileStatus] {
        var found = [path.bytes: try path.status()]
        guard try path.status().kind == .directory else { return found }
        for name in try path.names() {
            try found.merge(state(of: path.appending(name))) { $1 }
        }
        return found
    }

    private func traffic(
        of sandbox: Sandbox, _ id: SnapshotID, to target: DiskPath,
        _ change: (inout RestoreSettings) -> Void
    ) throws -> (run: RestoreRun, gets: UInt64, bytes: UInt64) {
        let meter = TrafficMeter()
        let run = try sandbox.restore(
            id, to: target, through: MeteredStore(sandbox.store, meter), change: change)
        return (run, meter.traffic.gets, meter.traffic.downloadedBytes)
    }

    @Test(arguments: seeds(count: 10))
    func `what would be fetched is what is fetched then`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 30)
        try sandbox.source.appending("large").write(tree.generator.bytes(1_000_000))
        let first = try sandbox.snapshot().report.id
        let target = DiskPath(sandbox.directory.appending("target"))
        let isFresh = seed % 3 == 0
        if !isFresh {
            _ = try sandbox.restore(first, to: target) { $0.memory = sandbox.memory() }
            try sandbox.waitForTick()
        }
        let edits = try tree.edit(count: 10)
        try sandbox.source.appending("large").overwrite(tree.generator.bytes(30_000), at: 500_000)
        let id = try sandbox.snapshot().report.id
        let before = isFresh ? [:] : try state(of: target)
        let cache = try state(of: sandbox.cache)
        func change(_ settings: inout RestoreSettings) {
            settings.memory = sandbox.memory()
            settings.deletion = .everything
            settings.reading = Self.reading
            settings.workerCount = 1
        }
        let dry = try traffic(of: sandbox, id, to: target) { settings in
            change(&settings)
            settings.isDryRun = true
        }
        #expect(isFresh ? !target.exists : try state(of: target) == before)
        #expect(try state(of: sandbox.cache) == cache)
        let real = try traffic(of: sandbox, id, to: target, change)
        let comment = Comment(rawValue: "\(edits)")
        #expect(real.run.problems == [], comment)
        let estimate = try #require(dry.run.estimate)
        #expect(real.gets - dry.gets == estimate.requests, comment)
        #expect(real.bytes - dry.bytes == estimate.bytes, comment)
        #expect(Set(dry.run.deleted) == Set(real.run.deleted), comment)
        #expect(dry.run.counts.files == real.run.counts.files, comment)
        #expect(dry.run.counts.bytes == real.run.counts.bytes, comment)
        #expect(dry.run.counts.unchanged == real.run.counts.unchanged, comment)
        #expect(dry.run.counts.directories == real.run.counts.directories, comment)
        #expect(try compareTrees(sandbox.source, target) == [], comment)
    }

    @Test func `a half-written file counts as far as it is written`() throws {
        let sandbox = try Sandbox(seed: 2, averageChunkInBytes: 16 * 1024)
        var generator = SeededGenerator(seed: 2)
        let content = generator.bytes(5_000_000)
        try sandbox.source.appending("large").write(content)
        // Two workers may put the end of the file into blocks that lie apart, and what lies between
        // them would be fetched with them.
        let id = try sandbox.snapshot { $0.workerCount = 1 }.report.id
        let target = sandbox.freshPath()
        try target.makeDirectory()
        let half = target.appending(TemporaryName.make(for: Array("large".utf8)))
        try half.write(Array(content[..<4_000_000]))
        let before = try state(of: target)
        let dry = try sandbox.restore(id, to: target) { $0.isDryRun = true }
        #expect(try #require(dry.estimate).bytes < 2_500_000)
        #expect(try state(of: target) == before)
    }

    @Test func `when there is nothing to do nothing would be fetched`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("a").write([1])
        let id = try sandbox.snapshot().report.id
        let target = sandbox.freshPath()
        _ = try sandbox.restore(id, to: target)
        let run = try sandbox.restore(id, to: target) { $0.isDryRun = true }
        #expect(run.estimate?.requests == 0 && run.estimate?.bytes == 0)
        #expect(run.counts.files == 0 && run.counts.unchanged == 1)
    }
}
