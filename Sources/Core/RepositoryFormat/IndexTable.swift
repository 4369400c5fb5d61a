// An index table is used as it lies in memory, mapped from a file where there is one: opening it
// checks sizes and bounds of its small parts, never touches the entries, and allocates nothing.
// Layout: Specs/repository-format.md section 5. IndexTableBuilder makes tables.

package import SnapshotModel

/// Where a chunk is, as an index table claims.
package struct ChunkLocation: Hashable, Sendable {
    /// The pack.
    package let pack: PackID
    /// The block within the pack.
    package let block: BlockRecord
    /// Bytes from the start of the block's plain bytes.
    package let offset: UInt32
    /// The chunk's plain bytes.
    package let length: UInt32

    /// A place.
    package init(pack: PackID, block: BlockRecord, offset: UInt32, length: UInt32) {
        self.pack = pack
        self.block = block
        self.offset = offset
        self.length = length
    }
}

/// A view of the bytes of an index table; the bytes must outlive it.
package struct IndexTable: @unchecked Sendable {
    // @unchecked: the memory behind the pointer is immutable, and whoever holds the view also
    // holds the owner of the memory.

    static let magic: [UInt8] = Array("VARVEIX".utf8) + [1]
    static let headerLength = 80
    static let packLength = 48
    static let blockLength = 20
    static let filterBlockLength = 64
    static let chunkLength = 44

    private let bytes: UnsafeRawBufferPointer
    private let layout: TableLayout

    /// The session that wrote the table.
    package let session: SessionID

    /// The number of chunks, copies counted.
    package var chunkCount: Int { layout.chunkCount }
    /// The number of packs.
    package var packCount: Int { layout.packCount }
    /// The number of blocks.
    package var blockCount: Int { layout.blockCount }

    /// Checks everything but the chunk entries, which `chunk(_:)` checks one by one.
    /// - Parameter isKnown: whether the same bytes were a table before; then only the header is
    ///   looked at, and opening takes as long for a table of any size.
    /// - Throws: `.malformed`, `.unsupported` (sealed), `.limitExceeded`.
    package init(
        _ bytes: UnsafeRawBufferPointer, isKnown: Bool = false
    ) throws(FormatError) {
        guard bytes.count >= Self.headerLength, bytes[0..<8].elementsEqual(Self.magic) else {
            throw Self.malformed(at: 0, "not an index table")
        }
        guard bytes[57] == 0 else {
            throw FormatError(.unsupported, in: "index table", at: 57, "the table is sealed")
        }
        let chunkCount = bytes.uint64(at: 40)
        guard chunkCount <= UInt64(UInt32.max), bytes[56] <= 32 else {
            throw FormatError(.limitExceeded, in: "index table", at: 40, "\(chunkCount) chunks")
        }
        layout = TableLayout(
            packCount: Int(bytes.uint32(at: 48)), blockCount: Int(bytes.uint32(at: 52)),
            filterBlockCount: Int(bytes.uint32(at: 64)), radixBits: Int(bytes[56]),
            chunkCount: Int(chunkCount))
        guard bytes.count == layout.byteCount, layout.filterBlockCount > 0 else {
            throw Self.malformed(at: 40, "\(bytes.count) bytes, expected \(layout.byteCount)")
        }
        self.bytes = bytes
        session = SessionID(PackLayout.bits(bytes, at: 8))
        if !isKnown { try checkPacks() }
    }

    /// The pack at a position from 0 to `packCount - 1`, with its blocks.
    package func pack(_ number: Int) -> PackRecord {
        let range = blockRange(ofPack: number)
        return PackRecord(
            id: packID(number), sizeInBytes: packSizeInBytes(number),
            blocks: range.map { block($0) })
    }

    /// The size of the pack at a position from 0 to `packCount - 1`.
    package func packSizeInBytes(_ number: Int) -> UInt64 {
        bytes.uint64(at: layout.packOffset(number) + 32)
    }

    /// The name of the pack at a position from 0 to `packCount - 1`.
    package func packID(_ number: Int) -> PackID {
        // The view has at least a header, so there is an address.
        PackID(Digest256(loading: bytes.baseAddress! + layout.packOffset(number)))
    }

    /// The position of a pack; `nil` when the table does not list it.
    ///
    /// The packs stand in the order of their names, so this takes a binary search.
    package func packNumber(of pack: PackID) -> Int? {
        var (low, high) = (0, packCount)
        // Invariant: packs before `low` have smaller names, those from `high` on have not.
        while low < high {
            let middle = (low + high) / 2
            if packID(middle) < pack { low = middle + 1 } else { high = middle }
        }
        return low < packCount && packID(low) == pack ? low : nil
    }

    /// The numbers of the blocks of the pack at a position.
    package func blockRange(ofPack number: Int) -> Range<Int> {
        let offset = layout.packOffset(number)
        let first = Int(bytes.uint32(at: offset + 40))
        return first..<first + Int(bytes.uint32(at: offset + 44))
    }

    /// The block with a number from 0 to `blockCount - 1`.
    package func block(_ number: Int) -> BlockRecord {
        let offset = layout.blockOffset(number)
        return BlockRecord(
            offset: bytes.uint32(at: offset), storedLength: bytes.uint32(at: offset + 4),
            plainLength: bytes.uint32(at: offset + 8),
            codec: BlockCodec(rawValue: bytes[offset + 16]),
            kind: BlockKind(rawValue: bytes[offset + 17]))
    }

    /// The entry at a position from 0 to `chunkCount - 1`; `block` counts within this table.
    /// - Throws: `.malformed` when the entry points outside of its block.
    package func chunk(_ position: Int) throws(FormatError) -> ChunkRecord {
        let offset = layout.chunkOffset(position)
        let record = ChunkRecord(
            id: chunkID(position), block: bytes.uint32(at: offset + 32),
            offset: bytes.uint32(at: offset + 36), length: bytes.uint32(at: offset + 40))
        guard Int(record.block) < layout.blockCount else {
            throw Self.malformed(at: offset, "chunk in block \(record.block)")
        }
        let blockLength = bytes.uint32(at: layout.blockOffset(Int(record.block)) + 8)
        guard UInt64(record.offset) + UInt64(record.length) <= UInt64(blockLength) else {
            throw Self.malformed(at: offset, "chunk outside of its block")
        }
        return record
    }

    /// Whether the table lists the chunk. Constant time; usually one cache line when it does not.
    package func contains(_ id: ChunkID) -> Bool { firstPosition(of: id) != nil }

    /// The first pack, by number, that has the chunk and that the caller wants.
    /// - Returns: `nil` when there is none; entries that point outside of the table do not count.
    package func firstPack(of id: ChunkID, where isWanted: (Int) -> Bool) -> Int? {
        guard var position = firstPosition(of: id) else { return nil }
        while position < chunkCount, chunkID(position) == id {
            if let record = try? chunk(position) {
                let pack = packNumber(ofBlock: Int(record.block))
                if isWanted(pack) { return pack }
            }
            position += 1
        }
        return nil
    }

    /// All places of a chunk; empty when the table does not list it.
    package func locations(of id: ChunkID) throws(FormatError) -> [ChunkLocation] {
        guard var position = firstPosition(of: id) else { return [] }
        var locations: [ChunkLocation] = []
        while position < chunkCount, chunkID(position) == id {
            let record = try chunk(position)
            let block = block(Int(record.block))
            let pack = packNumber(ofBlock: Int(record.block))
            locations.append(
                ChunkLocation(
                    pack: packID(pack), block: block, offset: record.offset, length: record.length))
            position += 1
        }
        return locations
    }

    /// The chunk that the entry at a position from 0 to `chunkCount - 1` is about.
    package func chunkID(_ position: Int) -> ChunkID {
        ChunkID(Digest256(loading: bytes.baseAddress! + layout.chunkOffset(position)))
    }

    /// The position of the pack that the block with a number belongs to.
    package func packNumber(ofBlock number: Int) -> Int {
        Int(bytes.uint32(at: layout.blockOffset(number) + 12))
    }

    /// The position of the first entry of a chunk; `nil` when the table does not list it.
    package func firstPosition(of id: ChunkID) -> Int? {
        guard mayContain(id) else { return nil }
        let bucket = layout.radixBucket(of: id.digest)
        var low = Int(bytes.uint32(at: layout.radixOffset(bucket)))
        var high = Int(bytes.uint32(at: layout.radixOffset(bucket + 1)))
        // The radix array is not checked when the table is opened: a damaged one finds nothing.
        guard low <= high, high <= chunkCount else { return nil }
        let end = high
        // Invariant: entries before `low` are smaller than the ID, those from `high` are not.
        while low < high {
            let middle = (low + high) / 2
            if chunkID(middle) < id { low = middle + 1 } else { high = middle }
        }
        return low < end && chunkID(low) == id ? low : nil
    }

    private func mayContain(_ id: ChunkID) -> Bool {
        let (lines, lineCount) = filter
        let line = TableLayout.filterBlock(id.digest, lineCount)
        return FilterBits(id.digest).areSet(in: lines + line * Self.filterBlockLength)
    }

    /// Where the blocks of the filter begin, and how many there are.
    var filter: (lines: UnsafeRawPointer, lineCount: Int) {
        // The view has at least a header, so there is an address.
        (bytes.baseAddress! + layout.filterOffset(0), layout.filterBlockCount)
    }

    private func checkPacks() throws(FormatError) {
        var next = 0
        for number in 0..<layout.packCount {
            let range = blockRange(ofPack: number)
            guard range.lowerBound == next, range.upperBound <= layout.blockCount else {
                throw Self.malformed(at: layout.packOffset(number), "blocks of a pack")
            }
            for block in range { try checkBlock(block, ofPack: number) }
            next = range.upperBound
        }
        guard next == layout.blockCount else {
            throw Self.malformed(at: 52, "blocks without a pack")
        }
    }

    private func checkBlock(_ number: Int, ofPack pack: Int) throws(FormatError) {
        let offset = layout.blockOffset(number)
        let block = block(number)
        try PackLayout.validate(block, in: "index table", at: offset)
        let size = packSizeInBytes(pack)
        guard Int(bytes.uint32(at: offset + 12)) == pack, block.end <= size else {
            throw Self.malformed(at: offset, "block outside of its pack")
        }
    }

    private static func malformed(at offset: Int, _ reason: String) -> FormatError {
        FormatError(.malformed, in: "index table", at: offset, reason)
    }
}

