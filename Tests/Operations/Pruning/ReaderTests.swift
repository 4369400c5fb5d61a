import Checking
import ChunkStorage
import Cryptography
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Others forget and prune while somebody reads (Specs/concurrency.md, Readers).
struct ReaderTests {
    private static let reading = ReadSettings(
        requestsInFlight: 2, partInBytes: 30_000, gapInBytes: 0, bytesInFlight: 100_000,
        metadataWindowInBytes: 2_000, planInBytes: 12_000)

    /// A repository of which a prune deletes some packs and copies what is needed of others.
    private struct History {
        let sandbox: Sandbox
        let forgotten: [SnapshotID]
        let kept: SnapshotID

        init() throws {
            sandbox = try Sandbox(seed: 71, averageChunkInBytes: 4096)
            var generator = SeededGenerator(seed: 71)
            var ids: [SnapshotID] = []
            for number in 0..<3 {
                for name in ["a", "b", "c"] where number == 0 || name == "a" {
                    let file = sandbox.source.appending(name)
                    try file.write(generator.bytes(number == 0 ? 40_000 : 20_000))
                }
                ids.append(try sandbox.snapshot { $0.ignoresStatCache = true }.report.id)
            }
            (forgotten, kept) = (Array(ids.dropLast()), ids[2])
            try sandbox.forget(forgotten)
            sandbox.leaseInSeconds = 0
        }

        /// A store that prunes before one of its calls, and what went wrong with that.
        func pruning(
            at call: Int, forgetting ids: [SnapshotID] = []
        ) -> (store: HookedStore, failure: Failure) {
            let failure = Failure()
            let store = HookedStore(sandbox.store) { [sandbox] found in
                if found.number != call { return }
                do {
                    try sandbox.forget(ids)
                    let report = try sandbox.prune()
                    if report.deletedPacks == 0 { failure.note(NothingDeleted()) }
                } catch {
                    failure.note(error)
                }
            }
            return (store, failure)
        }
    }

    private struct NothingDeleted: Error {}

    private final class Failure: Sendable {
        private let error = Mutex<(any Error)?>(nil)

        func note(_ error: any Error) { self.error.withLock { $0 = error } }

        func check() throws {
            try error.withLock { error in
                if let error { throw error }
            }
        }
    }

    /// Runs a reader with a prune before each of its calls, one after the other.
    private func forEachCall(
        forgetting: (History) -> [SnapshotID] = { _ in [] },
        _ body: (History, HookedStore, Comment) throws -> Void
    ) throws -> Int {
        var call = 1
        while true {
            let history = try History()
            let (store, failure) = history.pruning(at: call, forgetting: forgetting(history))
            try body(history, store, "call \(call)")
            try failure.check()
            if store.calls < call { return call }
            call += 1
        }
    }

    @Test func `a restore of a kept snapshot is right, whenever others prune`() throws {
        let calls = try forEachCall { history, store, comment in
            let sandbox = history.sandbox
            let run = try sandbox.restore(history.kept, through: store) {
                $0.reading = Self.reading
            }
            #expect(run.problems == [], comment)
            #expect(try compareTrees(sandbox.source, run.target) == [], comment)
            try run.target.remove()
        }
        #expect(calls > 6)
    }

    @Test func `an export of a kept snapshot is right, whenever others prune`() throws {
        let calls = try forEachCall { history, store, comment in
            let found = try history.sandbox.exportDifferences(history.kept, through: store)
            #expect(found == [], comment)
        }
        #expect(calls > 6)
    }

    @Test(arguments: [CheckDepth.structure, .allData])
    func `a check finds nothing wrong, whenever others prune`(depth: CheckDepth) throws {
        let calls = try forEachCall { history, store, comment in
            let check = try history.sandbox.check(depth, through: store)
            #expect(check.problems == [], comment)
            #expect(check.report.errors == 0, comment)
        }
        #expect(calls > 8)
    }

    @Test func `a check passes over snapshots that go meanwhile`() throws {
        let calls = try forEachCall(forgetting: { [$0.kept] }) { history, store, comment in
            let check = try history.sandbox.check(through: store)
            #expect(check.problems == [], comment)
        }
        #expect(calls > 8)
    }

    @Test func `a snapshot that is removed meanwhile is never called damaged`() throws {
        var removals = 0
        _ = try forEachCall(forgetting: { [$0.kept] }) { history, store, comment in
            let sandbox = history.sandbox
            do {
                let run = try sandbox.restore(history.kept, through: store) {
                    $0.reading = Self.reading
                }
                #expect(run.problems == [], comment)
                #expect(try compareTrees(sandbox.source, run.target) == [], comment)
                try run.target.remove()
            } catch let error as RepositoryError {
                #expect(error.code == .changed, comment)
                #expect(error.message.hasSuffix("was removed"), comment)
                removals += 1
            }
        }
        #expect(removals > 3)
    }

