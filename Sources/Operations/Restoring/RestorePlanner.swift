// Gathers the chunks that files want and plans how to read them: pure, without any I/O. A chunk
// that is wanted often is read once; one that several packs have is taken from a pack that is read
// anyway (Specs/decisions/0013-plan-restores-by-pack.md).

import ChunkStorage
package import RepositoryFormat
package import SnapshotModel

/// Collects wanted chunks, and makes a plan of them.
package struct RestorePlanner {
    private struct BlockKey: Hashable {
        let pack: UInt32
        let offset: UInt32
    }

    private struct WantedBlock {
        let pack: UInt32
        let record: BlockRecord
    }

    /// What the arrays take for each of their elements, with the room in which they grow.
    private static let bytesPerChunk = 88
    private static let bytesPerPlace = 24
    private static let bytesPerBlock = 96
    private static let bytesPerAlternative = 96
    private static let bytesPerCopy = 24
    /// Stands for the block of a chunk that a local file has.
    private static let localBlock = UInt32.max - 1

    private var wanted = WantedChunks()
    private var numbers = ChunkNumbers()
    /// For each chunk the number of its block; `WantedChunks.none` while that is not chosen.
    private var blockOfChunk: [UInt32] = []
    private var blocks: [WantedBlock] = []
    private var blockNumbers: [BlockKey: UInt32] = [:]
    private var packs: [PackID] = []
    private var packNumbers: [PackID: UInt32] = [:]
    /// Chunks of which there is a choice.
    private var alternatives: [(chunk: UInt32, locations: [ChunkLocation])] = []
    private var alternativeCount = 0
    private var copies: [(chunk: UInt32, copy: RestorePlan.Copy)] = []

    /// Nothing wanted.
    package init() {}

    /// About how much memory the plan takes, in bytes.
    package var sizeInBytes: Int {
        wanted.chunks.count * Self.bytesPerChunk + wanted.places.count * Self.bytesPerPlace
            + blocks.count * Self.bytesPerBlock + alternativeCount * Self.bytesPerAlternative
            + copies.count * Self.bytesPerCopy
    }

    /// About how many bytes of packs are wanted, those of chunks of which there is a choice aside.
    package var storedInBytes: UInt64 {
        blocks.reduce(0) { $0 + UInt64($1.record.storedLength) }
    }

    /// Whether nothing is wanted.
    package var isEmpty: Bool { wanted.places.isEmpty }

    /// Wants a chunk at a place of a file.
    /// - Parameters:
    ///   - locate: where packs have a chunk; asked once for each chunk.
    ///   - copy: where a local file may have a chunk; asked once for each that packs have.
    /// - Returns: the plain bytes of the chunk; `nil` when no pack has it.
    package mutating func want(
        _ id: ChunkID, at place: RestorePlan.Place, locate: (ChunkID) throws -> [ChunkLocation],
        copy: (ChunkID) -> RestorePlan.Copy? = { _ in nil }
    ) rethrows -> UInt32? {
        if let known = numbers.number(of: id, in: wanted.chunks) {
            wanted.addPlace(ofChunk: known, file: place.file, offset: place.offset)
            return wanted.chunks[known].length
        }
        let locations = try locate(id)
        guard let first = locations.first else { return nil }
        let number = wanted.chunks.count
        wanted.chunks.append(
            RestorePlan.Chunk(id: id, offset: first.offset, length: first.length))
        wanted.firstPlaces.append(WantedChunks.none)
        numbers.addLast(of: wanted.chunks)
        wanted.addPlace(ofChunk: number, file: place.file, offset: place.offset)
        if let copy = copy(id) {
            copies.append((UInt32(number), copy))
            blockOfChunk.append(Self.localBlock)
        } else if locations.count == 1 {
            blockOfChunk.append(blockNumber(of: first))
        } else {
            // Places that claim another length cannot all be right; the first is as good as any.
            let equals = locations.filter { $0.length == first.length }
            alternatives.append((UInt32(number), equals))
            alternativeCount += equals.count
            blockOfChunk.append(WantedChunks.none)
        }
        return first.length
    }

    /// Plans how to read everything that is wanted.
    /// - Parameters:
    ///   - gapInBytes: as `BlockRange.join` takes it.
    ///   - partInBytes: as `BlockRange.join` takes it.
    package consuming func plan(
        gapInBytes: Int = BlockRange.usualGapInBytes,
        partInBytes: Int = BlockRange.usualPartInBytes
    ) -> RestorePlan {
        var planner = self
        planner.chooseLocations()
        let (chunkCounts, firstChunks) = planner.surveyBlocks()
        var ranges: [(first: UInt32, pack: PackID, range: BlockRange, blocks: ArraySlice<Int>)] = []
        for blocks in planner.blocksByPack() {
            let pack = planner.packs[Int(planner.blocks[blocks[blocks.startIndex]].pack)]
            let joined = BlockRange.join(
                blocks.map { planner.blocks[$0].record }, gapInBytes: gapInBytes,
                partInBytes: partInBytes)
            for range in joined {
                let start = blocks.startIndex + range.blocks.lowerBound
                let part = blocks[start..<start + range.blocks.count]
                let first = part.reduce(UInt32.max) { min($0, firstChunks[$1]) }
                ranges.append((first, pack, range, part))
            }
        }
        ranges.sort { $0.first < $1.first }
        return planner.assemble(ranges.map { ($0.pack, $0.range, $0.blocks) }, chunkCounts)
    }

    private mutating func blockNumber(of location: ChunkLocation) -> UInt32 {
        let pack = packNumber(of: location.pack)
        let key = BlockKey(pack: pack, offset: location.block.offset)
        if let number = blockNumbers[key] { return number }
        let number = UInt32(blocks.count)
        blocks.append(WantedBlock(pack: pack, record: location.block))
        blockNumbers[key] = number
        return number
    }

    private mutating func packNumber(of pack: PackID) -> UInt32 {
        if let number = packNumbers[pack] { return number }
        let number = UInt32(packs.count)
        packs.append(pack)
        packNumbers[pack] = number
        return number
    }

    /// Chooses among the packs that have the same chunk: a block that is read anyway, else a pack
    /// that is, else the first one, which is read anyway from then on.
    private mutating func chooseLocations() {
        var open: [(chunk: UInt32, locations: [ChunkLocation])] = []
        for (chunk, locations) in alternatives {
            let known = locations.first { location in
                packNumbers[location.pack].map {
                    blockNumbers[BlockKey(pack: $0, offset: location.block.offset)] != nil
                } ?? false
            }
            if let known { choose(known, for: chunk) } else { open.append((chunk, locations)) }
        }
        for (chunk, locations) in open {
            let known = locations.first { packNumbers[$0.pack] != nil }
            choose(known ?? locations[0], for: chunk)
        }
        alternatives = []
    }

    private mutating func choose(_ location: ChunkLocation, for chunk: UInt32) {
        let number = Int(chunk)
        blockOfChunk[number] = blockNumber(of: location)
        wanted.chunks[number] = RestorePlan.Chunk(
            id: wanted.chunks[number].id, offset: location.offset, length: location.length)
    }

    /// For each block how many chunks of it are wanted, and which is wanted first.
    private func surveyBlocks() -> (counts: [Int], first: [UInt32]) {
        var counts = [Int](repeating: 0, count: blocks.count)
        var first = [UInt32](repeating: .max, count: blocks.count)
        for (chunk, block) in blockOfChunk.enumerated() where block != Self.localBlock {
            counts[Int(block)] += 1
            first[Int(block)] = min(first[Int(block)], UInt32(chunk))
        }
        return (counts, first)
    }

    /// The numbers of the blocks of each pack, ascending by offset.
    private func blocksByPack() -> [ArraySlice<Int>] {
        let sorted = blocks.indices.sorted { left, right in
            let (left, right) = (blocks[left], blocks[right])
            return (left.pack, left.record.offset) < (right.pack, right.record.offset)
        }
        return sorted.split(onChange: { blocks[$0].pack })
    }

    private func assemble(
        _ parts: [(pack: PackID, range: BlockRange, blocks: ArraySlice<Int>)],
        _ chunkCounts: [Int]
    ) -> RestorePlan {
        var ranges: [RestorePlan.Range] = []
        var planned: [RestorePlan.Block] = []
        /// For each block where its next chunk goes.
        var next = [Int](repeating: 0, count: blocks.count)
        var position = 0
        for (pack, range, part) in parts {
            let first = planned.count
            for block in part {
                next[block] = position
                planned.append(
                    RestorePlan.Block(
                        record: blocks[block].record,
                        chunks: position..<position + chunkCounts[block]))
                position += chunkCounts[block]
            }
            ranges.append(
                RestorePlan.Range(
                    pack: pack, offset: range.offset, length: range.length,
                    blocks: first..<planned.count))
        }
        var order = [UInt32](repeating: 0, count: position)
        for (chunk, block) in blockOfChunk.enumerated() where block != Self.localBlock {
            order[next[Int(block)]] = UInt32(chunk)
            next[Int(block)] += 1
        }
        let copies = copies.sorted { $0.copy < $1.copy }
        return RestorePlan(
            ranges: ranges, blocks: planned, copies: copies.map(\.copy), wanted: wanted,
            order: order + copies.map(\.chunk))
    }
}

extension [Int] {
    /// Splits where a key changes.
    fileprivate func split(onChange key: (Int) -> UInt32) -> [ArraySlice<Int>] {
        var parts: [ArraySlice<Int>] = []
        var first = 0
        for index in indices where index + 1 == count || key(self[index]) != key(self[index + 1]) {
            parts.append(self[first...index])
            first = index + 1
        }
        return parts
    }
}
