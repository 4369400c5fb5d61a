import ChunkMarking
import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

@testable import Pruning

/// Which of the packs that are there a prune may choose from.
struct PruneChoiceTests {
    /// A store's clock that a test moves.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_800_000_000)

        func pass(_ time: Int64) { seconds.withLock { $0 += time } }

        var now: StoreTime { StoreTime(seconds: seconds.withLock { $0 }) }
    }

    private let clock = Clock()
    private let sandbox: Sandbox
    private let needed: PackID

    init() throws {
        sandbox = try Sandbox(seed: 231) { [clock] _ in MemoryStore(now: { clock.now }) }
        var generator = SeededGenerator(seed: 231)
        try sandbox.source.appending("file").write(generator.bytes(30_000))
        _ = try sandbox.snapshot()
        let packs = try sandbox.names(ObjectNames.packs).compactMap { ObjectNames.packID($0) }
        needed = try #require(packs.first)
        clock.pass(10)
    }

    private func packs() throws -> Set<PackID> {
        Set(try sandbox.names(ObjectNames.packs).compactMap { ObjectNames.packID($0) })
    }

    /// Adds a pack that nothing needs.
    private func addGarbage(seed: UInt64, isListed: Bool = true) throws -> PackID {
        let before = try packs()
        var generator = SeededGenerator(seed: seed)
        try saveChunks(
            [generator.bytes(5_000)], to: sandbox.store, generator.sessionIdentity())
        let new = try #require(try packs().subtracting(before).first)
        if !isListed {
            for table in try RepositoryView.list(in: sandbox.store).tables {
                let key = ObjectKey(ObjectNames.table(table.id))
                let index = ChunkIndex([table], in: sandbox.store)
                try index.prepare()
                if index.tables[0].table.packNumber(of: new) != nil {
                    try sandbox.store.delete([key])
                }
            }
        }
        return new
    }

    private func plan(ended: Set<SessionID> = []) throws -> PrunePlan {
        var settings = PruneSettings(
            policy: PrunePolicy(packTargetInBytes: 1024 * 1024), marking: .local,
            uploads: .directory)
        settings.graceInSeconds = 0
        let looker = RepositoryLooker(try sandbox.open(), settings, session: nil)
        var view = try RepositoryView.list(in: sandbox.store)
        let condemned = try CondemnedPacks.load(&view, in: sandbox.store)
        let look = try looker.first(view, condemned, now: clock.now)
        return try PruneChoice(looker, look, settings, ended: ended).plan
    }

    private func openSession(lease: UInt32 = 3600) throws -> SessionID {
        sandbox.leaseInSeconds = lease
        return try Session.open(
            in: sandbox.open(), sandbox.session, purpose: "test of choices"
        ).id
    }

    @Test(arguments: [true, false])
    func `what nothing needs is chosen, listed or not`(isListed: Bool) throws {
        let garbage = try addGarbage(seed: 232, isListed: isListed)
        let plan = try plan()
        #expect(plan.deletes == [garbage] && plan.repacks == [])
        #expect(plan.estimate.packs == 2)
    }

    @Test(arguments: [true, false])
    func `a pack that is younger than an open session is left alone`(isListed: Bool) throws {
        let session = try openSession()
        let young = try addGarbage(seed: 233, isListed: isListed)
        #expect(try plan().victims == [])
        // But for a session that counts no more, as the pruner's own.
        #expect(try plan(ended: [session]).victims == [young])
        try sandbox.store.put(ObjectKey(ProtocolMarker.closed(session).name), ObjectBody([]))
        #expect(try plan().victims == [young])
    }

    @Test func `a pack is not young for who came later, or has no lease`() throws {
        _ = try openSession(lease: 0)
        let garbage = try addGarbage(seed: 234)
        clock.pass(1)
        _ = try openSession()
        #expect(try plan().victims == [garbage])
    }

    @Test func `what is condemned is not chosen once more, nor what is gone`() throws {
        let (first, second) = (try addGarbage(seed: 235), try addGarbage(seed: 236))
        var generator = SeededGenerator(seed: 237)
        let act = Condemnation(
            id: CondemnationID(using: &generator), packs: [first],
            session: SessionID(using: &generator))
        _ = try act.write(to: sandbox.store)
        #expect(try plan().victims == [second])
        try sandbox.store.delete([ObjectKey(ObjectNames.pack(second))])
        let plan = try plan()
        #expect(plan.victims == [] && plan.estimate.packs == 1)
    }

    @Test func `what a condemned pack has is not there for others to count on`() throws {
        // The same chunks once more, by somebody who did not see the first ones.
        let index = ChunkIndex([], in: sandbox.store)
        try index.prepare()
        let contents = try PackReader.contents(of: needed, in: sandbox.store).contents
        let loader = try sandbox.store.makeLoader()
        let chunks = try contents.chunks.map { try loader.load($0.id) }
        var generator = SeededGenerator(seed: 238)
        try saveChunks(chunks, to: sandbox.store, index: index, generator.sessionIdentity())
        let copy = try #require(try packs().subtracting([needed]).first)
        // One of the two is enough: the larger one, or of equal ones that with the smaller name.
        func size(_ pack: PackID) throws -> UInt64 {
            try sandbox.store.head(ObjectKey(ObjectNames.pack(pack)))
        }
        let keepsCopy = try (size(copy), needed) > (size(needed), copy)
        let (kept, other) = keepsCopy ? (copy, needed) : (needed, copy)
        #expect(try plan().deletes == [other])
        let act = Condemnation(
            id: CondemnationID(using: &generator), packs: [kept],
            session: SessionID(using: &generator))
        _ = try act.write(to: sandbox.store)
        #expect(try plan().victims == [])
    }
}
