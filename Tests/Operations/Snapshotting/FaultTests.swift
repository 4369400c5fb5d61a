import ChunkStorage
import DirectoryStore
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// A snapshot whose store fails at any one call harms nothing, and the next one succeeds.
struct FaultTests {
    /// A repository with two snapshots, and a tree that has changed since.
    private static func prepare(
        _ makeStore: (TemporaryDirectory) -> any ObjectStore
    ) throws -> (sandbox: Sandbox, committed: [SnapshotID: DiskPath]) {
        let sandbox = try Sandbox(seed: 21, makeStore: makeStore)
        var tree = TemporaryTree(at: sandbox.source, seed: 21)
        var committed: [SnapshotID: DiskPath] = [:]
        // With the third table of the run under test the tables are merged.
        for _ in 0..<3 {
            try tree.grow(entries: 6)
            let run = try sandbox.snapshot()
            committed[run.report.id] = try sandbox.restore(run.report.id).target
            try sandbox.waitForTick()
        }
        try tree.grow(entries: 6)
        return (sandbox, committed)
    }

    @Test(arguments: FaultyStore.Fault.Timing.allCases, [false, true])
    func `at every call`(timing: FaultyStore.Fault.Timing, isPermanent: Bool) throws {
        var call = 1
        while true {
            let (sandbox, committed) = try Self.prepare { _ in MemoryStore() }
            let fault = FaultyStore.Fault(call: call, isPermanent: isPermanent, timing: timing)
            let faulty = FaultyStore(sandbox.store, fault)
            if (try? sandbox.snapshot(through: faulty)) != nil, !faulty.hasFailed { break }
            try expectUnharmed(sandbox, committed, "call \(call), \(timing)")
            call += 1
        }
        // Description, the names of tables, three tables, pack, table, merging, manifest.
        #expect(call >= 10)
    }

    @Test func `at every PUT into a directory of the disk`() throws {
        var call = 1
        while true {
            let (sandbox, committed) = try Self.prepare {
                DirectoryStore(path: $0.appending("repository"))
            }
            let fault = FaultyStore.Fault(.put, call: call, code: .noSpace)
            let faulty = FaultyStore(sandbox.store, fault)
            if (try? sandbox.snapshot(through: faulty)) != nil, !faulty.hasFailed { break }
            try expectUnharmed(sandbox, committed, "PUT \(call)")
            call += 1
        }
        // Session, pack, table, manifest.
        #expect(call == 5)
    }

    @Test func `at every PUT while several packs are on their way`() throws {
        let uploads = UploadSettings(
            packTargetInBytes: 20_000, threadCount: 3, bytesInFlight: 60_000)
        var call = 1
        while true {
            let (sandbox, committed) = try Self.prepare { _ in MemoryStore() }
            var generator = SeededGenerator(seed: 7)
            for number in 0..<4 {
                let file = sandbox.source.appending("large-\(number)")
                try file.write(generator.bytes(15_000))
            }
            let faulty = FaultyStore(sandbox.store, .init(.put, call: call))
            let run = try? sandbox.snapshot(through: faulty) { $0.uploads = uploads }
            if run != nil, !faulty.hasFailed { break }
            try expectUnharmed(sandbox, committed, "PUT \(call)")
            call += 1
        }
        // Two packs at least, a table, the manifest.
        #expect(call > 4)
    }

    private func expectUnharmed(
        _ sandbox: Sandbox, _ committed: [SnapshotID: DiskPath], _ comment: Comment
    ) throws {
        #expect(try sandbox.check().problems == [], comment)
        for (id, tree) in committed {
            #expect(try sandbox.differences(id, from: tree) == [], comment)
        }
        let next = try sandbox.snapshot()
        #expect(try sandbox.differences(next.report.id) == [], comment)
        #expect(try sandbox.check().problems == [], comment)
    }

    @Test(arguments: FaultyStore.Fault.Timing.allCases)
    func `what a failed run has uploaded is not uploaded again`(
        timing: FaultyStore.Fault.Timing
    ) throws {
        let (sandbox, _) = try Self.prepare { _ in MemoryStore() }
        // The first PUT is the session, the second the pack, the third the table.
        let fault = FaultyStore.Fault(.put, call: 3, timing: timing)
        let faulty = FaultyStore(sandbox.store, fault)
        #expect(throws: StoreError.self) { try sandbox.snapshot(through: faulty) }
        let recorder = RecordingStore(sandbox.store)
        let next = try sandbox.snapshot(through: recorder)
        let packs = recorder.calls.filter { $0.operation == .put }.flatMap(\.subjects)
            .filter { $0.hasPrefix(ObjectNames.packs) }
        #expect(packs == [])
        #expect(next.report.newBytes == 0)
        #expect(try sandbox.differences(next.report.id) == [])
        // When the failed run's table had arrived there is nothing left to list.
        let tables = recorder.calls.filter { $0.operation == .put }.flatMap(\.subjects)
            .filter { ObjectNames.tableID($0) != nil }
        #expect(tables.count == (timing == .afterEffect ? 0 : 1))
        #expect(try sandbox.check().notices == [])
    }

    @Test func `an error that the store reports is the error of the run`() throws {
        let (sandbox, _) = try Self.prepare { _ in MemoryStore() }
        for code in [StoreError.Code.noSpace, .readOnly, .permissionDenied] {
            let faulty = FaultyStore(sandbox.store, .init(.put, call: 1, code: code))
            let error = #expect(throws: StoreError.self) { try sandbox.snapshot(through: faulty) }
            #expect(error?.code == code)
        }
    }
}