/// Where the sections of an index table begin; a function of its counts.
struct TableLayout {
    static let filterProbes = 6
    /// About 1 % of lookups pass the filter in vain.
    static let filterBitsPerChunk = 10
    /// About this many chunks share a bucket of the radix array: two cache lines of the search.
    static let chunksPerBucket = 8

    let packCount: Int
    let blockCount: Int
    let filterBlockCount: Int
    let radixBits: Int
    let chunkCount: Int

    var byteCount: Int { chunkOffset(chunkCount) }

    func packOffset(_ number: Int) -> Int {
        IndexTable.headerLength + number * IndexTable.packLength
    }

    func blockOffset(_ number: Int) -> Int {
        packOffset(packCount) + number * IndexTable.blockLength
    }

    func filterOffset(_ block: Int) -> Int {
        blockOffset(blockCount) + block * IndexTable.filterBlockLength
    }

    func radixOffset(_ bucket: Int) -> Int { filterOffset(filterBlockCount) + bucket * 4 }

    func chunkOffset(_ position: Int) -> Int {
        radixOffset((1 << radixBits) + 1) + position * IndexTable.chunkLength
    }

    func radixBucket(of digest: Digest256) -> Int {
        radixBits == 0 ? 0 : Int(digest.word0 >> UInt64(64 - radixBits))
    }

    static func filterBlock(_ digest: Digest256, _ blockCount: Int) -> Int {
        Int(digest.word1.multipliedFullWidth(by: UInt64(blockCount)).high)
    }

    static func filterBlockCount(forChunks count: Int) -> Int {
        max(1, (count * filterBitsPerChunk + 511) / 512)
    }

    static func radixBits(forChunks count: Int) -> Int {
        var bits = 0
        while count >> bits > chunksPerBucket { bits += 1 }
        return bits
    }
}
