import ObjectStore
import Pruning
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What a prune leaves and what it takes, when nobody else is at work.
struct CollectionTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox(seed: 61, averageChunkInBytes: 4096) }

    private func write(_ name: String, _ generator: inout SeededGenerator, _ size: Int) throws {
        try sandbox.source.appending(name).write(generator.bytes(size))
    }

    /// Snapshots of a folder in which a file changes each time.
    private func makeHistory(_ count: Int) throws -> [SnapshotID] {
        var generator = SeededGenerator(seed: 62)
        try write("stays", &generator, 30_000)
        return try (0..<count).map { number in
            try write("changes", &generator, 60_000 + number)
            return try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
        }
    }

    @Test func `what only forgotten snapshots need goes, the rest stays`() throws {
        let ids = try makeHistory(5)
        let before = try sandbox.store.list(prefix: ObjectNames.packs)
        try sandbox.forget(Array(ids.dropLast()))
        let report = try sandbox.prune()
        #expect(report.freedInBytes > 200_000)
        #expect(report.waitingPacks == 0)
        #expect(report.expiredSnapshots == 4)
        let after = try sandbox.store.list(prefix: ObjectNames.packs)
        let bytes = after.reduce(0) { $0 + $1.sizeInBytes }
        #expect(bytes == report.keptInBytes)
        #expect(before.reduce(0) { $0 + $1.sizeInBytes } == bytes + report.freedInBytes)
        #expect(try sandbox.differences(ids[4]) == [])
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [])
        #expect(try sandbox.names(ObjectNames.forgotten) == [])
    }

    @Test func `nothing but tables, and a journal, is left of a prune`() throws {
        try sandbox.forget(Array(makeHistory(4).dropLast()))
        try sandbox.prune()
        #expect(
            try sandbox.names(ObjectNames.indexes)
                .allSatisfy { ObjectNames.tableID($0) != nil })
        #expect(try sandbox.names(ObjectNames.prunes).count == 1)
        let again = try sandbox.prune()
        #expect(again.deletedPacks == 0 && again.freedInBytes == 0)
        #expect(try sandbox.names(ObjectNames.prunes).count == 1)
    }

    @Test func `forgotten snapshots keep what they need until their grace is over`() throws {
        let ids = try makeHistory(3)
        try sandbox.forget(Array(ids.dropLast()))
        let report = try sandbox.prune { $0.graceInSeconds = 3600 }
        #expect(report.freedInBytes == 0 && report.forgottenSnapshots == 2)
        #expect(try sandbox.names(ObjectNames.forgotten).count == 2)
        #expect(try sandbox.prune().freedInBytes > 100_000)
    }

    @Test func `a dry run says what a run does, and does nothing`() throws {
        try sandbox.forget(Array(makeHistory(4).dropLast()))
        let before = try sandbox.names("")
        let planned = try sandbox.prune { $0.isDryRun = true }
        #expect(try sandbox.names("") == before)
        let done = try sandbox.prune()
        #expect(planned.estimate == done.estimate)
        #expect(planned.deletedPacks == done.deletedPacks)
    }

    @Test func `a repository of which everything is forgotten becomes empty`() throws {
        try sandbox.forget(makeHistory(3))
        let report = try sandbox.prune()
        #expect(report.keptInBytes == 0)
        #expect(try sandbox.names(ObjectNames.packs) == [])
        #expect(try sandbox.names(ObjectNames.indexes) == [])
        let next = try sandbox.snapshot()
        #expect(try sandbox.differences(next.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a stat cache that names what was collected misleads nobody`() throws {
        let first = try makeHistory(1)
        try sandbox.forget(first)
        try sandbox.prune()
        for skips in [true, false] {
            let next = try sandbox.snapshot { $0.skipsUnchanged = skips }
            #expect(next.report.isNew || !skips)
            #expect(try sandbox.differences(next.report.id) == [])
        }
    }

    @Test(arguments: seeds(count: 6))
    func `after any history everything that is left is whole, and little is unused`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        var ids: [SnapshotID] = []
        for _ in 0..<30 {
            switch UInt64.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let name = "file-\(UInt64.random(in: 0..<8, using: &generator))"
                let size = Int.random(in: 0..<50_000, using: &generator)
                try write(name, &generator, size)
                try sandbox.waitForTick()
                ids.append(try sandbox.snapshot().report.id)
            case 6..<8:
                let gone = ids.filter { _ in Bool.random(using: &generator) }
                try sandbox.forget(gone)
                ids.removeAll(where: gone.contains)
            default:
                let report = try sandbox.prune()
                #expect(report.estimate.unusedAfterInBytes * 20 <= report.keptInBytes + 20)
                let check = try sandbox.check()
                #expect(check.problems == [] && check.notices == [])
            }
            #expect(try sandbox.manifests().map(\.id).sorted() == ids.sorted())
        }
        try sandbox.prune()
        for id in ids { #expect(try !sandbox.entries(of: id).isEmpty) }
        #expect(try sandbox.check().problems == [])
    }
}
