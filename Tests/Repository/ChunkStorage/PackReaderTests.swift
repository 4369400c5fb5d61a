import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct PackReaderTests {
    private let store = FaultyStore(MemoryStore())
    private let key: ObjectKey
    private let pack: PackID

    init() throws {
        var generator = SeededGenerator(seed: 1)
        let chunks = generator.array(5...5) { $0.text(50) }
        try saveChunks(chunks, to: store, generator.sessionIdentity())
        key = try #require(store.list(prefix: ObjectNames.packs).first?.key)
        pack = try #require(ObjectNames.packID(key.description))
    }

    @Test func theEndOfAPackAndTheWholePackTellTheSame() throws {
        let (record, contents) = try PackReader.contents(of: pack, in: store)
        let bytes = try store.read(key.description)
        #expect(try bytes.withUnsafeBytes { try PackReader.contents(ofBytes: $0) } == contents)
        #expect(record.id == pack)
        #expect(record.sizeInBytes == UInt64(bytes.count))
        #expect(record.blocks == contents.blocks)
        #expect(contents.chunks.count == 5)
    }

    @Test func theTableTellsTheSameAsTheTrailer() throws {
        let (record, contents) = try PackReader.contents(of: pack, in: store)
        let index = try store.openIndex()
        let table = try #require(index.tables.first?.table)
        #expect(table.pack(0) == record)
        for chunk in contents.chunks {
            let location = ChunkLocation(
                pack: pack, block: contents.blocks[Int(chunk.block)], offset: chunk.offset,
                length: chunk.length)
            #expect(try index.locations(of: chunk.id) == [location])
        }
    }

    @Test func everyTruncatedPackIsDamage() throws {
        let bytes = try store.read(key.description)
        for count in 0..<bytes.count {
            try store.truncate(key, to: count)
            #expect(throws: repositoryError(.damaged)) {
                try PackReader.contents(of: pack, in: store)
            }
            #expect(throws: FormatError.self) {
                try bytes.prefix(count).withUnsafeBytes { try PackReader.contents(ofBytes: $0) }
            }
        }
    }

    @Test func whatDoesNotBeginAsAPackIsNone() throws {
        var bytes = try store.read(key.description)
        bytes[0] ^= 1
        #expect(throws: FormatError.self) {
            try bytes.withUnsafeBytes { try PackReader.contents(ofBytes: $0) }
        }
    }

    @Test func aMissingPackIsAnErrorOfTheStore() throws {
        store.lose(key)
        #expect(throws: storeError(.notFound)) { try PackReader.contents(of: pack, in: store) }
    }
}
