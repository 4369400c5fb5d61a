import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// Several packs on their way at once.
struct ParallelUploadTests {
    /// Small packs, so that a test makes many.
    private static let uploads = UploadSettings(
        packTargetInBytes: 20_000, threadCount: 4, bytesInFlight: 100_000)

    /// Saves so many chunks of 8,000 bytes; two fill a pack.
    private func save(
        _ count: Int, to store: any ObjectStore, seed: UInt64 = 1,
        uploads: UploadSettings = ParallelUploadTests.uploads
    ) throws -> [ChunkID: [UInt8]] {
        var generator = SeededGenerator(seed: seed)
        let identity = generator.sessionIdentity()
        return try saveChunks(to: store, identity, compression: .off, uploads: uploads) { saver in
            var saved: [ChunkID: [UInt8]] = [:]
            let stream = try saver.makeStream(.data)
            for _ in 0..<count {
                let bytes = generator.bytes(8000)
                saved[stream.save(bytes)] = bytes
                // A block for each chunk.
                stream.flush()
            }
            return saved
        }
    }

    private func check(_ store: any ObjectStore, _ chunks: [ChunkID: [UInt8]]) throws {
        let loader = try store.makeLoader()
        for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
    }

    @Test func `as many packs are sent at once as there are threads`() throws {
        let store = CrowdedStore(crowd: 4)
        let chunks = try save(40, to: store)
        #expect(store.most.count == 4)
        try check(store, chunks)
        #expect(try store.names(ObjectNames.packs).count == 20)
    }

    @Test func `what is in flight is bounded in bytes, waiting packs included`() throws {
        var uploads = Self.uploads
        uploads.bytesInFlight = 40_000
        let store = CrowdedStore(crowd: 2)
        let chunks = try save(40, to: store, uploads: uploads)
        #expect(store.most.count == 2)
        #expect(store.most.bytes <= 40_000)
        try check(store, chunks)
    }

    @Test func `a pack that is larger than all that may be in flight is sent alone`() throws {
        var uploads = Self.uploads
        uploads.bytesInFlight = 1
        let store = CrowdedStore(crowd: 1)
        let chunks = try save(10, to: store, uploads: uploads)
        #expect(store.most.count == 1)
        try check(store, chunks)
    }

    @Test func `a table lists only packs whose PUT was answered, at any moment`() throws {
        let store = WitnessStore()
        // Enough for several tables on the way.
        let chunks = try save(100, to: store)
        try check(store, chunks)
        #expect(store.tablesSeen >= 3)
        #expect(store.earlyPacks == [])
    }

    @Test(arguments: FaultyStore.Fault.Timing.allCases, [false, true])
    func `whichever PUT fails the run ends, and nothing listed is missing`(
        timing: FaultyStore.Fault.Timing, isPermanent: Bool
    ) throws {
        let memory = MemoryStore()
        let committed = try save(4, to: memory, seed: 5)
        var call = 0
        while true {
            call += 1
            try #require(call < 60)
            let fault = FaultyStore.Fault(
                .put, call: call, isPermanent: isPermanent, timing: timing, code: .noSpace)
            let faulty = FaultyStore(memory, fault)
            do {
                _ = try save(40, to: faulty, seed: UInt64(10 + call))
                #expect(!faulty.hasFailed)
                break
            } catch {
                #expect(error as? StoreError == storeError(.noSpace))
            }
            let index = try memory.openIndex()
            #expect(index.damagedTables.isEmpty)
            let packs = Set(try memory.names(ObjectNames.packs))
            for table in index.tables {
                for number in 0..<table.table.packCount {
                    #expect(packs.contains(ObjectNames.pack(table.table.packID(number))))
                }
            }
            try check(memory, committed)
        }
        // Twenty packs, a table after sixteen of them, one at the end.
        #expect(call == 23)
        try check(memory, save(40, to: memory, seed: 99))
    }

    @Test func `the values for a network fit the memory that a run may take`() {
        let network = UploadSettings.network
        let filling = 2 * network.packTargetInBytes
        #expect(network.bytesInFlight + filling <= 128 * 1024 * 1024)
        #expect(network.bytesInFlight >= network.threadCount * network.packTargetInBytes)
    }
}

/// Keeps the first packs waiting until so many are being sent at once.
private final class CrowdedStore: ObjectStore {
    struct Most {
        var count = 0
        var bytes = 0
    }

    private struct State {
        var count = 0
        var bytes = 0
        var most = Most()
    }

    private let memory = MemoryStore()
    private let state = Monitor(State())
    private let crowd: Int

    init(crowd: Int) { self.crowd = crowd }

    var most: Most { state.read { $0.most } }
    var location: String { memory.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) -> StoreTime? {
        guard ObjectNames.packID(key.description) != nil else { return memory.put(key, body) }
        // The trailer is not part of what the saver counts.
        let size = body.parts.dropLast().reduce(0) { $0 + $1.count }
        state.update { state in
            state.count += 1
            state.bytes += size
            state.most.count = max(state.most.count, state.count)
            state.most.bytes = max(state.most.bytes, state.bytes)
        }
        // Once there was a crowd nobody has to wait for another one.
        state.wait { $0.most.count >= crowd ? () : nil }
        let time = memory.put(key, body)
        state.update { state in
            state.count -= 1
            state.bytes -= size
        }
        return time
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try memory.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try memory.head(key) }

    func list(prefix: String) -> [ListedObject] { memory.list(prefix: prefix) }

    func delete(_ keys: [ObjectKey]) { memory.delete(keys) }
}

/// Looks, at each PUT of a table, whether the packs that it lists were answered.
private final class WitnessStore: ObjectStore {
    private struct State {
        var answered: Set<PackID> = []
        var early: [PackID] = []
        var tables = 0
    }

    private let memory = MemoryStore()
    private let state = Mutex(State())

    var tablesSeen: Int { state.withLock { $0.tables } }
    var earlyPacks: [PackID] { state.withLock { $0.early } }
    var location: String { memory.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        if ObjectNames.tableID(key.description) != nil {
            let bytes = ObjectBytes(copying: body)
            guard let table = try? IndexTable(bytes.bytes) else {
                throw StoreError(.inputOutput, .put, key.description, cause: "not a table")
            }
            let packs = withExtendedLifetime(bytes) {
                (0..<table.packCount).map { table.packID($0) }
            }
            state.withLock { state in
                state.tables += 1
                state.early += packs.filter { !state.answered.contains($0) }
            }
        }
        let time = memory.put(key, body)
        if let pack = ObjectNames.packID(key.description) {
            state.withLock { _ = $0.answered.insert(pack) }
        }
        return time
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try memory.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try memory.head(key) }

    func list(prefix: String) -> [ListedObject] { memory.list(prefix: prefix) }

    func delete(_ keys: [ObjectKey]) { memory.delete(keys) }
}
