import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

/// Sessions and the test whether what was written under them stands.
struct SessionTests {
    /// A clock that a test sets.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_800_000_000)

        var now: Int64 { seconds.withLock { $0 } }

        func advance(_ count: Int64) { seconds.withLock { $0 += count } }
    }

    private let clock = Clock()
    private let store: MemoryStore
    private let recorder: RecordingStore
    private let repository: Repository
    private let meter = TrafficMeter()

    init() throws {
        let clock = clock
        store = MemoryStore(now: { StoreTime(seconds: clock.now) })
        recorder = RecordingStore(store)
        var generator = SeededGenerator(seed: 71)
        repository = try Repository.create(
            in: recorder,
            RepositoryDescription(
                id: RepositoryID(using: &generator),
                created: Timestamp(seconds: 1_800_000_000, nanoseconds: 0),
                chunking: ChunkingParameters()))
        recorder.clear()
    }

    private func environment(lease: UInt32 = 3600) -> SessionEnvironment {
        let clock = clock
        let bits = Mutex(SeededGenerator(seed: 72))
        return SessionEnvironment(
            host: "host", process: 7, tool: "varve test", leaseInSeconds: lease,
            makeRandomBits: {
                bits.withLock { RandomBits(high: $0.next(), low: $0.next()) }
            },
            uptimeInSeconds: { UInt64(clock.now) })
    }

    private func open(lease: UInt32 = 3600) throws -> Session {
        try Session.open(in: repository, environment(lease: lease), purpose: "test")
    }

    private func declareDead(_ session: SessionID) {
        store.put(ObjectKey(ProtocolMarker.dead(session).name), ObjectBody([1]))
    }

    private var operations: [StoreError.Operation] { recorder.calls.map(\.operation) }

    @Test func `a session is announced before its view is taken`() throws {
        let session = try open()
        #expect(operations == [.put, .list])
        #expect(session.view.sessions[session.id]?.leaseInSeconds == 3600)
        #expect(session.view.openSessions == [session.id])
    }

    @Test func `within half of the lease a manifest stands without a request`() throws {
        let session = try open()
        recorder.clear()
        for age in [Int64(0), 1, 1799] {
            let time = StoreTime(seconds: clock.now + age)
            #expect(try session.commits(answered: time))
        }
        #expect(operations == [])
    }

    @Test(arguments: [nil, -1, 1800, 100_000] as [Int64?])
    func `without a time that says so the view tells whether a manifest stands`(
        age: Int64?
    ) throws {
        let session = try open()
        let time = age.map { StoreTime(seconds: clock.now + $0) }
        recorder.clear()
        #expect(try session.commits(answered: time))
        #expect(operations == [.list])
        declareDead(session.id)
        #expect(try !session.commits(answered: time))
    }

    @Test func `a session whose object is gone does not commit`() throws {
        let session = try open(lease: 0)
        try session.close()
        #expect(try !session.commits(answered: StoreTime(seconds: clock.now)))
    }

    @Test func `a listing without the session that was just opened is not believed`() throws {
        let faulty = FaultyStore(store)
        let hidden = environment()
        let id = SessionID(environment().makeRandomBits())
        faulty.hide(ObjectKey(ProtocolMarker.session(id, leaseInSeconds: 3600).name))
        let blind = try Repository.open(in: faulty)
        #expect(throws: storeError(.inputOutput)) {
            try Session.open(in: blind, hidden, purpose: "test")
        }
    }

    @Test func `who may not delete leaves a mark that the session is closed`() throws {
        let faulty = FaultyStore(
            store, .init(.delete, call: 1, isPermanent: true, code: .permissionDenied))
        let session = try Session.open(
            in: Repository.open(in: faulty), environment(), purpose: "test")
        try session.close()
        let view = try RepositoryView.list(in: store)
        #expect(view.closed == [session.id])
        #expect(view.openSessions == [])
        #expect(view.hasEnded(session.id))
    }

    @Test func `what dead sessions have listed, and condemned packs, are distrusted`() throws {
        var generator = SeededGenerator(seed: 73)
        let (dead, packs) = (SessionID(using: &generator), [PackID(generator.chunkID().digest)])
        declareDead(dead)
        let act = CondemnationID(using: &generator)
        let bytes = MarkerList.encode(packs: packs, session: dead, hash: SHA256.digest)
        store.put(ObjectKey(ProtocolMarker.condemned(act).name), ObjectBody(bytes))
        let session = try open()
        #expect(session.distrust == Distrust(condemned: Set(packs), dead: [dead]))
        #expect(session.condemned[act]?.packs == packs)
        #expect(session.condemned[act]?.session == dead)
    }

    @Test func `an act of condemning that is damaged lets nobody begin`() throws {
        var generator = SeededGenerator(seed: 74)
        let act = CondemnationID(using: &generator)
        store.put(ObjectKey(ProtocolMarker.condemned(act).name), ObjectBody([1, 2, 3]))
        #expect(throws: repositoryError(.damaged)) { try open() }
    }

    // MARK: Long runs

    private func chain(lease: UInt32 = 3600) -> SessionChain {
        SessionChain(repository, environment(lease: lease), purpose: "test", meter: meter)
    }

    @Test func `a run that takes longer than half of the lease goes on under another session`()
        throws
    {
        let chain = chain()
        let first = try chain.withSession { $0.id }
        clock.advance(1799)
        #expect(try chain.withSession { $0.id } == first)
        clock.advance(1)
        let second = try chain.withSession { $0.id }
        #expect(second != first)
        // The first one is closed, for nobody is at work under it.
        #expect(try RepositoryView.list(in: store).openSessions == [second])
        chain.close()
        #expect(try RepositoryView.list(in: store).openSessions == [])
    }

    @Test func `nothing is left in memory of a chain that was closed`() throws {
        weak var index: ChunkIndex?
        weak var closed: SessionChain?
        do {
            let chain = chain()
            (index, closed) = (chain.makeIndex(), chain)
            try #require(index).prepare()
            #expect(try RepositoryView.list(in: store).openSessions.count == 1)
            chain.close()
        }
        #expect(closed == nil && index == nil)
    }

    @Test func `the older session stays while something is written under it`() throws {
        let chain = chain()
        try chain.withSession { outer in
            clock.advance(2000)
            let inner = try chain.withSession { $0.id }
            #expect(inner != outer.id)
            let open = try RepositoryView.list(in: store).openSessions
            #expect(Set(open) == [outer.id, inner])
        }
        chain.close()
        #expect(try RepositoryView.list(in: store).openSessions == [])
    }

    @Test func `after its lease a run begins anew, and sends nothing more`() throws {
        let chain = chain()
        _ = try chain.open()
        clock.advance(3600)
        recorder.clear()
        #expect(throws: repositoryError(.changed)) { try chain.withSession { _ in } }
        #expect(operations == [])
    }

    @Test func `a run that relies on what was condemned since begins anew`() throws {
        var generator = SeededGenerator(seed: 75)
        let ids = try saveChunks(
            [generator.bytes(5000)], to: store, generator.sessionIdentity())
        let name = try #require(store.list(prefix: ObjectNames.packs).first)
        let pack = try #require(ObjectNames.packID(name.key.description))
        for relies in [false, true] {
            let chain = chain()
            let index = chain.makeIndex()
            try index.prepare()
            if relies { #expect(index.rely(on: ids[0])) }
            let act = CondemnationID(using: &generator)
            let key = ObjectKey(ProtocolMarker.condemned(act).name)
            let session = SessionID(using: &generator)
            let bytes = MarkerList.encode(packs: [pack], session: session, hash: SHA256.digest)
            store.put(key, ObjectBody(bytes))
            clock.advance(1800)
            if relies {
                #expect(throws: repositoryError(.changed)) { try chain.keepYoung() }
            } else {
                try chain.keepYoung()
                // From now on it is as if the pack did not have the chunk.
                #expect(!index.rely(on: ids[0]))
            }
            store.delete([key])
            chain.close()
        }
    }

    @Test func `a session is not closed when a request had no answer`() throws {
        let chain = chain()
        let id = try chain.withSession { $0.id }
        meter.countUnanswered()
        chain.close()
        #expect(try RepositoryView.list(in: store).openSessions == [id])
    }
}
