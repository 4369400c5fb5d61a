package import SnapshotModel

/// The filters of several index tables, asked together: a large repository has dozens of tables,
/// and nearly every question about a new chunk is answered "no" by all of them.
///
/// Each filter costs one cache line that is in no cache. The lines do not depend on one another,
/// and nothing but the rare "perhaps" is a branch, so the processor waits for many of them at a
/// time. Layout: Specs/repository-format.md section 5.2.
package struct TableFilters: @unchecked Sendable {
    // @unchecked: as with IndexTable, the memory is immutable, and whoever holds the filters also
    // holds the owners of the memory.

    private struct Filter {
        let lines: UnsafeRawPointer
        let lineCount: UInt64
    }

    private var filters: [Filter] = []

    /// No filters.
    package init() {}

    /// The number of filters.
    package var count: Int { filters.count }

    /// Adds the filter of a table, whose memory must outlive the filters.
    package mutating func append(_ table: IndexTable) {
        let (lines, lineCount) = table.filter
        filters.append(Filter(lines: lines, lineCount: UInt64(lineCount)))
    }

    /// The position of the first table, from `start` on, that may have the chunk; `count` when
    /// none has it.
    package func next(_ id: ChunkID, from start: Int) -> Int {
        let word = id.digest.word1
        let bits = FilterBits(id.digest)
        for position in start..<filters.count {
            let filter = filters[position]
            let line = Int(word.multipliedFullWidth(by: filter.lineCount).high)
            if bits.areSet(in: filter.lines + line * IndexTable.filterBlockLength) {
                return position
            }
        }
        return filters.count
    }
}

/// The bits of an ID in a block of a filter, whatever the filter.
struct FilterBits {
    typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    private var mask: Words = (0, 0, 0, 0, 0, 0, 0, 0)

    init(_ digest: Digest256) {
        var bits = digest.word2
        withUnsafeMutableBytes(of: &mask) { mask in
            for _ in 0..<TableLayout.filterProbes {
                let bit = Int(bits & 511)
                mask[bit >> 3] |= 1 << UInt8(bit & 7)
                bits >>= 9
            }
        }
    }

    /// Whether all are set in a block.
    ///
    /// All words are looked at: each bit is set nearly half of the time, so a branch on one would
    /// be guessed wrongly as often. Vectors of eight words take three times as long as this.
    @inline(__always)
    func areSet(in line: UnsafeRawPointer) -> Bool {
        func missing(_ number: Int, _ word: UInt64) -> UInt64 {
            word & ~line.loadUnaligned(fromByteOffset: 8 &* number, as: UInt64.self)
        }
        let low = missing(0, mask.0) | missing(1, mask.1) | missing(2, mask.2) | missing(3, mask.3)
        let high = missing(4, mask.4) | missing(5, mask.5) | missing(6, mask.6) | missing(7, mask.7)
        return low | high == 0
    }
}
