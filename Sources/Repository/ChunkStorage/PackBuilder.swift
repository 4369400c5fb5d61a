import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// Lays blocks out as one pack.
struct PackBuilder: Sendable {
    private var parts: [[UInt8]] = [PackLayout.magic]
    private var blocks: [BlockRecord] = []
    private var chunks: [ChunkRecord] = []
    private(set) var sizeInBytes = PackLayout.magic.count

    private let targetInBytes: Int

    /// An empty pack.
    /// - Parameter targetInBytes: how many bytes of blocks it takes.
    init(targetInBytes: Int) { self.targetInBytes = targetInBytes }

    var isEmpty: Bool { blocks.isEmpty }

    /// Whether the block fits behind what is there already; an empty pack takes any block.
    func hasRoom(for block: FinishedBlock) -> Bool {
        isEmpty
            || (sizeInBytes + block.stored.count <= targetInBytes
                && chunks.count + block.chunks.count <= FormatLimits.chunksPerPack)
    }

    /// Whether all blocks of another pack fit too.
    func hasRoom(for other: PackBuilder) -> Bool {
        sizeInBytes + other.sizeInBytes <= targetInBytes
            && chunks.count + other.chunks.count <= FormatLimits.chunksPerPack
    }

    mutating func append(_ block: FinishedBlock) {
        let number = UInt32(blocks.count)
        var offset = 0
        for chunk in block.chunks {
            chunks.append(
                ChunkRecord(
                    id: chunk.id, block: number, offset: UInt32(offset),
                    length: UInt32(chunk.length)))
            offset += chunk.length
        }
        append(
            block.stored, plainLength: UInt32(block.plainLength), codec: block.codec,
            kind: block.kind)
    }

    /// Appends all blocks of another pack.
    mutating func append(_ other: PackBuilder) {
        let first = UInt32(blocks.count)
        for chunk in other.chunks {
            chunks.append(
                ChunkRecord(
                    id: chunk.id, block: first + chunk.block, offset: chunk.offset,
                    length: chunk.length))
        }
        for (block, stored) in zip(other.blocks, other.parts.dropFirst()) {
            append(stored, plainLength: block.plainLength, codec: block.codec, kind: block.kind)
        }
    }

    private mutating func append(
        _ stored: [UInt8], plainLength: UInt32, codec: BlockCodec, kind: BlockKind
    ) {
        blocks.append(
            BlockRecord(
                offset: UInt32(sizeInBytes), storedLength: UInt32(stored.count),
                plainLength: plainLength, codec: codec, kind: kind))
        parts.append(stored)
        sizeInBytes += stored.count
    }

    /// The finished object with its name; `chunks` as the index needs them.
    func finish(
        session: SessionID, nonce: Nonce
    ) -> (record: PackRecord, chunks: [ChunkRecord], body: ObjectBody) {
        let contents = PackContents(session: session, nonce: nonce, blocks: blocks, chunks: chunks)
        let trailer = PackLayout.encodeTrailer(contents, hash: SHA256.digest)
        let body = ObjectBody(parts: parts + [trailer])
        var hash = SHA256()
        for part in body.parts { part.withUnsafeBytes { hash.update($0) } }
        let record = PackRecord(
            id: PackID(hash.finish()), sizeInBytes: UInt64(body.sizeInBytes), blocks: blocks)
        return (record, chunks, body)
    }
}
