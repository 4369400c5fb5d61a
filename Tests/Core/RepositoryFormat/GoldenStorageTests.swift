import Cryptography
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// The pack and the index table that Tests/Golden/make-golden.py has written on its own.
struct GoldenStorageTests {
    @Test func theGoldenPackIsDecodedAndEncodedToItsBytes() throws {
        let pack = try goldenFile("stored.pack")
        let listing = try goldenFile("listing.jsonl")
        let contents = try Golden.packContents()
        let decoded = try Packs.decode(
            pack, packSizeInBytes: UInt64(pack.count), hash: SHA256.digest)
        #expect(decoded == contents)
        let encoded =
            PackLayout.magic + Golden.fileChunks.joined() + listing
            + PackLayout.encodeTrailer(contents, hash: SHA256.digest)
        #expect(encoded == pack)
    }

    @Test func theChunksOfTheGoldenPackLieWhereItSays() throws {
        let pack = try goldenFile("stored.pack")
        let contents = try Golden.packContents()
        for chunk in contents.chunks {
            let start = Int(contents.blocks[Int(chunk.block)].offset + chunk.offset)
            let bytes = pack[start..<start + Int(chunk.length)]
            #expect(ChunkID(bytes.withUnsafeBytes(SHA256.digest)) == chunk.id)
        }
    }

    @Test func theGoldenTableIsWhatTheBuilderBuilds() throws {
        let packs = try Golden.packs()
        for order in [packs, packs.reversed()] {
            var builder = IndexTableBuilder(session: Golden.session, nonce: Golden.nonce)
            builder.add(order)
            #expect(try builder.build() == goldenFile("two-packs.index"))
        }
    }

    @Test func theGoldenTableFindsEveryChunkOfItsPacks() throws {
        try IndexTables.open(goldenFile("two-packs.index")) { table in
            #expect(table.session == Golden.session)
            #expect(table.packCount == 2 && table.blockCount == 4 && table.chunkCount == 64)
            for (record, chunks) in try Golden.packs() {
                for chunk in chunks {
                    let location = ChunkLocation(
                        pack: record.id, block: record.blocks[Int(chunk.block)],
                        offset: chunk.offset, length: chunk.length)
                    #expect(try table.locations(of: chunk.id).contains(location))
                }
            }
            let shared = Golden.chunkID(of: Golden.fileChunks[0])
            #expect(try table.locations(of: shared).count == 2)
            #expect(!table.contains(Golden.chunkID(of: Array("chunk 60".utf8))))
        }
    }
}
