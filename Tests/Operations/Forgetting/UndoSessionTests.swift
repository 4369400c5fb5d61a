import ChunkStorage
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// Others who act at the same time as an undo: a prune that takes it for dead, another undo.
struct UndoSessionTests {
    private let sandbox: Sandbox
    private let old: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 95, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 95)
        try sandbox.source.appending("file").write(generator.bytes(30_000))
        old = try sandbox.snapshot().report.id
        try sandbox.forget([old])
    }

    /// A store in which sessions are declared dead as soon as they have written a manifest.
    /// - Parameter count: how many of them.
    private func deadly(_ count: Int) -> HookedStore {
        let left = Mutex(count)
        let store = sandbox.store
        return HookedStore(
            store,
            afterPut: { key in
                guard ObjectNames.snapshotID(key.description) != nil else { return }
                let isHit = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                guard isHit, let view = try? RepositoryView.list(in: store) else { return }
                for session in view.openSessions {
                    try? store.put(ProtocolMarker.dead(session).name, [1])
                }
            })
    }

    @Test func `a session that is declared dead before the test writes its manifest once more`()
        throws
    {
        let recording = RecordingStore(deadly(1))
        let run = try sandbox.undo(["\(old)"], through: recording)
        #expect(run.backIDs.count == 1)
        #expect(run.warnings.count == 1)
        #expect(try sandbox.manifests().map(\.id) == run.backIDs)
        #expect(try sandbox.names(ObjectNames.forgotten) == [])
        let written = recording.calls.filter {
            $0.operation == .put && $0.subjects[0].hasPrefix(ObjectNames.snapshots)
        }.map { $0.subjects[0] }
        #expect(written.count == 2 && Set(written).count == 2)
        let deleted = recording.calls.filter { $0.operation == .delete }.flatMap(\.subjects)
        #expect(deleted.contains(written[0]) && !deleted.contains(written[1]))
        #expect(try sandbox.differences(run.backIDs[0]) == [])
    }

    @Test func `after five deaths it gives up, and the snapshot is as forgotten as before`() throws
    {
        #expect(throws: repositoryError(.changed)) {
            try sandbox.undo(["\(old)"], through: deadly(5))
        }
        #expect(try sandbox.manifests() == [])
        #expect(try sandbox.forgotten().map(\.id) == [old])
        #expect(try sandbox.undo(["\(old)"], through: deadly(4)).backIDs.count == 1)
    }

    @Test func `a late manifest that cannot be withdrawn is replaced by the next undo`() throws {
        let faulty = FaultyStore(deadly(1))
        faulty.set(.init(.delete, call: 1, isPermanent: true, code: .permissionDenied))
        let first = try sandbox.undo(["\(old)"], through: faulty)
        #expect(try sandbox.manifests().count == 2)
        #expect(first.results.map(\.isCopyLeft) == [true])
        // The one that stands is known by its session, which has ended in good order.
        let second = try sandbox.undo(["\(old)"])
        #expect(second.backIDs == first.backIDs)
    }

    @Test func `while a prune runs, what the undo relies on waits`() throws {
        let store = sandbox.store
        let sandbox = sandbox
        let failure = Mutex<(any Error)?>(nil)
        let hooked = HookedStore(
            store,
            afterPut: { key in
                // The session is open, and nothing was looked at yet.
                guard key.description.contains("session.") else { return }
                do {
                    let view = try RepositoryView.list(in: store)
                    guard view.openSessions.count == 1 else { return }
                    try sandbox.prune()
                } catch {
                    failure.withLock { $0 = error }
                }
            })
        let run = try sandbox.undo(["\(old)"], through: hooked)
        #expect(failure.withLock { $0 } == nil)
        // The prune has condemned the packs before the undo has seen them: it must not rely on
        // them, or has found copies of all that it needs.
        for id in run.backIDs { #expect(try sandbox.differences(id) == []) }
        try sandbox.prune()
        #expect(try sandbox.check().problems == [])
    }

    @Test(arguments: seeds(count: 3))
    func `two at once never lose it, and no copy is left`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<6 {
            try sandbox.source.appending("file").write(generator.bytes(9_000))
            let id = try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
            try sandbox.forget([id])
            // One that comes later may find that the other one is done.
            let back = try mapInParallel([1, 2], threadCount: 2) { _ -> [SnapshotID] in
                do {
                    return try sandbox.undo(["\(id)"]).backIDs
                } catch let error as RepositoryError where error == repositoryError(.noSnapshot) {
                    return []
                } catch let error as StoreError where error.code == .notFound {
                    return []
                }
            }.flatMap(\.self)
            let there = try sandbox.manifests().map(\.id)
            #expect(there.count == 1 || there.count == 2, "round \(round)")
            #expect(Set(there).isSubset(of: back), "round \(round)")
            for id in there { #expect(try sandbox.differences(id) == [], "round \(round)") }
            #expect(try sandbox.forgotten() == [], "round \(round)")
            try sandbox.forget(there)
            try sandbox.prune()
        }
    }
}
