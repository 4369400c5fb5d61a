import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

@testable import ChunkStorage

/// A table that was only remembered to be right may be damaged all the same.
struct RememberedTableTests {
    private let memory = FaultyStore(MemoryStore())
    private let store: RememberingStore
    private let chunks: [ChunkID: [UInt8]]
    private let tables: [ObjectKey]

    init() throws {
        store = RememberingStore(memory)
        var generator = SeededGenerator(seed: 410)
        var chunks: [ChunkID: [UInt8]] = [:]
        for _ in 0..<2 {
            let saved = generator.array(6...6) { $0.text(50) }
            let ids = try saveChunks(saved, to: memory, generator.sessionIdentity())
            for (id, bytes) in zip(ids, saved) { chunks[id] = bytes }
        }
        self.chunks = chunks
        tables = try memory.list(prefix: ObjectNames.indexes).map(\.key)
        try #require(tables.count == 2)
    }

    /// Where the header, the pack and the block of a table of one pack with one block end.
    private static let checkedBytes = 80 + 48 + 20

    @Test func `every chunk is read, whichever bit behind the header is wrong`() throws {
        let size = Int(try memory.head(tables[0]))
        for byte in Self.checkedBytes..<size {
            try memory.flip(tables[0], bit: 8 * byte + byte % 8)
            let index = try store.openIndex()
            #expect(index.damagedTables.isEmpty)
            let loader = try store.makeLoader(index)
            for (id, bytes) in chunks { #expect(try loader.load(id) == bytes, "byte \(byte)") }
        }
    }

    @Test func `a chunk that is missing is looked for once more, and only once`() throws {
        var generator = SeededGenerator(seed: 411)
        try memory.flip(tables[0], bit: 8 * (Int(memory.head(tables[0])) - 1))
        let index = try store.openIndex()
        let loader = try store.makeLoader(index)
        for _ in 0..<3 {
            #expect(throws: repositoryError(.damaged)) { try loader.load(generator.chunkID()) }
        }
        #expect(index.tables.filter { $0.id == nil }.count == 1)
        for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
    }

    @Test func `nothing is looked at twice when the tables are right`() throws {
        let index = try store.openIndex()
        #expect(index.tables.filter(\.isRemembered).count == 2)
        #expect(try !index.doubtOnce())
        #expect(index.tables.count == 2)
    }

    @Test func `a damaged table is not merged into a new one`() throws {
        var generator = SeededGenerator(seed: 412)
        // The third table would take in both.
        _ = try saveChunks([generator.text(60)], to: memory, generator.sessionIdentity())
        let size = Int(try memory.head(tables[0]))
        try memory.flip(tables[0], bit: 8 * (size - 8))
        try saveChunks([generator.text(70)], to: store, generator.sessionIdentity())
        let left = try Set(memory.list(prefix: ObjectNames.indexes).map(\.key))
        #expect(left.contains(tables[0]))
        #expect(!left.contains(tables[1]))
        let loader = try memory.makeLoader()
        for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
    }
}

/// Remembers whatever it maps as verified.
private final class RememberingStore: ObjectStore {
    private let store: FaultyStore

    init(_ store: FaultyStore) { self.store = store }

    var location: String { store.location }
    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }
    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }
    func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        let bytes = try store.map(key)
        return ObjectBytes(bytes: bytes.bytes, owner: bytes, proof: .remembered)
    }
    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }
    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }
    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}
