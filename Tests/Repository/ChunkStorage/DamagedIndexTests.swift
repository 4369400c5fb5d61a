import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// An index table is a claim; the trailers of the packs are the truth.
struct DamagedIndexTests {
    private let store = FaultyStore(MemoryStore())
    private let chunks: [ChunkID: [UInt8]]
    private let tables: [ObjectKey]

    /// Two sessions, so two packs and two tables.
    init() throws {
        var generator = SeededGenerator(seed: 1)
        var chunks: [ChunkID: [UInt8]] = [:]
        for _ in 0..<2 {
            let saved = generator.array(4...4) { $0.text(50) }
            let ids = try saveChunks(saved, to: store, generator.sessionIdentity())
            for (id, bytes) in zip(ids, saved) { chunks[id] = bytes }
        }
        self.chunks = chunks
        tables = try store.list(prefix: ObjectNames.indexes).map(\.key)
        try #require(tables.count == 2)
    }

    private func checkAllChunks(_ index: ChunkIndex) throws {
        let loader = try store.makeLoader(index)
        for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
    }

    private func tableID(_ number: Int) -> TableID? {
        ObjectNames.tableID(tables[number].description)
    }

    @Test func aTableWithAnyFlippedByteIsFoundOutAndReplacedByTrailers() throws {
        let size = Int(try store.head(tables[0]))
        for byte in 0..<size {
            try store.flip(tables[0], bit: 8 * byte + byte % 8)
            let index = try store.openIndex()
            #expect(index.damagedTables.map(\.id) == [tableID(0)])
            #expect(index.recoveredPacks.count == 1)
            if byte % 40 == 0 { try checkAllChunks(index) }
        }
    }

    @Test(arguments: [0, 1, 79, 80, 200])
    func aTruncatedTableIsReplacedByTrailers(count: Int) throws {
        try store.truncate(tables[1], to: count)
        let index = try store.openIndex()
        #expect(index.damagedTables.map(\.id) == [tableID(1)])
        try checkAllChunks(index)
    }

    @Test func aTableOfAnotherNameIsNotBelieved() throws {
        store.alter(tables[0], try store.read(tables[1].description))
        let index = try store.openIndex()
        #expect(index.damagedTables.map(\.id) == [tableID(0)])
        try checkAllChunks(index)
    }

    @Test func lostTablesAreReplacedByTrailersWhenAChunkIsMissing() throws {
        try store.delete(tables)
        let recording = RecordingStore(store)
        let index = try recording.openIndex()
        #expect(index.tables.isEmpty)
        try checkAllChunks(index)
        // Looking through the packs happens once, also when it does not help.
        let loader = try recording.makeLoader(index)
        recording.clear()
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<3 {
            let id = generator.chunkID()
            #expect(throws: repositoryError(.damaged)) { try loader.load(id) }
        }
        #expect(!recording.calls.contains { $0.operation == .list })
    }

    @Test func aTableThatWentAwaySinceTheListingIsNoDamage() throws {
        store.lose(tables[0])
        let index = try store.openIndex()
        #expect(index.damagedTables.isEmpty)
        #expect(index.tables.count == 1)
        try checkAllChunks(index)
    }

    @Test func aTableThatWasMergedSinceTheListingIsFoundInTheOneThatContainsIt() throws {
        let index = try store.makeIndex()
        var generator = SeededGenerator(seed: 3)
        var builder = IndexTableBuilder(
            session: SessionID(using: &generator), nonce: Nonce(using: &generator))
        let open = try store.openIndex().tables
        for table in open { builder.add(table.table) }
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        try store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
        try store.delete(tables)
        let recording = RecordingStore(store)
        try index.prepare()
        #expect(index.tables.map(\.id) == [id])
        // No trailer had to be read for that.
        #expect(index.recoveredPacks.isEmpty)
        let loader = try recording.makeLoader(index)
        for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
        #expect(!recording.calls.contains { $0.operation == .list })
    }

