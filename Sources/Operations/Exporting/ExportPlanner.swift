// Gathers what the stream needs next and plans how to read it: pure, without any I/O. Chunks of
// many files are planned together by pack, so that small files do not cost a request each.

import ChunkStorage
import RepositoryFormat
import SnapshotModel
import TarFormat

/// Collects parts of the stream, and makes segments of them.
struct ExportPlanner {
    private struct BlockKey: Hashable {
        let pack: PackID
        let offset: UInt32

        init(_ location: ChunkLocation) {
            pack = location.pack
            offset = location.block.offset
        }

        init(_ block: ExportBlock) {
            pack = block.pack
            offset = block.record.offset
        }
    }

    /// Bounds what headers and numbers take, where there is little data.
    private static let partsPerSegment = 8 * 1024
    private static let chunksPerSegment = 64 * 1024
    /// The first segment is small so that the stream begins soon; each one is twice the one before.
    private static let firstSegmentInBytes = 1024 * 1024

    private let limitInBytes: Int
    private var capacityInBytes: Int

    private var parts: [ExportSegment.Part] = []
    private var open: ExportSegment.FilePart?
    private var chunks: [ExportSegment.Chunk] = []
    private var chunkNumbers: [ChunkID: Int] = [:]
    private var pieces = 0
    private var blocks: [ExportBlock] = []
    private var blockNumbers: [BlockKey: Int] = [:]
    private var packs: Set<PackID> = []
    /// Blocks of the segment before, which are in memory, or soon will be.
    private var previous: [BlockKey: ExportBlock] = [:]
    private var shared: [Int] = []
    private var newBytes = 0

    init(segmentInBytes: Int) {
        limitInBytes = segmentInBytes
        capacityInBytes = min(segmentInBytes, Self.firstSegmentInBytes)
    }

    var isEmpty: Bool { parts.isEmpty && open == nil }

    /// Whether the segment is as large as one may be.
    var isFull: Bool {
        newBytes >= capacityInBytes || parts.count >= Self.partsPerSegment
            || pieces >= Self.chunksPerSegment
    }

    /// Whether a file had better begin with the next segment, so that all of it can be verified
    /// before its header is written.
    func shouldCut(before sizeInBytes: UInt64) -> Bool {
        newBytes > 0 && sizeInBytes <= UInt64(limitInBytes)
            && UInt64(newBytes) + sizeInBytes > UInt64(limitInBytes)
    }

    /// Appends a header without data.
    mutating func add(_ member: TarMember, path: [UInt8]) {
        parts.append(.member(member, path: path))
        newBytes += Self.sizeInMemory(member)
    }

    /// Begins a file; `want` says what it holds.
    /// - Parameter sizeInBytes: of all of its chunks; a file that fits into a segment is not cut.
    mutating func begin(_ file: ExportFile, sizeInBytes: UInt64) {
        if sizeInBytes <= UInt64(limitInBytes) {
            // Its first and its last block hold other chunks, too.
            let needed = newBytes + Int(sizeInBytes) + 2 * FormatLimits.blockTargetInBytes
            capacityInBytes = max(capacityInBytes, needed)
        }
        open = ExportSegment.FilePart(file: file, isFirst: true)
        newBytes += Self.sizeInMemory(file.member)
    }

    /// What may be much of a header: everything else is bounded by the number of parts.
    private static func sizeInMemory(_ member: TarMember) -> Int {
        member.attributes.reduce(0) { $0 + $1.value.count }
    }

    /// Appends a chunk to the open file.
    /// - Parameter locations: every place of the chunk, of which there must be one; only those of
    ///   the length of the first are used.
    mutating func want(_ id: ChunkID, _ locations: [ChunkLocation]) {
        pieces += 1
        if let number = chunkNumbers[id] {
            open?.pieces.append(.chunk(number))
            return
        }
        let location = choose(locations.filter { $0.length == locations[0].length })
        let chunk = ExportSegment.Chunk(
            id: id, block: blockNumber(of: location), location: location)
        chunkNumbers[id] = chunks.count
        open?.pieces.append(.chunk(chunks.count))
        chunks.append(chunk)
    }

    /// Appends zeros to the open file.
    mutating func add(zeros count: UInt64) { open?.pieces.append(.zeros(count)) }

    /// Ends the open file.
    mutating func end() {
        guard var part = open else { return }
        part.isLast = true
        parts.append(.file(part))
        open = nil
    }

    /// Makes a segment of everything so far; an open file goes on in the next one.
    mutating func cut(gapInBytes: Int, partInBytes: Int) -> ExportSegment {
        if let part = open {
            parts.append(.file(part))
            open = ExportSegment.FilePart(file: part.file, isFirst: false)
        }
        let segment = ExportSegment(
            parts: parts, chunks: chunks, blocks: blocks,
            ranges: ranges(gapInBytes, partInBytes), shared: shared)
        var next = Self(segmentInBytes: limitInBytes)
        next.capacityInBytes = min(limitInBytes, 2 * capacityInBytes)
        next.open = open
        for block in blocks { next.previous[BlockKey(block)] = block }
        self = next
        return segment
    }

    /// A block that is read anyway, else a pack that is, else the first place.
    private func choose(_ locations: [ChunkLocation]) -> ChunkLocation {
        if locations.count == 1 { return locations[0] }
        return locations.first { blockNumbers[BlockKey($0)] != nil }
            ?? locations.first { previous[BlockKey($0)] != nil }
            ?? locations.first { packs.contains($0.pack) } ?? locations[0]
    }

    private mutating func blockNumber(of location: ChunkLocation) -> Int {
        let key = BlockKey(location)
        if let number = blockNumbers[key] { return number }
        let number = blocks.count
        blockNumbers[key] = number
        if let block = previous[key] {
            blocks.append(block)
            shared.append(number)
        } else {
            blocks.append(ExportBlock(pack: location.pack, record: location.block))
            packs.insert(location.pack)
            newBytes += Int(location.block.plainLength)
        }
        return number
    }

    private func ranges(_ gapInBytes: Int, _ partInBytes: Int) -> [ExportSegment.Range] {
        let known = Set(shared)
        let byPack = Dictionary(grouping: blocks.indices.filter { !known.contains($0) }) {
            blocks[$0].pack
        }
        var ranges: [ExportSegment.Range] = []
        for (pack, unsorted) in byPack {
            let numbers = unsorted.sorted { blocks[$0].record.offset < blocks[$1].record.offset }
            let joined = BlockRange.join(
                numbers.map { blocks[$0].record }, gapInBytes: gapInBytes,
                partInBytes: partInBytes)
            for range in joined {
                ranges.append(
                    ExportSegment.Range(
                        pack: pack, offset: range.offset, length: range.length,
                        blocks: Array(numbers[range.blocks])))
            }
        }
        // Blocks are numbered in the order in which they are needed first.
        func first(_ range: ExportSegment.Range) -> Int { range.blocks.min() ?? 0 }
        return ranges.sorted { first($0) < first($1) }
    }
}
