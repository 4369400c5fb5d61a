import Checking
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Repositories without a fault.
struct CleanTests {
    @Test(arguments: seeds(count: 2))
    func `whatever snapshots were made, nothing is wrong`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        for _ in 0..<6 {
            try tree.grow(entries: 20)
            _ = try tree.edit(count: 5)
            _ = try sandbox.snapshot()
            try sandbox.waitForTick()
        }
        let run = try sandbox.check()
        #expect(run.problems == [])
        #expect(run.notices == [])
        #expect(run.report.errors == 0)
        #expect(run.report.snapshots == 6)
        #expect(run.report.packs == UInt64(try sandbox.keys(ObjectNames.packs).count))
        #expect(run.report.packsRead == run.report.packs)
    }

    @Test func `an empty repository is fine`() throws {
        let run = try Sandbox().check()
        #expect(run.problems == [])
        #expect(run.report == CheckReport())
    }

    @Test func `without reading data no pack is read as a whole`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 1)
        try sandbox.source.appending("file").write(generator.bytes(3_000_000))
        _ = try sandbox.snapshot()
        let meter = TrafficMeter()
        let run = try sandbox.check(.structure, through: MeteredStore(sandbox.store, meter))
        #expect(run.report.packsRead == 0)
        #expect(run.report.packs == 1)
        #expect(meter.traffic.downloadedBytes < 300_000)
    }

    @Test func `groups together read every pack once`() throws {
        let sandbox = try Sandbox()
        for number in 0..<9 {
            try sandbox.source.appending("file").write(Array("\(number)".utf8))
            _ = try sandbox.snapshot { $0.ignoresStatCache = true }
        }
        let reports = try (1...3).map { try sandbox.check(.group(number: $0, of: 3)).report }
        #expect(reports.map(\.packsRead).reduce(0, +) == 9)
        #expect(try sandbox.check(.percent(50)).report.packsRead == 5)
        #expect(try sandbox.check(.percent(100)).report.packsRead == 9)
        #expect(try sandbox.check(.bytes(1)).report.packsRead == 1)
        #expect(try sandbox.check(.bytes(1 << 40)).report.packsRead == 9)
    }

    @Test func `packs of an interrupted run are no error`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("file").write(Array("content".utf8))
        let faulty = FaultyStore(sandbox.store, .init(.put, call: 3))
        #expect(throws: StoreError.self) { try sandbox.snapshot(through: faulty) }
        for depth in [CheckDepth.structure, .allData] {
            let run = try sandbox.check(depth)
            #expect(run.problems == [])
            #expect(run.notices.count == 1)
        }
    }

    @Test func `statistics count what is there`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 1)
        try sandbox.source.appending("file").write(generator.text(100_000))
        let first = try sandbox.snapshot().report
        let second = try sandbox.snapshot().report
        let repository = try sandbox.open()
        let statistics = try RepositoryStatistics(of: repository)
        #expect(statistics.snapshots == 2)
        #expect(statistics.snapshotBytes == 200_000)
        #expect(statistics.packs == 1)
        #expect(statistics.plainBytes == first.newBytes)
        #expect(statistics.storedBytes < statistics.plainBytes)
        #expect(statistics.packBytes > statistics.storedBytes)
        let manifest = try sandbox.manifest(second.id)
        let snapshot = try SnapshotStatistics(of: manifest, in: repository)
        #expect(snapshot.chunks == statistics.chunks)
        #expect(snapshot.plainBytes == first.newBytes)
    }
}