    /// Loses a pack that the kept snapshot needs.
    private func losePack(_ history: History) throws {
        let names = try history.sandbox.names(ObjectNames.packs)
        for name in names { try history.sandbox.store.delete([ObjectKey(name)]) }
    }

    /// The code with which a walk to a file's bytes ends.
    private func codeOfReading(_ history: History) throws -> RepositoryError.Code? {
        do {
            _ = try history.sandbox.restore(history.kept, path: "a")
            return nil
        } catch let error as RepositoryError {
            return error.code
        }
    }

    @Test func `what is lost is damage, unless the session of the snapshot is dead`() throws {
        let history = try History()
        let sandbox = history.sandbox
        try losePack(history)
        #expect(try codeOfReading(history) == .damaged)
        let session = try sandbox.manifest(history.kept).session
        try sandbox.store.put(ObjectKey(ProtocolMarker.dead(session).name), ObjectBody([]))
        #expect(try codeOfReading(history) == .neverCompleted)
        #expect(throws: repositoryError(.neverCompleted)) {
            try sandbox.export(history.kept)
        }
        let check = try sandbox.check()
        #expect(check.notices.contains { $0.contains("was never completed") })
        #expect(!check.problems.contains { $0.snapshot != nil })
    }

    @Test func `damage costs one more look at the tables, and one at the manifest`() throws {
        let history = try History()
        try losePack(history)
        let before = Mutex<[StoreError.Operation: Int]>([:])
        let store = HookedStore(history.sandbox.store) { call in
            before.withLock { $0[call.operation, default: 0] += 1 }
        }
        #expect(throws: repositoryError(.damaged)) {
            try history.sandbox.restore(history.kept, path: "a", through: store)
        }
        let counts = before.withLock { $0 }
        #expect(counts[.list] == 2 && counts[.head] == 1)
    }

    @Test func `what lies in no table is looked for once more`() throws {
        let history = try History()
        let store = history.sandbox.store
        let tables = try history.sandbox.names(ObjectNames.indexes)
            .filter { ObjectNames.tableID($0) != nil }
        let bytes = try tables.map { try store.get(ObjectKey($0), .whole).array }
        try store.delete(tables.map { ObjectKey($0) })
        let hooked = HookedStore(store, counted: [.list]) { call in
            // The first listing has shown none of them.
            if call.number != 2 { return }
            for (name, bytes) in zip(tables, bytes) {
                do { try store.put(ObjectKey(name), ObjectBody(bytes)) } catch {
                    Issue.record("\(error)")
                }
            }
        }
        #expect(try history.sandbox.differences(history.kept, through: hooked) == [])
        #expect(hooked.calls == 2)
    }

    @Test func `of several packs one is read that nobody has condemned`() throws {
        let sandbox = try Sandbox(seed: 72)
        var generator = SeededGenerator(seed: 72)
        let bytes = generator.bytes(5000)
        let empty = { ChunkIndex([], in: sandbox.store) }
        for _ in 0..<2 {
            let index = empty()
            try index.prepare()
            try saveChunks([bytes], to: sandbox.store, index: index, generator.sessionIdentity())
        }
        let id = ChunkID(bytes.withUnsafeBytes(SHA256.digest))
        let packs = try sandbox.names(ObjectNames.packs).compactMap { ObjectNames.packID($0) }
        #expect(packs.count == 2)
        for condemned in packs {
            let marker = ProtocolMarker.condemned(CondemnationID(using: &generator))
            let list = MarkerList.encode(
                packs: [condemned], session: SessionID(using: &generator), hash: SHA256.digest)
            try sandbox.store.put(ObjectKey(marker.name), ObjectBody(list))
            let found = try sandbox.open().openIndex().locations(of: id).map(\.pack)
            #expect(found.count == 2 && found.last == condemned)
            try sandbox.store.delete([ObjectKey(marker.name)])
        }
    }

    @Test func `an act of condemning that is gone or damaged keeps nobody from reading`() throws {
        let history = try History()
        var generator = SeededGenerator(seed: 73)
        let marker = ProtocolMarker.condemned(CondemnationID(using: &generator))
        let key = ObjectKey(marker.name)
        try history.sandbox.store.put(key, ObjectBody([1, 2, 3]))
        #expect(try history.sandbox.differences(history.kept) == [])
        let faulty = FaultyStore(history.sandbox.store)
        faulty.lose(key)
        #expect(try history.sandbox.differences(history.kept, through: faulty) == [])
    }
}
