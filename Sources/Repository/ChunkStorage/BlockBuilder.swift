import RepositoryFormat
import SnapshotModel
import ZstdCodec

/// How blocks are compressed.
package enum CompressionSetting: Hashable, Sendable {
    /// Not at all.
    case off
    /// With zstd at this level.
    case zstd(level: Int)
    /// With zstd at level 1, and at stronger ones while the store is slower than the threads, where
    /// `UploadSettings.raisesLevel` says so.
    case auto
}

/// A block on its way into a pack.
struct FinishedBlock: Sendable {
    let kind: BlockKind
    let codec: BlockCodec
    let stored: [UInt8]
    let plainLength: Int
    /// The level at which it was compressed; `nil` when it is stored as it is.
    let level: Int?
    let chunks: [(id: ChunkID, length: Int)]
}

/// Gathers chunks into blocks, one thread at a time.
struct BlockBuilder: ~Copyable {
    /// From this level on the time for what does not get smaller is worth a look: weaker levels
    /// pass over it themselves, at 1.5 GB/s and more.
    private static let lookingLevel = 5

    private let kind: BlockKind
    private let control: LevelControl?
    private let level: Int
    private var compressor: ZstdCompressor?
    private var plain: [UInt8] = []
    private var chunks: [(id: ChunkID, length: Int)] = []

    /// - Parameter control: chooses the level for each block, instead of the setting.
    init(
        kind: BlockKind, compression: CompressionSetting, control: LevelControl?
    ) throws(ZstdError) {
        self.kind = kind
        self.control = control
        if case .zstd(let level) = compression { self.level = level } else { level = 1 }
        compressor = compression == .off ? nil : try ZstdCompressor(level: level)
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
        // All at once: growing step by step copies what is there, and leaves gaps in the heap.
        if plain.capacity == 0 { plain.reserveCapacity(FormatLimits.blockTargetInBytes) }
        plain.append(contentsOf: bytes)
        chunks.append((id, bytes.count))
        return finished
    }

    /// Closes the current block; `nil` when it has no chunk.
    mutating func finish() -> FinishedBlock? {
        if chunks.isEmpty { return nil }
        let (frame, level) = compress()
        let block = FinishedBlock(
            kind: kind, codec: frame == nil ? .stored : .zstd, stored: frame ?? plain,
            plainLength: plain.count, level: level, chunks: chunks)
        // A stored block keeps the buffer, so a new one begins; a compressed one gives it back.
        if frame == nil { plain = [] } else { plain.removeAll(keepingCapacity: true) }
        chunks.removeAll(keepingCapacity: true)
        return block
    }

    /// - Returns: no frame and no level when the block is to be stored as it is.
    private mutating func compress() -> (frame: [UInt8]?, level: Int?) {
        guard let control else { return compress(at: level) }
        return control.timing(plain.count) { compress(at: control.level) }
    }

    private mutating func compress(at level: Int) -> (frame: [UInt8]?, level: Int?) {
        plain.withUnsafeBytes { bytes in
            var level = level
            if level >= Self.lookingLevel, compressor?.promises(bytes) == false { level = 1 }
            compressor?.level = level
            let frame = compressor?.compress(bytes) ?? nil
            return (frame, frame == nil ? nil : level)
        }
    }
}
