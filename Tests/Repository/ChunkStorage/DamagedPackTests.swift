import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Whatever happens to a pack, no chunk ever has other bytes than the ones that were saved.
struct DamagedPackTests {
    private let store = FaultyStore(MemoryStore())

    /// Saves a few chunks into one pack.
    private func savePack(
        _ compression: CompressionSetting
    ) throws -> (pack: ObjectKey, chunks: [ChunkID: [UInt8]]) {
        var generator = SeededGenerator(seed: 1)
        let saved = [generator.text(90), generator.text(40), [7]]
        let ids = try saveChunks(
            saved, to: store, generator.sessionIdentity(), compression: compression)
        let pack = try #require(store.list(prefix: ObjectNames.packs).first)
        return (pack.key, Dictionary(uniqueKeysWithValues: zip(ids, saved)))
    }

    /// Loads all chunks.
    /// - Returns: how many are damaged; the others have the right bytes.
    private func damagedCount(_ chunks: [ChunkID: [UInt8]], _ index: ChunkIndex) throws -> Int {
        let loader = try store.makeLoader(index)
        return chunks.count { id, bytes in
            do {
                #expect(try loader.load(id) == bytes)
                return false
            } catch {
                #expect(error as? RepositoryError == repositoryError(.damaged))
                return true
            }
        }
    }

    @Test(arguments: [CompressionSetting.off, .zstd(level: 1)])
    func aFlippedBitGivesTheRightBytesOrDamage(compression: CompressionSetting) throws {
        let (pack, chunks) = try savePack(compression)
        let index = try store.openIndex()
        let contents = try #require(store.packContents().first)
        let blockEnd = Int(contents.blocks[0].end)
        for byte in 0..<Int(try store.head(pack)) {
            try store.flip(pack, bit: 8 * byte + byte * 5 % 8)
            let damaged = try damagedCount(chunks, index)
            // With the table at hand, only what lies in the block itself can do harm.
            let isInBlock = (PackLayout.magic.count..<blockEnd).contains(byte)
            if !isInBlock { #expect(damaged == 0) }
            if isInBlock && compression == .off { #expect(damaged == 1) }
        }
    }

    @Test(arguments: [CompressionSetting.off, .zstd(level: 1)])
    func withoutATableToo(compression: CompressionSetting) throws {
        let (pack, chunks) = try savePack(compression)
        try store.delete(store.list(prefix: ObjectNames.indexes).map(\.key))
        var refused = 0
        for byte in 0..<Int(try store.head(pack)) {
            try store.flip(pack, bit: 8 * byte + byte * 3 % 8)
            let damaged = try damagedCount(chunks, store.openIndex())
            if damaged == chunks.count { refused += 1 }
        }
        store.heal()
        let contents = try #require(store.packContents().first)
        #expect(refused >= Int(try store.head(pack)) - Int(contents.blocks[0].end))
    }

    @Test(arguments: [false, true])
    func aTruncatedPackGivesTheRightBytesOrDamage(hasTable: Bool) throws {
        let (pack, chunks) = try savePack(.off)
        if !hasTable { try store.delete(store.list(prefix: ObjectNames.indexes).map(\.key)) }
        let blockEnd = Int(try #require(store.packContents().first).blocks[0].end)
        for count in 0..<Int(try store.head(pack)) {
            try store.truncate(pack, to: count)
            let damaged = try damagedCount(chunks, store.openIndex())
            let isWhole = hasTable && count >= blockEnd
            #expect(damaged == (isWhole ? 0 : chunks.count))
        }
    }

    @Test func aMissingPackIsDamageThatIsNamed() throws {
        let (pack, chunks) = try savePack(.off)
        let index = try store.openIndex()
        store.lose(pack)
        let loader = try store.makeLoader(index)
        let id = try #require(chunks.keys.first)
        let error = #expect(throws: RepositoryError.self) { try loader.load(id) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("\(id)") == true)
        #expect(error?.cause.contains(pack.description.suffix(64)) == true)
        #expect(error?.cause.contains("missing") == true)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func aStoreThatCannotBeReadIsNoDamage() throws {
        let (_, chunks) = try savePack(.off)
        let loader = try store.makeLoader()
        store.set(.init(.get, call: 1, code: .permissionDenied))
        for id in chunks.keys.prefix(1) {
            #expect(throws: storeError(.permissionDenied)) { try loader.load(id) }
            // The next attempt finds the store as it should be.
            #expect(try loader.load(id) == chunks[id])
        }
    }

    @Test func aChunkInTwoPacksSurvivesTheLossOfEither() throws {
        var generator = SeededGenerator(seed: 2)
        let chunk = generator.text(500)
        let indexes = [try store.openIndex(), try store.openIndex()]
        for index in indexes {
            try saveChunks([chunk], to: store, index: index, generator.sessionIdentity())
        }
        let packs = try store.list(prefix: ObjectNames.packs).map(\.key)
        try #require(packs.count == 2)
        let id = try #require(store.packContents().first?.chunks.first?.id)
        let index = try store.openIndex()
        for pack in packs {
            store.lose(pack)
            #expect(try store.makeLoader(index).load(id) == chunk)
            store.heal()
            try store.flip(pack, bit: 8 * 12)
            #expect(try store.makeLoader(index).load(id) == chunk)
            store.heal()
            try store.truncate(pack, to: 10)
            #expect(try store.makeLoader(index).load(id) == chunk)
            store.heal()
        }
        for pack in packs { store.lose(pack) }
        let loader = try store.makeLoader(index)
        #expect(throws: repositoryError(.damaged)) { try loader.load(id) }
    }

    @Test func aBlockIsReadOnceForAllItsChunks() throws {
        let (_, chunks) = try savePack(.zstd(level: 1))
        let recording = RecordingStore(store)
        let loader = try recording.makeLoader()
        recording.clear()
        for _ in 0..<2 {
            for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
        }
        #expect(recording.calls.map(\.operation) == [.get])
    }

    @Test func whatABodyThrowsComesOut() throws {
        struct Failure: Error, Equatable {}
        let (_, chunks) = try savePack(.off)
        let loader = try store.makeLoader()
        let id = try #require(chunks.keys.first)
        #expect(throws: Failure()) { try loader.load(id) { _ in throw Failure() } }
    }
}
