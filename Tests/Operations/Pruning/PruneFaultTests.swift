import ChunkStorage
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// A prune that fails, or dies, at each of its requests.
struct PruneFaultTests {
    /// A repository of which a prune deletes some packs, copies from others, and rewrites tables.
    private func prepare() throws -> (sandbox: Sandbox, kept: [SnapshotID]) {
        let sandbox = try Sandbox(seed: 63, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 63)
        var ids: [SnapshotID] = []
        for number in 0..<5 {
            for name in ["a", "b", "c"] where number % 2 == 0 || name == "a" {
                let file = sandbox.source.appending(name)
                try file.write(generator.bytes(20_000))
            }
            ids.append(try sandbox.snapshot { $0.ignoresStatCache = true }.report.id)
        }
        try sandbox.forget([ids[0], ids[1], ids[3]])
        return (sandbox, [ids[2], ids[4]])
    }

    private func expectUnharmed(
        _ sandbox: Sandbox, _ kept: [SnapshotID], _ comment: Comment
    ) throws {
        #expect(try sandbox.manifests().map(\.id).sorted() == kept.sorted(), comment)
        // Packs may be there or not which nothing needs, but everything that is needed is.
        for id in kept {
            let run = try sandbox.restore(id)
            #expect(run.failed.isEmpty && run.damaged.isEmpty, comment)
            try run.target.remove()
        }
        // Whoever comes next relies on nothing that is about to go.
        let next = try sandbox.snapshot()
        #expect(try sandbox.differences(next.report.id) == [], comment)
        try sandbox.forget([next.report.id])
        // A later prune does what is left, once the dead one's session has lapsed.
        sandbox.leaseInSeconds = 0
        try sandbox.prune()
        try sandbox.prune()
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [], comment)
        #expect(try sandbox.manifests().map(\.id).sorted() == kept.sorted(), comment)
    }

    @Test(arguments: [StoreError.Operation.put, .get, .list, .delete], [false, true])
    func `each request fails once, or all from it on`(
        operation: StoreError.Operation, isPermanent: Bool
    ) throws {
        for timing in FaultyStore.Fault.Timing.allCases {
            var call = 1
            while true {
                let (sandbox, kept) = try prepare()
                sandbox.leaseInSeconds = 0
                var fault = FaultyStore.Fault(operation, call: call, timing: timing)
                fault.isPermanent = isPermanent
                let faulty = FaultyStore(sandbox.store, fault)
                do {
                    try sandbox.prune(through: faulty)
                } catch is StoreError {
                    #expect(faulty.hasFailed)
                }
                if !faulty.hasFailed { break }
                try expectUnharmed(sandbox, kept, "\(operation) \(call), \(timing)")
                call += 1
            }
            #expect(call > 2)
        }
    }

    @Test func `a table that is damaged stops it before anything is deleted`() throws {
        let (sandbox, kept) = try prepare()
        let table = try #require(
            sandbox.names(ObjectNames.indexes).first { ObjectNames.tableID($0) != nil })
        let before = try sandbox.names(ObjectNames.packs)
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(ObjectKey(table), bit: 900)
        #expect(throws: repositoryError(.damaged)) { try sandbox.prune(through: faulty) }
        #expect(try sandbox.names(ObjectNames.packs) == before)
        try expectUnharmed(sandbox, kept, "table")
    }

    @Test func `a manifest that is damaged stops it before anything is deleted`() throws {
        let (sandbox, kept) = try prepare()
        let name = try #require(sandbox.names(ObjectNames.snapshots).first)
        let before = try sandbox.names(ObjectNames.packs)
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(ObjectKey(name), bit: 900)
        #expect(throws: repositoryError(.damaged)) { try sandbox.prune(through: faulty) }
        #expect(try sandbox.names(ObjectNames.packs) == before)
        try expectUnharmed(sandbox, kept, "manifest")
    }

    @Test func `a pack that is lost stops it before anything is deleted`() throws {
        let (sandbox, _) = try prepare()
        let packs = try sandbox.names(ObjectNames.packs)
        var refusals = 0
        for name in packs {
            let faulty = FaultyStore(sandbox.store)
            faulty.lose(ObjectKey(name))
            faulty.hide(ObjectKey(name))
            do {
                _ = try sandbox.prune(through: faulty) { $0.isDryRun = true }
            } catch let error as RepositoryError where error.code == .damaged {
                refusals += 1
                #expect(throws: repositoryError(.damaged)) { try sandbox.prune(through: faulty) }
            }
            #expect(try sandbox.names(ObjectNames.packs).count == packs.count)
            if refusals > 0 { break }
        }
        #expect(refusals == 1)
    }
}
