import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

/// How the index and loaders use a store that keeps copies.
struct CachedReadingTests {
    private let memory = MemoryStore()
    private let data: ChunkID
    private let listing: ChunkID

    init() throws {
        var generator = SeededGenerator(seed: 1)
        let identity = generator.sessionIdentity()
        (data, listing) = try saveChunks(to: memory, identity, compression: .off) { saver in
            let streams = [try saver.makeStream(.data), try saver.makeStream(.metadata)]
            let ids = streams.map { $0.save(generator.bytes(100)) }
            for stream in streams { stream.flush() }
            return (ids[0], ids[1])
        }
    }

    private func expected(_ id: ChunkID) throws -> [UInt8] {
        try memory.makeLoader().load(id)
    }

    @Test func `blocks of listings are read through the view for listings, no others`() throws {
        let store = KeepingStore(memory)
        for _ in 0..<2 {
            let loader = try store.makeLoader()
            _ = try loader.load(data)
            _ = try loader.load(listing)
        }
        #expect(store.kept.count == 1)
        // The second loader has the listing from the copy, and the data from the store.
        #expect(store.reads == 3)
    }

    @Test func `a copy that is wrong is let go of, and the store read again`() throws {
        let store = KeepingStore(memory)
        _ = try store.makeLoader().load(listing)
        store.damageCopies()
        #expect(try store.makeLoader().load(listing) == expected(listing))
        #expect(try store.makeLoader().load(listing) == expected(listing))
        #expect(store.distrusted == 1)
    }

    @Test func `what is wrong in the store itself is damage, after one more look`() throws {
        let faulty = FaultyStore(memory)
        let pack = try #require(memory.list(prefix: ObjectNames.packs).first?.key)
        let location = try #require(memory.openIndex().locations(of: listing).first)
        try faulty.flip(pack, bit: 8 * Int(location.block.offset + location.offset) + 3)
        let store = KeepingStore(faulty)
        for _ in 0..<2 {
            let loader = try store.makeLoader()
            #expect(throws: repositoryError(.damaged)) { try loader.load(listing) }
        }
        faulty.heal()
        #expect(try store.makeLoader().load(listing) == expected(listing))
    }

    @Test func `a table that the store has verified is not hashed again`() throws {
        let table = try #require(memory.list(prefix: ObjectNames.indexes).first?.key)
        var bytes = try memory.get(table, .whole).array
        // The last byte belongs to the last entry, which nobody reads here.
        bytes[bytes.count - 1] ^= 1
        memory.put(table, ObjectBody(bytes))
        #expect(try memory.openIndex().damagedTables.count == 1)
        #expect(try VerifyingStore(memory).openIndex().damagedTables.isEmpty)
    }

    @Test func `an index lists its tables by itself, when it is used for the first time`() throws {
        let recorder = RecordingStore(memory)
        let index = ChunkIndex(nil, in: recorder)
        #expect(recorder.calls.isEmpty)
        try index.prepare()
        try index.prepare()
        #expect(recorder.calls.map(\.operation) == [.list, .get])
        #expect(index.contains(data))
    }

    @Test func `several tables are opened, largest first, whatever order they come in`() throws {
        var generator = SeededGenerator(seed: 2)
        var ids = [data, listing]
        for count in [30, 1000, 5] {
            let chunks = generator.array(count...count) { $0.bytes(20) }
            ids += try saveChunks(chunks, to: memory, generator.sessionIdentity())
        }
        let index = try memory.openIndex()
        #expect(
            index.tables.map(\.table.chunkCount).sorted(by: >)
                == index.tables.map {
                    $0.table.chunkCount
                })
        for id in ids { #expect(index.contains(id)) }
    }
}

/// Keeps what is read as listings, as the cache on the disk does.
private final class KeepingStore: ObjectStore {
    private struct Part: Hashable {
        let key: ObjectKey
        let range: ObjectRange
    }

    private struct State {
        var kept: [Part: [UInt8]] = [:]
        var reads = 0
        var distrusted = 0
    }

    private final class View: ObjectStore {
        let store: KeepingStore
        init(_ store: KeepingStore) { self.store = store }
        var location: String { store.location }
        @discardableResult
        func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
            try store.put(key, body)
        }
        func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
            try store.keep(key, range)
        }
        func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }
        func list(prefix: String) throws(StoreError) -> [ListedObject] {
            try store.list(prefix: prefix)
        }
        func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
    }

    private let store: any ObjectStore
    private let state = Mutex(State())

    init(_ store: any ObjectStore) { self.store = store }

    var kept: [[UInt8]] { state.withLock { Array($0.kept.values) } }
    var reads: Int { state.withLock { $0.reads } }
    var distrusted: Int { state.withLock { $0.distrusted } }
    var location: String { store.location }
    var listings: any ObjectStore { View(self) }

    func damageCopies() {
        state.withLock { state in state.kept = state.kept.mapValues { $0.map { $0 ^ 4 } } }
    }

    func keep(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        let part = Part(key: key, range: range)
        if let bytes = state.withLock({ $0.kept[part] }) { return ObjectBytes(copying: bytes) }
        let bytes = try get(key, range)
        state.withLock { $0.kept[part] = bytes.array }
        return bytes
    }

    func distrust(_ key: ObjectKey) -> Bool {
        state.withLock { state in
            let count = state.kept.count
            state.kept = state.kept.filter { $0.key.key != key }
            state.distrusted += count == state.kept.count ? 0 : 1
            return count != state.kept.count
        }
    }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        if ObjectNames.packID(key.description) != nil { state.withLock { $0.reads += 1 } }
        return try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

/// Says that it has verified whatever it maps.
private final class VerifyingStore: ObjectStore {
    private let store: MemoryStore

    init(_ store: MemoryStore) { self.store = store }

    var location: String { store.location }
    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) -> StoreTime? { store.put(key, body) }
    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }
    func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        let bytes = try store.get(key, .whole)
        return ObjectBytes(bytes: bytes.bytes, owner: bytes, proof: .hashed)
    }
    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }
    func list(prefix: String) -> [ListedObject] { store.list(prefix: prefix) }
    func delete(_ keys: [ObjectKey]) { store.delete(keys) }
}
