import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

@testable import Pruning

/// What a prune asks for, and what of others it leaves alone.
struct PruneOrderTests {
    private func makeHistory(_ sandbox: Sandbox, _ count: Int) throws -> [SnapshotID] {
        var generator = SeededGenerator(seed: 91)
        return try (0..<count).map { _ in
            try sandbox.source.appending("file").write(generator.bytes(60_000))
            return try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
        }
    }

    @Test(arguments: [0, 3600])
    func `each manifest is read once`(grace: Int64) throws {
        let sandbox = try Sandbox(seed: 91)
        let ids = try makeHistory(sandbox, 5)
        try sandbox.forget(Array(ids[0..<2]))
        // So that there is something to condemn besides, and a second look.
        _ = try saveChunks([[1], [2]], to: sandbox.store, sessionIdentity(seed: 92))
        let reads = Mutex<[String: Int]>([:])
        let store = HookedStore(sandbox.store, counted: [.get]) { call in
            reads.withLock { $0[call.subject, default: 0] += 1 }
        }
        let report = try sandbox.prune(through: store) { $0.graceInSeconds = grace }
        #expect(report.deletedPacks > 0)
        let counts = reads.withLock { $0 }.filter { name, _ in
            name.hasPrefix(ObjectNames.snapshots) || name.hasPrefix(ObjectNames.forgotten)
        }
        #expect(counts.count == (grace == 0 ? 3 : 5))
        #expect(counts.values.allSatisfy { $0 == 1 })
    }

    private func sessionIdentity(seed: UInt64) -> SessionIdentity {
        var generator = SeededGenerator(seed: seed)
        return generator.sessionIdentity()
    }

    @Test func `a prune that begins later than this one keeps its sentinels`() throws {
        let sandbox = try Sandbox(seed: 93)
        let ids = try makeHistory(sandbox, 2)
        try sandbox.forget([ids[0]])
        var generator = SeededGenerator(seed: 93)
        let other = SessionID(using: &generator)
        let names =
            [ProtocolMarker.session(other, leaseInSeconds: 3600).name]
            + [ObjectNames.snapshots, ObjectNames.forgotten]
            .map { ObjectNames.sentinel(other, in: $0) }
        let isFirst = Mutex(true)
        let plain = sandbox.store
        // The other one comes after this one's view, and before it lists the manifests.
        let store = HookedStore(plain, counted: [.list]) { call in
            guard call.subject == ObjectNames.snapshots else { return }
            let isNow = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if !isNow { return }
            for name in names {
                do { try plain.put(ObjectKey(name), ObjectBody([])) } catch {
                    Issue.record("\(error)")
                }
            }
        }
        try sandbox.prune(through: store)
        let left = Set(try sandbox.names(""))
        #expect(left.isSuperset(of: names))
        // When the other one has ended, what it left goes.
        try plain.delete([ObjectKey(names[0])])
        try sandbox.prune()
        #expect(try Set(sandbox.names("")).isDisjoint(with: names))
    }

    @Test(arguments: [0, 1, 2, 3, 7, 8])
    func `acts name each pack once, and none too many`(count: Int) {
        var generator = SeededGenerator(seed: 94)
        let packs = (0..<count).map { _ in PackID(generator.digest()) }
        let session = SessionID(using: &generator)
        let acts = Condemnation.acts(packs, session: session, mostPacks: 3) {
            CondemnationID(using: &generator)
        }
        #expect(acts.flatMap(\.packs) == packs.sorted())
        #expect(acts.allSatisfy { (1...3).contains($0.packs.count) && $0.session == session })
        #expect(acts.count == (count + 2) / 3 && Set(acts.map(\.id)).count == acts.count)
    }

    @Test func `a list that is too large is refused before it is read`() throws {
        let sandbox = try Sandbox(seed: 95)
        let ids = try makeHistory(sandbox, 2)
        try sandbox.forget([ids[0]])
        var generator = SeededGenerator(seed: 95)
        let marker = ProtocolMarker.condemned(CondemnationID(using: &generator))
        let size = FormatLimits.markerInBytes + 1
        try sandbox.store.put(
            ObjectKey(marker.name), ObjectBody([UInt8](repeating: 0, count: size)))
        let reads = Mutex(0)
        let store = HookedStore(sandbox.store, counted: [.get]) { call in
            if call.subject == marker.name { reads.withLock { $0 += 1 } }
        }
        #expect(throws: repositoryError(.damaged)) { try sandbox.prune(through: store) }
        #expect(throws: repositoryError(.damaged)) { try sandbox.snapshot(through: store) }
        // Readers need not know what is condemned.
        #expect(try sandbox.differences(ids[1], through: store) == [])
        #expect(reads.withLock { $0 } == 0)
    }
}
