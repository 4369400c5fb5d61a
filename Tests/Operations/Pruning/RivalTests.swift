import ChunkStorage
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// Prunes at the same time whose sessions have no lease, so that each may declare the other dead.
struct RivalTests {
    /// Lets several runs send their requests one at a time, in an order that a seed chooses.
    private final class Turns: Sendable {
        private struct State {
            var generator: SeededGenerator
            /// The runs that go on, each with how many of its threads wait for a turn.
            var waiting: [Int: Int]
            var turn: Int?
            var isTaken = false
        }

        private let state: Monitor<State>

        init(_ runs: Range<Int>, seed: UInt64) {
            let waiting = Dictionary(uniqueKeysWithValues: runs.map { ($0, 0) })
            state = Monitor(
                State(generator: SeededGenerator(seed: seed), waiting: waiting, turn: nil))
        }

        private static func choose(_ state: inout State) {
            guard state.turn == nil, !state.waiting.isEmpty,
                state.waiting.values.allSatisfy({ $0 > 0 })
            else { return }
            state.turn = state.generator.pick(state.waiting.keys.sorted())
        }

        /// Waits until all runs want something, and this one is chosen.
        func take(_ run: Int) {
            state.update { state in
                state.waiting[run, default: 0] += 1
                Self.choose(&state)
            }
            state.wait { state -> Void? in
                guard state.turn == run, !state.isTaken else { return nil }
                state.isTaken = true
                return ()
            }
        }

        func give(_ run: Int) {
            state.update { state in
                state.waiting[run, default: 1] -= 1
                (state.turn, state.isTaken) = (nil, false)
                Self.choose(&state)
            }
        }

        /// The run wants nothing any more.
        func leave(_ run: Int) {
            state.update { state in
                state.waiting[run] = nil
                Self.choose(&state)
            }
        }
    }

    private final class TurnStore: ObjectStore {
        private let store: any ObjectStore
        private let turns: Turns
        private let run: Int

        init(_ store: any ObjectStore, _ turns: Turns, run: Int) {
            self.store = store
            self.turns = turns
            self.run = run
        }

        var location: String { store.location }

        private func inTurn<Result>(
            _ body: () throws(StoreError) -> Result
        ) throws(StoreError) -> Result {
            turns.take(run)
            defer { turns.give(run) }
            return try body()
        }

        @discardableResult
        func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
            try inTurn { () throws(StoreError) in try store.put(key, body) }
        }

        func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
            try inTurn { () throws(StoreError) in try store.get(key, range) }
        }

        func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
            try inTurn { () throws(StoreError) in try store.head(key) }
        }

        func list(prefix: String) throws(StoreError) -> [ListedObject] {
            try inTurn { () throws(StoreError) in try store.list(prefix: prefix) }
        }

        func delete(_ keys: [ObjectKey]) throws(StoreError) {
            try inTurn { () throws(StoreError) in try store.delete(keys) }
        }
    }

    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox(seed: 241, averageChunkInBytes: 4096)
        sandbox.leaseInSeconds = 0
    }

    /// A snapshot that stays and what others have left that is forgotten.
    private func makeHistory() throws -> SnapshotID {
        var generator = SeededGenerator(seed: 241)
        try sandbox.source.appending("stays").write(generator.bytes(20_000))
        let ids = try (0..<3).map { _ in
            try sandbox.source.appending("changes").write(generator.bytes(40_000))
            return try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
        }
        try sandbox.forget(Array(ids.dropLast()))
        return ids[2]
    }

    @Test(arguments: seeds(count: 30))
    func `both get through`(seed: UInt64) throws {
        let kept = try makeHistory()
        let turns = Turns(0..<2, seed: seed)
        let deleted = Atomic(0)
        try withThreads { threads in
            for run in 0..<2 {
                threads.spawn {
                    defer { turns.leave(run) }
                    let store = TurnStore(sandbox.store, turns, run: run)
                    let report = try sandbox.prune(through: store)
                    deleted.add(report.deletedPacks, ordering: .relaxed)
                }
            }
        }
        #expect(deleted.load(ordering: .relaxed) > 0)
        #expect(try sandbox.differences(kept) == [])
        // What one has begun and given up is taken up by the next ones.
        for _ in 0..<4 { try sandbox.prune() }
        let left = try sandbox.names(ObjectNames.indexes)
        #expect(left.allSatisfy { ObjectNames.tableID($0) != nil || $0.contains("/dead.") })
        #expect(try sandbox.check().problems == [])
        #expect(try sandbox.differences(kept) == [])
    }

    /// Opens a session that nobody closes.
    private func openOther() throws -> SessionID {
        try Session.open(in: sandbox.open(), sandbox.session, purpose: "test of rivals").id
    }

    @Test func `who has no lease lives until packs are condemned`() throws {
        let kept = try makeHistory()
        let other = try openOther()
        try sandbox.forget([kept])
        let died = Mutex<[Bool]>([])
        let store = HookedStore(sandbox.store, counted: [.put]) { [sandbox] call in
            guard call.subject.contains("/condemned.") || call.subject.contains("/sealed.") else {
                return
            }
            do {
                let view = try RepositoryView.list(in: sandbox.store)
                died.withLock { $0.append(view.dead[other] != nil) }
            } catch { Issue.record("\(error)") }
        }
        let report = try sandbox.prune(through: store)
        #expect(died.withLock { $0 } == [false, true])
        #expect(report.deletedPacks > 0 && report.waitingPacks == 0)
    }

    @Test func `a prune with nothing to condemn declares nobody dead`() throws {
        _ = try makeHistory()
        for _ in 0..<3 { try sandbox.prune() }
        let other = try openOther()
        let puts = Mutex<[String]>([])
        let store = HookedStore(sandbox.store, counted: [.put]) { call in
            puts.withLock { $0.append(call.subject) }
        }
        try sandbox.prune(through: store)
        #expect(puts.withLock { $0 }.allSatisfy { !$0.contains("/dead.") })
        #expect(try RepositoryView.list(in: sandbox.store).dead[other] == nil)
    }

    @Test func `a prune that is dead itself declares nobody dead, and begins anew`() throws {
        let kept = try makeHistory()
        try sandbox.forget([kept])
        let other = try openOther()
        let events = Mutex<[String]>([])
        let inner = sandbox.store
        let store = HookedStore(inner, counted: [.put]) { call in
            let words = call.subject.dropFirst(ObjectNames.indexes.count).split(separator: ".")
            guard call.subject.hasPrefix(ObjectNames.indexes), words.count > 1 else { return }
            let isFirst = events.withLock { events in
                events.append("\(words[0])" + (words[1] == "\(other)" ? " other" : ""))
                return events.count { $0 == "condemned" } == 1
            }
            guard words[0] == "condemned", isFirst else { return }
            do {
                // Somebody else was faster.
                let view = try RepositoryView.list(in: inner)
                for id in view.openSessions where id != other {
                    try inner.put(ObjectKey(ProtocolMarker.dead(id).name), ObjectBody([]))
                }
            } catch { Issue.record("\(error)") }
        }
        let report = try sandbox.prune(through: store)
        let seen = events.withLock { $0 }
        #expect(seen.count { $0 == "session" } == 2)
        // Under the second session only, and then what the first one has condemned goes.
        let death = try #require(seen.firstIndex(of: "dead other"))
        let second = try #require(seen.lastIndex(of: "session"))
        #expect(death > second)
        #expect(report.deletedPacks > 0 && report.waitingPacks == 0)
        #expect(try sandbox.names(ObjectNames.packs) == [])
    }
}
