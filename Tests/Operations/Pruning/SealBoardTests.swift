import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

@testable import Pruning

/// Which sessions of others a pruner waits for, and which it declares dead.
struct SealBoardTests {
    private static let now: Int64 = 1_800_000_000

    private let store: any ObjectStore
    private let board: SealBoard
    private let own: SessionID

    init() {
        let time = StoreTime(seconds: Self.now)
        store = MemoryStore(now: { time })
        var generator = SeededGenerator(seed: 201)
        own = SessionID(using: &generator)
        board = SealBoard(store, own: own)
    }

    /// Writes the object of a session.
    private func open(
        _ id: SessionID, lease: UInt32, bytes: [UInt8] = []
    ) throws -> ProtocolMarker {
        let marker = ProtocolMarker.session(id, leaseInSeconds: lease)
        try store.put(ObjectKey(marker.name), ObjectBody(bytes))
        return marker
    }

    private func ids(_ count: Int, seed: UInt64) -> [SessionID] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in SessionID(using: &generator) }
    }

    private func view() throws -> RepositoryView { try RepositoryView.list(in: store) }

    private func later(_ seconds: Int64) -> StoreTime {
        StoreTime(seconds: Self.now + seconds)
    }

    /// Whether a session was declared dead by the board for this reason.
    private func isDead(_ id: SessionID, _ reason: String) throws -> Bool {
        let bytes = try store.get(ObjectKey(ProtocolMarker.dead(id).name), .whole).array
        let record = DeathRecord(session: id, declaredBy: own, reason: reason)
        return bytes == DocumentCodec.encode(record, hash: SHA256.digest)
    }

    @Test(arguments: [(0, false), (100, false), (101, true)])
    func `a session is dead when more than its lease has passed`(
        age: Int64, isDead: Bool
    ) throws {
        let id = ids(1, seed: 1)[0]
        let marker = try open(id, lease: 100)
        let left = try board.end([id], view(), now: later(age))
        #expect(left.map(\.marker) == (isDead ? [] : [marker]))
        #expect(try view().hasEnded(id) == isDead)
        #expect(try (view().dead[id] != nil) == isDead)
    }

    @Test func `who declares a session dead says why`() throws {
        let id = ids(1, seed: 2)[0]
        _ = try open(id, lease: 100)
        _ = try board.end([id], view(), now: later(500))
        #expect(
            try isDead(id, "it was opened 500 seconds ago, its lease is 100 seconds"))
    }

    @Test func `without a clock nobody's lease is over, but one of 0`() throws {
        let all = ids(2, seed: 3)
        let marker = try open(all[0], lease: 1)
        _ = try open(all[1], lease: 0)
        let left = try board.end(all, view(), now: nil)
        #expect(left.map(\.marker) == [marker])
        #expect(try view().dead.keys.sorted() == [all[1]])
        #expect(try isDead(all[1], "its lease is 0: it looks after itself"))
    }

    @Test func `who has no lease is left alone when that is asked for`() throws {
        let all = ids(2, seed: 4)
        let spared = try open(all[0], lease: 0)
        _ = try open(all[1], lease: 10)
        let left = try board.end(all, view(), now: later(11), sparing: .withoutLease)
        #expect(left.map(\.marker) == [spared])
        #expect(try view().dead.keys.sorted() == [all[1]])
    }

    @Test func `one's own session and those that have ended are not waited for`() throws {
        let all = ids(3, seed: 5)
        _ = try open(own, lease: 0)
        _ = try open(all[0], lease: 1000)
        try store.put(ObjectKey(ProtocolMarker.closed(all[0]).name), ObjectBody([]))
        _ = try open(all[1], lease: 1000)
        try store.put(ObjectKey(ProtocolMarker.dead(all[1]).name), ObjectBody([]))
        // The third one's object is gone.
        let before = try store.list(prefix: ObjectNames.indexes)
        let left = try board.end([own] + all, view(), now: later(1_000_000))
        #expect(left.isEmpty)
        #expect(try store.list(prefix: ObjectNames.indexes) == before)
    }

    @Test func `people are told who it is, and for how long`() throws {
        let all = ids(3, seed: 6)
        let record = SessionRecord(
            id: all[0], host: "alpha", process: 77, tool: "varve test", purpose: "snapshot")
        _ = try open(
            all[0], lease: 100, bytes: DocumentCodec.encode(record, hash: SHA256.digest))
        // One whose object says nothing, and one whose lease was over long ago.
        _ = try open(all[1], lease: 100, bytes: [1, 2, 3])
        _ = try open(all[2], lease: 5)
        let view = try view()
        let sessions = all.compactMap { view.sessions[$0] }
        let told = board.describe(sessions, view, now: later(30))
        #expect(told.map(\.owner)[0] == "snapshot on alpha, process 77")
        #expect(told.map(\.owner)[1] == "session.\(all[1]).100")
        #expect(told.map(\.secondsLeft) == [70, 70, 0])
        #expect(board.describe(sessions, view, now: nil).allSatisfy { $0.secondsLeft == nil })
    }
}
