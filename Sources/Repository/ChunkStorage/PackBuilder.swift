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
        var offset = 0
        let chunks = block.chunks.map { chunk in
            defer { offset += chunk.length }
            return ChunkRecord(
                id: chunk.id, block: 0, offset: UInt32(offset), length: UInt32(chunk.length))
        }
        let record = BlockRecord(
            offset: 0, storedLength: UInt32(block.stored.count),
            plainLength: UInt32(block.plainLength), codec: block.codec, kind: block.kind)
        append(block.stored, record, chunks)
    }

    /// Appends a block with its chunks; where it lay before does not matter.
    mutating func append(_ stored: [UInt8], _ block: BlockRecord, _ chunks: [ChunkRecord]) {
        let number = UInt32(blocks.count)
        for chunk in chunks {
            self.chunks.append(
                ChunkRecord(
                    id: chunk.id, block: number, offset: chunk.offset, length: chunk.length))
        }
        blocks.append(
            BlockRecord(
                offset: UInt32(sizeInBytes), storedLength: block.storedLength,
                plainLength: block.plainLength, codec: block.codec, kind: block.kind))
        parts.append(stored)
        sizeInBytes += stored.count
    }

    /// One pack with the blocks of several: data first, so that listings lie together at its end.
    /// - Returns: the pack, and how many of the packs, from the first on, had room in it.
    static func joining(
        _ packs: [PackBuilder], targetInBytes: Int
    ) -> (pack: PackBuilder, count: Int) {
        var joined = PackBuilder(targetInBytes: targetInBytes)
        var (count, bytes, chunks) = (0, 0, 0)
        for pack in packs {
            bytes += pack.sizeInBytes
            chunks += pack.chunks.count
            guard bytes <= targetInBytes, chunks <= FormatLimits.chunksPerPack else { break }
            count += 1
        }
        for isMetadata in [false, true] {
            for pack in packs[..<count] {
                var chunks = pack.chunks[...]
                for (number, block) in pack.blocks.enumerated() {
                    let own = chunks.prefix { $0.block == UInt32(number) }
                    chunks = chunks.dropFirst(own.count)
                    guard (block.kind == .metadata) == isMetadata else { continue }
                    // The magic number is the first part.
                    joined.append(pack.parts[number + 1], block, Array(own))
                }
            }
        }
        return (joined, count)
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
