import RepositoryFormat
import SnapshotModel
import ZstdCodec

/// How blocks are compressed.
package enum CompressionSetting: Hashable, Sendable {
    /// Not at all.
    case off
    /// With zstd at this level.
    case zstd(level: Int)
}

/// A block on its way into a pack.
struct FinishedBlock: Sendable {
    let kind: BlockKind
    let codec: BlockCodec
    let stored: [UInt8]
    let plainLength: Int
    let chunks: [(id: ChunkID, length: Int)]
}

/// Gathers chunks into blocks, one thread at a time.
struct BlockBuilder: ~Copyable {
    private let kind: BlockKind
    private var compressor: ZstdCompressor?
    private var plain: [UInt8] = []
    private var chunks: [(id: ChunkID, length: Int)] = []

    init(kind: BlockKind, compression: CompressionSetting) throws(ZstdError) {
        self.kind = kind
        switch compression {
        case .off: compressor = nil
        case .zstd(let level): compressor = try ZstdCompressor(level: level)
        }
    }

    /// Adds a chunk.
    /// - Returns: the block before it, when that has no room for the chunk.
    mutating func append(_ id: ChunkID, _ bytes: UnsafeRawBufferPointer) -> FinishedBlock? {
        var finished: FinishedBlock?
        if plain.count + bytes.count > FormatLimits.blockTargetInBytes
            || chunks.count >= FormatLimits.chunksPerBlock
        {
            finished = finish()
        }
        plain.append(contentsOf: bytes)
        chunks.append((id, bytes.count))
        return finished
    }

    /// Closes the current block; `nil` when it has no chunk.
    mutating func finish() -> FinishedBlock? {
        if chunks.isEmpty { return nil }
        let frame = plain.withUnsafeBytes { compressor?.compress($0) ?? nil }
        let block = FinishedBlock(
            kind: kind, codec: frame == nil ? .stored : .zstd, stored: frame ?? plain,
            plainLength: plain.count, chunks: chunks)
        // A stored block keeps the buffer, so a new one begins; a compressed one gives it back.
        if frame == nil { plain = [] } else { plain.removeAll(keepingCapacity: true) }
        chunks.removeAll(keepingCapacity: true)
        return block
    }
}
