package import SnapshotModel

/// How the bytes of a block are stored.
package struct BlockCodec: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// As they are: compression made them no smaller.
    package static let stored = Self(rawValue: 0)
    /// One zstd frame with content size and checksum (RFC 8878).
    package static let zstd = Self(rawValue: 1)

    var isKnown: Bool { self == .stored || self == .zstd }
}

/// What the chunks of a block are.
package struct BlockKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Pieces of files.
    package static let data = Self(rawValue: 0)
    /// Pieces of listings, and lists of chunk IDs.
    package static let metadata = Self(rawValue: 1)

    var isKnown: Bool { self == .data || self == .metadata }
}

/// Where a block lies in its pack, and how to read it.
package struct BlockRecord: Hashable, Sendable {
    /// Bytes from the start of the pack.
    package let offset: UInt32
    /// Bytes in the pack.
    package let storedLength: UInt32
    /// Bytes once decompressed.
    package let plainLength: UInt32
    /// How it is stored.
    package let codec: BlockCodec
    /// What it holds.
    package let kind: BlockKind

    /// A block.
    package init(
        offset: UInt32, storedLength: UInt32, plainLength: UInt32, codec: BlockCodec,
        kind: BlockKind
    ) {
        self.offset = offset
        self.storedLength = storedLength
        self.plainLength = plainLength
        self.codec = codec
        self.kind = kind
    }

    /// The first byte behind the block.
    package var end: UInt64 { UInt64(offset) + UInt64(storedLength) }
}

/// Where a chunk lies in the plain bytes of a block.
package struct ChunkRecord: Hashable, Sendable {
    /// The chunk.
    package let id: ChunkID
    /// The block's number: within its pack, or within its index table.
    package let block: UInt32
    /// Bytes from the start of the block's plain bytes.
    package let offset: UInt32
    /// The chunk's plain bytes.
    package let length: UInt32

    /// A chunk.
    package init(id: ChunkID, block: UInt32, offset: UInt32, length: UInt32) {
        self.id = id
        self.block = block
        self.offset = offset
        self.length = length
    }
}

/// What the trailer of a pack tells: enough to rebuild every index.
package struct PackContents: Hashable, Sendable {
    /// The session that wrote the pack.
    package let session: SessionID
    /// Makes the pack unique.
    package let nonce: Nonce
    /// In the order in which they lie.
    package let blocks: [BlockRecord]
    /// In the order in which they lie; `block` counts within this pack.
    package let chunks: [ChunkRecord]

    /// Contents of a pack.
    package init(session: SessionID, nonce: Nonce, blocks: [BlockRecord], chunks: [ChunkRecord]) {
        self.session = session
        self.nonce = nonce
        self.blocks = blocks
        self.chunks = chunks
    }
}

/// A pack as an index table describes it.
package struct PackRecord: Hashable, Sendable {
    /// The pack's name.
    package let id: PackID
    /// Bytes of the whole object.
    package let sizeInBytes: UInt64
    /// The blocks; their chunks are listed apart.
    package let blocks: [BlockRecord]

    /// A pack.
    package init(id: PackID, sizeInBytes: UInt64, blocks: [BlockRecord]) {
        self.id = id
        self.sizeInBytes = sizeInBytes
        self.blocks = blocks
    }
}