    @Test func packsThatWentAwaySinceTheListingAreNoDamage() throws {
        try store.flip(tables[0], bit: 100)
        for key in try store.list(prefix: ObjectNames.packs).map(\.key) { store.lose(key) }
        let index = try store.openIndex()
        #expect(index.damagedTables.count == 1)
        #expect(index.recoveredPacks.isEmpty)
    }

    @Test func packsWithDamagedTrailersAreLeftOut() throws {
        try store.delete(tables)
        let pack = try #require(store.list(prefix: ObjectNames.packs).first)
        try store.flip(pack.key, bit: 8 * Int(pack.sizeInBytes) - 100)
        let index = try store.openIndex()
        let loader = try store.makeLoader(index)
        var found = 0
        for (id, bytes) in chunks {
            do {
                #expect(try loader.load(id) == bytes)
                found += 1
            } catch {
                #expect(error as? RepositoryError == repositoryError(.damaged))
            }
        }
        #expect(found == chunks.count / 2)
    }

    @Test func foreignObjectsBesideTablesAndPacksAreNoDamage() throws {
        try store.put("indexes/session.123", [1])
        try store.put("packs/00/readme", [1])
        try store.delete([tables[0]])
        let index = try store.openIndex()
        #expect(index.damagedTables.isEmpty)
        try checkAllChunks(index)
    }

    @Test func aStoreThatCannotBeReadIsNoDamage() throws {
        store.set(.init(.get, call: 1))
        #expect(throws: storeError(.inputOutput)) { try store.openIndex() }
        store.set(.init(.list, call: 1))
        #expect(throws: storeError(.inputOutput)) { try store.openIndex() }
    }

    @Test func tablesThatCouldNotBeReadAreReadByTheNextAttempt() throws {
        try store.flip(tables[0], bit: 100)
        let index = try store.makeIndex()
        #expect(!index.isPrepared)
        // The damaged table, the other one, and then the packs: each may be what cannot be read.
        for call in 1...4 {
            store.set(.init(call: call))
            #expect(throws: storeError(.inputOutput)) { try index.prepare() }
            #expect(!index.isPrepared)
        }
        store.set(nil)
        try index.prepare()
        #expect(index.isPrepared)
        #expect(index.damagedTables.count == 1)
        #expect(index.recoveredPacks.count == 1)
        #expect(index.tables.count == 2)
        try checkAllChunks(index)
    }

    @Test func theTablesAreOpenedOnceAndOnlyWhenTheyAreWanted() throws {
        let recording = RecordingStore(store)
        let index = try recording.makeIndex()
        #expect(recording.calls.map(\.operation) == [.list])
        for _ in 0..<2 { try index.prepare() }
        #expect(recording.calls.map(\.operation) == [.list, .get, .get])
        try checkAllChunks(index)
    }

    @Test func recoveredPacksAreListedByTheSessionThatAdoptsThem() throws {
        var generator = SeededGenerator(seed: 4)
        try store.flip(tables[0], bit: 100)
        let index = try store.openIndex()
        try saveChunks(to: store, index: index, generator.sessionIdentity()) { saver in
            saver.adopt(index.recoveredPacks)
        }
        try store.delete([tables[0]])
        let repaired = try store.openIndex()
        #expect(repaired.damagedTables.isEmpty)
        for id in chunks.keys { #expect(repaired.contains(id)) }
        try checkAllChunks(repaired)
    }

    @Test func aSessionNeitherMergesNorDeletesDamagedTables() throws {
        var generator = SeededGenerator(seed: 3)
        try store.flip(tables[0], bit: 100)
        for _ in 0..<6 {
            try saveChunks([generator.bytes(30)], to: store, generator.sessionIdentity())
        }
        let names = try store.names(ObjectNames.indexes)
        #expect(names.contains(tables[0].description))
        #expect(!names.contains(tables[1].description))
        store.heal()
        try checkAllChunks(store.openIndex())
    }
}
