import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Sessions that outlive the run that has opened them.
struct StandingSessionTests {
    /// The machine's clock.
    private final class Clock: Sendable {
        private let seconds = Mutex<UInt64>(1_000_000)

        var uptime: UInt64 {
            get { seconds.withLock { $0 } }
            set { seconds.withLock { $0 = newValue } }
        }
    }

    private static let lease: UInt32 = 3600

    private let directory: TemporaryDirectory
    private let store: MemoryStore
    private let recorder: RecordingStore
    private let repository: Repository
    private let meter = TrafficMeter()
    private let clock = Clock()

    init() throws {
        directory = try TemporaryDirectory()
        store = MemoryStore(now: { StoreTime(seconds: 1_800_000_000) })
        recorder = RecordingStore(store)
        var generator = SeededGenerator(seed: 91)
        repository = try Repository.create(
            in: recorder,
            RepositoryDescription(
                id: RepositoryID(using: &generator),
                created: Timestamp(seconds: 1_800_000_000, nanoseconds: 0),
                chunking: ChunkingParameters()))
        recorder.clear()
    }

    private func standing(_ bootID: String = "first-boot") -> StandingSession {
        StandingSession(cacheDirectory: directory.path, place: "here", bootID: bootID)
    }

    private func environment(
        lease: UInt32 = Self.lease, bootID: String = "first-boot"
    ) -> SessionEnvironment {
        let clock = clock
        var environment = SessionEnvironment(
            host: "host", process: 7, tool: "varve test", leaseInSeconds: lease,
            makeRandomBits: { RandomBits(high: .random(in: 0...9), low: .random(in: 0...(.max))) },
            uptimeInSeconds: { clock.uptime })
        environment.standing = standing(bootID)
        return environment
    }

    private func chain(
        lease: UInt32 = Self.lease, bootID: String = "first-boot"
    ) -> SessionChain {
        SessionChain(
            repository, environment(lease: lease, bootID: bootID), purpose: "test", meter: meter)
    }

    /// One run from begin to end.
    @discardableResult
    private func run(lease: UInt32 = Self.lease, bootID: String = "first-boot") throws -> SessionID
    {
        let chain = chain(lease: lease, bootID: bootID)
        defer { chain.close() }
        return try chain.withSession { $0.id }
    }

    private func advance(_ seconds: UInt64) { clock.uptime += seconds }

    private func open() throws -> Set<SessionID> {
        Set(try RepositoryView.list(in: store).openSessions)
    }

    private var operations: [StoreError.Operation] { recorder.calls.map(\.operation) }

    private var files: DiskPath { DiskPath(directory.appending("sessions")) }

