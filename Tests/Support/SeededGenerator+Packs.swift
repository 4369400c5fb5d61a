package import RepositoryFormat
package import SnapshotModel

/// A pack that was never written: its name, and what its trailer and an index tell about it.
package struct ImaginaryPack: Sendable {
    /// The name.
    package let id: PackID
    /// What the trailer tells.
    package let contents: PackContents

    /// A pack.
    package init(id: PackID, contents: PackContents) {
        self.id = id
        self.contents = contents
    }

    /// The pack as an index table describes it.
    package var record: PackRecord {
        let trailer = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let end = contents.blocks.last?.end ?? UInt64(PackLayout.magic.count)
        return PackRecord(
            id: id, sizeInBytes: end + UInt64(trailer.count), blocks: contents.blocks)
    }

    /// Where the pack says that its chunks are.
    package var locations: [(id: ChunkID, location: ChunkLocation)] {
        contents.chunks.map { chunk in
            let location = ChunkLocation(
                pack: id, block: contents.blocks[Int(chunk.block)], offset: chunk.offset,
                length: chunk.length)
            return (chunk.id, location)
        }
    }
}

extension SeededGenerator {
    /// Contents of a pack that keep all rules of the format.
    /// - Parameter chunkID: makes the names of the chunks; may repeat some.
    package mutating func packContents(
        blocks: ClosedRange<Int> = 1...4, chunksPerBlock: ClosedRange<Int> = 1...6,
        chunkID: (inout Self) -> ChunkID = { $0.chunkID() }
    ) -> PackContents {
        var records: [BlockRecord] = []
        var chunks: [ChunkRecord] = []
        var end = UInt32(PackLayout.magic.count)
        for number in 0..<self.number(in: blocks) {
            var plainLength: UInt32 = 0
            for _ in 0..<self.number(in: chunksPerBlock) {
                let length = UInt32(self.number(in: 2...64 * 1024))
                chunks.append(
                    ChunkRecord(
                        id: chunkID(&self), block: UInt32(number), offset: plainLength,
                        length: length))
                plainLength += length
            }
            let isStored = oneIn(3)
            let storedLength = self.number(in: 1...Int(plainLength) - 1)
            let block = BlockRecord(
                offset: end, storedLength: isStored ? plainLength : UInt32(storedLength),
                plainLength: plainLength, codec: isStored ? .stored : .zstd,
                kind: oneIn(4) ? .metadata : .data)
            end += block.storedLength
            records.append(block)
        }
        return PackContents(
            session: SessionID(using: &self), nonce: Nonce(using: &self), blocks: records,
            chunks: chunks)
    }

    /// A pack with a name of its own.
    package mutating func imaginaryPack(
        blocks: ClosedRange<Int> = 1...4, chunksPerBlock: ClosedRange<Int> = 1...6,
        chunkID: (inout Self) -> ChunkID = { $0.chunkID() }
    ) -> ImaginaryPack {
        ImaginaryPack(
            id: PackID(digest()),
            contents: packContents(
                blocks: blocks, chunksPerBlock: chunksPerBlock, chunkID: chunkID))
    }
}
