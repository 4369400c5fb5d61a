import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Lets no part of a pack come before so many requests are under way; then all at once. When that
/// takes very long, it lets them come all the same.
private final class GatedStore: ObjectStore {
    private let store: any ObjectStore
    private let wanted: Int
    private let underWay = Monitor((now: 0, most: 0))

    init(_ store: any ObjectStore, wanted: Int) {
        self.store = store
        self.wanted = wanted
    }

    /// The most that were under way at once.
    var most: Int { underWay.read { $0.most } }

    var location: String { store.location }

    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func get(
        _ key: ObjectKey, _ range: PartedRange, to receiver: any PartReceiver
    ) throws(StoreError) {
        underWay.update { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
        defer { underWay.update { $0.now -= 1 } }
        let start = ContinuousClock.now
        while underWay.read({ $0.most < wanted }), ContinuousClock.now - start < .seconds(60) {
            usleep(1000)
        }
        try store.get(key, range, to: receiver)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

struct RequestsInFlightTests {
    /// Sixteen requests wait for their first byte, although there is memory for two parts only.
    @Test func `as many requests are under way as the settings say, whatever the memory`() throws {
        let sandbox = try Sandbox(seed: 53)
        var generator = SeededGenerator(seed: 53)
        try sandbox.source.appending("large").write(generator.bytes(40_000_000))
        let id = try sandbox.snapshot().report.id
        var reading = ReadSettings.network
        #expect(reading.requestsInFlight == 16)
        reading.partInBytes = 1024 * 1024
        reading.bytesInFlight = 2 * reading.partInBytes
        let settings = reading
        let gate = GatedStore(sandbox.store, wanted: 16)
        let run = try sandbox.restore(id, through: gate) { $0.reading = settings }
        #expect(try compareTrees(sandbox.source, run.target) == [])
        #expect(gate.most == 16)
    }
}