    /// The one file that holds the session.
    private func noteFile() throws -> DiskPath {
        try files.appending(#require(try files.names().first { $0.count == 32 }))
    }

    @Test func `later runs use the session of the first one, without a request`() throws {
        let first = try run()
        #expect(operations == [.put, .list])
        recorder.clear()
        for _ in 0..<3 { #expect(try run() == first) }
        #expect(operations == [])
        #expect(try open() == [first])
        // No run is at work any more.
        #expect(try files.names().count == 2)
    }

    @Test func `what is kept is private to the user`() throws {
        try run()
        var status = stat()
        for (path, mode) in [(files, 0o700), (try noteFile(), 0o600)] as [(DiskPath, mode_t)] {
            #expect(path.bytes.withCString { lstat($0, &status) } == 0)
            #expect(status.st_mode & 0o777 == mode)
        }
    }

    @Test func `in its second half another one is opened, and the old one closed`() throws {
        let first = try run()
        advance(1799)
        #expect(try run() == first)
        advance(1)
        let second = try run()
        #expect(second != first)
        #expect(try open() == [second])
    }

    @Test func `a session of before the machine was started again is left to lapse`() throws {
        let first = try run()
        let second = try run(bootID: "second-boot")
        #expect(second != first)
        #expect(try open() == [first, second])
        #expect(try run(bootID: "second-boot") == second)
    }

    @Test func `a session with another lease is not used`() throws {
        let first = try run()
        let second = try run(lease: 7200)
        #expect(first != second)
        #expect(try open() == [second])
    }

    @Test func `with lease 0 nothing stands`() throws {
        let first = try run(lease: 0)
        #expect(try open() == [])
        #expect(try run(lease: 0) != first)
    }

    @Test func `a session under which a request had no answer is closed by nobody`() throws {
        let chain = chain()
        let first = try chain.withSession { $0.id }
        meter.countUnanswered()
        chain.close()
        // It may be used further,
        #expect(try run() == first)
        // but what was sent may still take effect when it is closed.
        Session.closeStanding(in: store, environment())
        #expect(try open() == [first])
        advance(1800)
        let second = try run()
        #expect(try open() == [first, second])
    }

    @Test func `a session under which a run was killed is closed by nobody`() throws {
        // A run that never ends.
        let killed = chain()
        let first = try killed.withSession { $0.id }
        #expect(try run() == first)
        Session.closeStanding(in: store, environment())
        advance(1800)
        let second = try run()
        #expect(try open() == [first, second])
        Session.closeStanding(in: store, environment())
        #expect(try open() == [first])
    }

    @Test func `notes of killed runs go when no session of theirs can live`() throws {
        let killed = chain()
        _ = try killed.withSession { $0.id }
        advance(UInt64(ProtocolMarker.longestLeaseInSeconds))
        try run()
        #expect(try files.names().count == 3)
        advance(UInt64(Self.lease))
        try run()
        #expect(try files.names().count == 2)
        // And so do those of another boot, whose clock stood elsewhere.
        let other = chain()
        _ = try other.withSession { $0.id }
        clock.uptime = 10
        try run(bootID: "second-boot")
        #expect(try files.names().count == 2)
    }

    @Test func `who prunes closes the session of the machine, and the next run opens one`() throws {
        let first = try run()
        Session.closeStanding(in: store, environment())
        #expect(try open() == [])
        let second = try run()
        #expect(second != first)
        #expect(try open() == [second])
    }

    @Test func `runs at the same time share it, and the last one closes one that was replaced`()
        throws
    {
        let (one, two) = (chain(), chain())
        let first = try one.withSession { $0.id }
        #expect(try two.withSession { $0.id } == first)
        advance(1800)
        let second = try run()
        #expect(try open() == [first, second])
        one.close()
        #expect(try open() == [first, second])
        two.close()
        #expect(try open() == [second])
    }

    @Test func `of two that open one at the same time, one stands and the other is closed`() throws
    {
        let other = chain()
        let plain = environment()
        var hooked = SessionEnvironment(
            host: "host", process: 7, tool: "varve test", leaseInSeconds: Self.lease,
            makeRandomBits: {
                // The other one opens its session after this one has found none.
                _ = try? other.open()
                return plain.makeRandomBits()
            }, uptimeInSeconds: plain.uptimeInSeconds)
        hooked.standing = standing()
        let chain = SessionChain(repository, hooked, purpose: "test", meter: meter)
        let first = try chain.open().id
        let second = try other.open().id
        #expect(try open() == [first, second])
        other.close()
        chain.close()
        #expect(try open() == [first])
        #expect(try run() == first)
    }

    @Test func `a run that takes long hands the next session on`() throws {
        let chain = chain()
        let first = try chain.withSession { $0.id }
        advance(1800)
        let second = try chain.withSession { $0.id }
        #expect(first != second)
        chain.close()
        #expect(try open() == [second])
        advance(1799)
        #expect(try run() == second)
    }

    @Test func `a session that was declared dead stands no longer once that is seen`() throws {
        let first = try run()
        store.put(ObjectKey(ProtocolMarker.dead(first).name), ObjectBody([1]))
        // Within ten minutes nobody looks.
        #expect(try run() == first)
        advance(600)
        let chain = chain()
        let index = chain.makeIndex()
        #expect(throws: repositoryError(.changed)) { try index.prepare() }
        chain.close()
        #expect(try run() != first)
    }

    @Test func `the next run knows the tables that the last one has written and merged`() throws {
        var generator = SeededGenerator(seed: 93)
        var first: SessionID?
        for round in 0..<9 {
            recorder.clear()
            let chain = chain()
            let index = chain.makeIndex()
            try index.prepare()
            let known = Set(index.tables.compactMap(\.id))
            let listed = Set(try RepositoryView.list(in: store).tables.map(\.id))
            #expect(known == listed, "round \(round)")
            try chain.withSession { identity in
                first = first ?? identity.id
                #expect(identity.id == first)
                _ = try saveChunks([generator.bytes(500)], to: recorder, index: index, identity)
            }
            #expect(operations.count { $0 == .list } == (round == 0 ? 1 : 0))
            chain.close()
        }
    }

    @Test func `a file that is not what was written is none`() throws {
        let first = try run()
        let file = try noteFile()
        let whole = try file.read()
        var generator = SeededGenerator(seed: 94)
        for round in 0..<100 {
            var bytes = whole
            if round % 2 == 0 {
                bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator)))
            } else {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
            }
            try file.write(bytes)
            #expect(try run() != first, "round \(round)")
        }
        try file.write(whole)
        #expect(try run() == first)
    }

    @Test func `without a place for its files each run has its own session`() throws {
        try DiskPath(directory.appending("sessions")).write([])
        let first = try run()
        #expect(try open() == [])
        #expect(try run() != first)
    }

    @Test func `a lock that another process holds delays nobody for long`() throws {
        let first = try run()
        let name = try #require(try files.names().first { $0.suffix(5) == Array(".lock".utf8) })
        let lock = try FileHandle.open(path: files.appending(name).bytes, flags: O_RDWR)
        #expect(lock.takeExclusively())
        let second = try run()
        #expect(second != first)
        #expect(try open() == [first])
        withExtendedLifetime(lock) {}
    }

    @Test func `clearing the cache lets the session lapse`() throws {
        let first = try run()
        #expect(StandingSession.files(in: directory.path).usage.files == 2)
        #expect(StandingSession.files(in: directory.path).clear().files == 2)
        let second = try run()
        #expect(try open() == [first, second])
    }
}
