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

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Snapshots, forgetting and prunes all at once, with sessions that may be declared dead at any
/// moment: nothing that was reported as made is lost.
struct RaceTests {
    /// Lets other threads go first at moments that a seed chooses, and dies at one of its calls.
    private final class UnsteadyStore: ObjectStore {
        private struct State {
            var generator: SeededGenerator
            var left: Int
        }

        private let store: any ObjectStore
        private let state: Mutex<State>

        /// - Parameter calls: how many calls are answered.
        init(_ store: any ObjectStore, seed: UInt64, calls: Int = .max) {
            self.store = store
            state = Mutex(State(generator: SeededGenerator(seed: seed), left: calls))
        }

        var location: String { store.location }

        private func step(_ operation: StoreError.Operation) throws(StoreError) {
            let (pauses, isDead) = state.withLock { state in
                state.left -= 1
                return (Int(state.generator.next() % 40), state.left < 0)
            }
            for _ in 0..<pauses { sched_yield() }
            if isDead { throw StoreError(.unreachable, operation, "", cause: "the process died") }
        }

        @discardableResult
        func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
            try step(.put)
            return try store.put(key, body)
        }

        func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
            try step(.get)
            return try store.get(key, range)
        }

        func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
            try step(.head)
            return try store.head(key)
        }

        func list(prefix: String) throws(StoreError) -> [ListedObject] {
            try step(.list)
            return try store.list(prefix: prefix)
        }

        func delete(_ keys: [ObjectKey]) throws(StoreError) {
            // As servers do: one after the other, and others see each.
            for key in keys {
                try step(.delete)
                try store.delete([key])
            }
        }
    }

    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox(seed: 65, averageChunkInBytes: 4096)
        sandbox.leaseInSeconds = 0
    }

    /// Errors with which a run may end when others are at work, or when it dies.
    private func attempt(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as RepositoryError where error.code == .changed {
            return
        } catch let error as StoreError where error.code == .unreachable {
            return
        }
    }

    @Test(arguments: seeds(count: 8), [false, true])
    func `no snapshot that was made is lost`(seed: UInt64, sharesSessions: Bool) throws {
        // Sessions that stand go only when a prune of the same machine closes them.
        if sharesSessions { sandbox.leaseInSeconds = 3600 }
        let caches = (0..<2).map { sandbox.freshPath("cache-\($0)") }
        let standing = caches.map { cache in
            sharesSessions ? sandbox.standingSession(cache: cache.bytes) : nil
        }
        let made = Mutex<Set<SnapshotID>>([])
        let forgotten = Mutex<Set<SnapshotID>>([])
        let working = Monitor(2)
        try withThreads { threads in
            for number in 0..<2 {
                threads.spawn {
                    defer { working.update { $0 -= 1 } }
                    try makeSnapshots(
                        number, seed, caches[number], standing[number], made, forgotten)
                }
            }
            for number in 0..<2 {
                threads.spawn {
                    var generator = SeededGenerator(seed: seed * 31 + UInt64(number))
                    while working.read({ $0 > 0 }) {
                        let dies = Int.random(in: 0..<3, using: &generator) == 0
                        let calls = dies ? Int.random(in: 1..<60, using: &generator) : .max
                        let store = UnsteadyStore(
                            sandbox.store, seed: generator.next(), calls: calls)
                        try attempt {
                            try sandbox.prune(through: store, standing: standing[number])
                        }
                    }
                }
            }
        }
        let left = made.withLock { $0 }.subtracting(forgotten.withLock { $0 })
        let there = Set(try sandbox.manifests().map(\.id))
        #expect(there.isSuperset(of: left), "seed \(seed)")
        for id in left.sorted() {
            let run = try sandbox.restore(id)
            #expect(run.failed.isEmpty && run.damaged.isEmpty, "seed \(seed), \(id)")
            try run.target.remove()
        }
        for _ in 0..<3 { try sandbox.prune() }
        for id in left.sorted() {
            let run = try sandbox.restore(id)
            #expect(run.failed.isEmpty && run.damaged.isEmpty, "seed \(seed), \(id)")
            try run.target.remove()
        }
    }

    private func makeSnapshots(
        _ number: Int, _ seed: UInt64, _ cache: DiskPath, _ standing: StandingSession?,
        _ made: borrowing Mutex<Set<SnapshotID>>,
        _ forgotten: borrowing Mutex<Set<SnapshotID>>
    ) throws {
        var generator = SeededGenerator(seed: seed * 17 + UInt64(number))
        // Both take much the same bytes, so that each relies on the other's packs.
        var shared = SeededGenerator(seed: 66)
        let pieces = (0..<6).map { _ in shared.bytes(9_000) }
        let source = sandbox.freshPath("source-\(number)")
        try source.makeDirectory()
        var own: [SnapshotID] = []
        for _ in 0..<12 {
            let name = "file-\(Int.random(in: 0..<4, using: &generator))"
            let piece = pieces[Int.random(in: 0..<6, using: &generator)]
            try source.appending(name).write(piece)
            let store = UnsteadyStore(sandbox.store, seed: generator.next())
            try attempt {
                let run = try sandbox.snapshot(through: store, standing: standing) { settings in
                    settings.sources = [source.bytes]
                    settings.cacheDirectory = cache.bytes
                    settings.host = "host-\(number)"
                }
                own.append(run.report.id)
                made.withLock { _ = $0.insert(run.report.id) }
            }
            if own.count > 2 {
                let gone = own.removeFirst()
                forgotten.withLock { _ = $0.insert(gone) }
                try sandbox.forget([gone])
            }
        }
    }
}
