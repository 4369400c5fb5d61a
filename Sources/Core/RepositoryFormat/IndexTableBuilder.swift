// Builds an index table out of new packs and of older tables: one merge of sorted runs straight
// into the bytes of the new table, so that merging needs no memory beside its result.

package import SnapshotModel

/// Collects packs and tables, and encodes one table of all of them.
package struct IndexTableBuilder {
    /// Entries in order, with block numbers that `blockMap` turns into the new table's.
    private struct Run {
        let count: Int
        let entry: (Int) throws(FormatError) -> ChunkRecord
        var blockMap: [UInt32]
        var position = 0
    }

    private struct PackPlace {
        let record: PackRecord
        let run: Int
        let firstBlock: Int
    }

    /// Marks the blocks of a pack that an earlier run has already brought.
    private static let dropped = UInt32.max

    private let session: SessionID
    private let nonce: Nonce
    private var runs: [Run] = []
    private var packs: [PackPlace] = []
    private var seen: Set<PackID> = []

    /// A builder of a table that will name this session and nonce.
    package init(session: SessionID, nonce: Nonce) {
        self.session = session
        self.nonce = nonce
    }

    /// Adds packs whose chunks come as they lie in the packs.
    package mutating func add(_ newPacks: [(record: PackRecord, chunks: [ChunkRecord])]) {
        var entries: [ChunkRecord] = []
        var blockCount = 0
        // The new table numbers its blocks in the order of the packs' names. A run in that order
        // stays sorted when its blocks are renumbered, also where packs share a chunk.
        for (record, chunks) in newPacks.sorted(by: { $0.record.id < $1.record.id }) {
            packs.append(PackPlace(record: record, run: runs.count, firstBlock: blockCount))
            for chunk in chunks {
                entries.append(
                    ChunkRecord(
                        id: chunk.id, block: chunk.block + UInt32(blockCount),
                        offset: chunk.offset, length: chunk.length))
            }
            blockCount += record.blocks.count
        }
        entries.sort { ($0.id, $0.block, $0.offset) < ($1.id, $1.block, $1.offset) }
        let sorted = entries
        runs.append(
            Run(
                count: sorted.count,
                entry: { (position) throws(FormatError) -> ChunkRecord in sorted[position] },
                blockMap: [UInt32](repeating: Self.dropped, count: blockCount)))
    }

    /// Adds what a table lists; its memory must outlive the builder.
    /// - Parameter isListed: whether the new table is to list a pack.
    package mutating func add(_ table: IndexTable, where isListed: (PackID) -> Bool = { _ in true })
    {
        for number in 0..<table.packCount where isListed(table.packID(number)) {
            packs.append(
                PackPlace(
                    record: table.pack(number), run: runs.count,
                    firstBlock: table.blockRange(ofPack: number).lowerBound))
        }
        runs.append(
            Run(
                count: table.chunkCount,
                entry: { (position) throws(FormatError) -> ChunkRecord in
                    try table.chunk(position)
                },
                blockMap: [UInt32](repeating: Self.dropped, count: table.blockCount)))
    }

    /// The bytes of the table; packs that came twice are listed once.
    /// - Throws: `.malformed` when an added table has a damaged entry.
    package mutating func build() throws(FormatError) -> [UInt8] {
        packs.sort { $0.record.id < $1.record.id }
        var kept: [PackRecord] = []
        var blockCount = 0
        for place in packs where seen.insert(place.record.id).inserted {
            for block in 0..<place.record.blocks.count {
                runs[place.run].blockMap[place.firstBlock + block] = UInt32(blockCount + block)
            }
            kept.append(place.record)
            blockCount += place.record.blocks.count
        }
        let chunkCount = try countChunks()
        let layout = TableLayout(
            packCount: kept.count, blockCount: blockCount,
            filterBlockCount: TableLayout.filterBlockCount(forChunks: chunkCount),
            radixBits: TableLayout.radixBits(forChunks: chunkCount), chunkCount: chunkCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(layout.byteCount)
        appendHeader(layout, to: &bytes)
        appendPacks(kept, to: &bytes)
        bytes.append(zeros: layout.byteCount - bytes.count)
        try fillChunks(layout, into: &bytes)
        return bytes
    }

    private func countChunks() throws(FormatError) -> Int {
        var count = 0
        for run in runs {
            guard run.blockMap.contains(Self.dropped) else {
                count += run.count
                continue
            }
            for position in 0..<run.count
            where run.blockMap[Int(try run.entry(position).block)] != Self.dropped {
                count += 1
            }
        }
        return count
    }

    private func appendHeader(_ layout: TableLayout, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: IndexTable.magic)
        PackLayout.appendIdentity(session: session, nonce: nonce, to: &bytes)
        bytes.append(littleEndian: UInt64(layout.chunkCount))
        bytes.append(littleEndian: UInt32(layout.packCount))
        bytes.append(littleEndian: UInt32(layout.blockCount))
        bytes.append(UInt8(layout.radixBits))
        bytes.append(zeros: 7)
        bytes.append(littleEndian: UInt32(layout.filterBlockCount))
        bytes.append(zeros: IndexTable.headerLength - bytes.count)
    }

    private func appendPacks(_ packs: [PackRecord], to bytes: inout [UInt8]) {
        var firstBlock = 0
        for pack in packs {
            pack.id.digest.append(to: &bytes)
            bytes.append(littleEndian: pack.sizeInBytes)
            bytes.append(littleEndian: UInt32(firstBlock))
            bytes.append(littleEndian: UInt32(pack.blocks.count))
            firstBlock += pack.blocks.count
        }
        for (number, pack) in packs.enumerated() {
            for block in pack.blocks {
                bytes.append(littleEndian: block.offset)
                bytes.append(littleEndian: block.storedLength)
                bytes.append(littleEndian: block.plainLength)
                bytes.append(littleEndian: UInt32(number))
                bytes.append(contentsOf: [block.codec.rawValue, block.kind.rawValue, 0, 0])
            }
        }
    }

    private mutating func fillChunks(
        _ layout: TableLayout, into bytes: inout [UInt8]
    ) throws(FormatError) {
        var heads: [ChunkRecord?] = []
        for run in runs.indices { heads.append(try advance(run)) }
        var bucket = 0
        for position in 0..<layout.chunkCount {
            let (run, record) = Self.smallest(heads)
            let target = layout.radixBucket(of: record.id.digest)
            while bucket <= target {
                Self.set(UInt32(position), at: layout.radixOffset(bucket), in: &bytes)
                bucket += 1
            }
            Self.fillEntry(record, at: layout.chunkOffset(position), in: &bytes)
            Self.fillFilter(record.id.digest, layout, in: &bytes)
            heads[run] = try advance(run)
        }
        while bucket <= 1 << layout.radixBits {
            Self.set(UInt32(layout.chunkCount), at: layout.radixOffset(bucket), in: &bytes)
            bucket += 1
        }
    }

    /// The next entry of a run that is not dropped, with its new block number.
    private mutating func advance(_ number: Int) throws(FormatError) -> ChunkRecord? {
        while runs[number].position < runs[number].count {
            let record = try runs[number].entry(runs[number].position)
            runs[number].position += 1
            let block = runs[number].blockMap[Int(record.block)]
            if block == Self.dropped { continue }
            return ChunkRecord(
                id: record.id, block: block, offset: record.offset, length: record.length)
        }
        return nil
    }

    private static func smallest(_ heads: [ChunkRecord?]) -> (run: Int, record: ChunkRecord) {
        var best: (run: Int, record: ChunkRecord)?
        for (run, head) in heads.enumerated() {
            guard let head else { continue }
            guard let current = best?.record else {
                best = (run, head)
                continue
            }
            if head.id < current.id || (head.id == current.id && head.block < current.block) {
                best = (run, head)
            }
        }
        guard let best else { preconditionFailure("more entries counted than the runs have") }
        return best
    }

    private static func fillEntry(_ record: ChunkRecord, at offset: Int, in bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { space in
            // The layout has room for every counted entry, so the address exists.
            record.id.digest.store(to: space.baseAddress! + offset)
        }
        set(record.block, at: offset + 32, in: &bytes)
        set(record.offset, at: offset + 36, in: &bytes)
        set(record.length, at: offset + 40, in: &bytes)
    }

    private static func fillFilter(
        _ digest: Digest256, _ layout: TableLayout, in bytes: inout [UInt8]
    ) {
        let block = TableLayout.filterBlock(digest, layout.filterBlockCount)
        var bits = digest.word2
        for _ in 0..<TableLayout.filterProbes {
            let bit = Int(bits & 511)
            bytes[layout.filterOffset(block) + bit >> 3] |= 1 << UInt8(bit & 7)
            bits >>= 9
        }
    }

    private static func set(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
    }
}
