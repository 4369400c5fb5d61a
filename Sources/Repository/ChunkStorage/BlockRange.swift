package import RepositoryFormat

/// Neighbouring blocks of one pack that are read with one request.
package struct BlockRange: Hashable, Sendable {
    /// Bytes from the start of the pack.
    package let offset: UInt64
    /// Bytes from the start of the first block to the end of the last.
    package let length: Int
    /// The positions of the blocks in the collection that the range was made of.
    package let blocks: Range<Int>

    /// The first byte behind the range.
    package var end: UInt64 { offset + UInt64(length) }

    /// Reading this many bytes in vain takes no longer than another request: 30 ms at 30 MB/s.
    package static let usualGapInBytes = 1024 * 1024
    /// Long stretches are read in parts of this size at least, so that requests are few; less than
    /// twice of it, so that several can be under way in bounded memory.
    package static let usualPartInBytes = 8 * 1024 * 1024

    /// Joins blocks into ranges.
    ///
    /// Each byte of a block is in one range. A stretch of blocks is cut into as many ranges of
    /// about the same length as can have `partInBytes` each.
    /// - Parameters:
    ///   - blocks: of one pack, ascending by offset.
    ///   - gapInBytes: up to this many bytes between two blocks are read in vain.
    ///   - partInBytes: at least 1.
    /// - Returns: ascending by offset; empty without blocks.
    package static func join(
        _ blocks: [BlockRecord], gapInBytes: Int = usualGapInBytes,
        partInBytes: Int = usualPartInBytes
    ) -> [BlockRange] {
        var ranges: [BlockRange] = []
        var first = 0
        while first < blocks.count {
            var last = first
            var end = blocks[first].end
            while last + 1 < blocks.count,
                UInt64(blocks[last + 1].offset) <= end + UInt64(gapInBytes)
            {
                last += 1
                end = max(end, blocks[last].end)
            }
            cut(blocks, first...last, end: end, partInBytes, into: &ranges)
            first = last + 1
        }
        return ranges
    }

    /// A pack whose blocks take no more than this is read as a whole: small snapshots make such
    /// packs, and whoever needs a listing of one often needs the data beside it.
    private static let smallPackInBytes: UInt64 = 1024 * 1024

    /// The parts of a pack in which whoever needs much of its metadata reads that. Everybody who
    /// takes the same window reads the same parts, so that a cache can keep them.
    /// - Parameters:
    ///   - blocks: all of the pack, ascending by offset.
    ///   - windowInBytes: the size of a part is from this to twice of it; at least 1.
    /// - Returns: ascending by offset; each metadata block is in one. `blocks` counts within the
    ///   metadata blocks, for a small pack within all blocks.
    package static func metadata(_ blocks: [BlockRecord], windowInBytes: Int) -> [BlockRange] {
        if let first = blocks.first, let end = blocks.map(\.end).max(),
            end - UInt64(first.offset) <= smallPackInBytes
        {
            let length = Int(end - UInt64(first.offset))
            return [
                BlockRange(offset: UInt64(first.offset), length: length, blocks: blocks.indices)
            ]
        }
        return join(
            blocks.filter { $0.kind == .metadata }, gapInBytes: 0, partInBytes: windowInBytes)
    }

    private static func cut(
        _ blocks: [BlockRecord], _ stretch: ClosedRange<Int>, end: UInt64, _ partInBytes: Int,
        into ranges: inout [BlockRange]
    ) {
        let start = UInt64(blocks[stretch.lowerBound].offset)
        let total = end - start
        let count = max(1, total / UInt64(partInBytes))
        var first = stretch.lowerBound
        var cuts: UInt64 = 0
        var rangeEnd = start
        for number in stretch {
            rangeEnd = max(rangeEnd, blocks[number].end)
            // Invariant: the ranges so far, and the one at hand, reach up to `rangeEnd`.
            guard number == stretch.upperBound || (rangeEnd - start) * count >= total * (cuts + 1)
            else { continue }
            let offset = UInt64(blocks[first].offset)
            ranges.append(
                BlockRange(
                    offset: offset, length: Int(rangeEnd - offset), blocks: first..<number + 1))
            cuts = (rangeEnd - start) * count / max(1, total)
            first = number + 1
        }
    }
}
