import ChunkStorage
import RepositoryFormat
import TestSupport
import Testing

struct BlockRangeTests {
    private static let mebibyte = 1024 * 1024

    /// Blocks of the given sizes, one behind the other, with gaps before each.
    private func blocks(_ sizes: [(gap: Int, size: Int)]) -> [BlockRecord] {
        var end = 8
        return sizes.map { gap, size in
            let record = BlockRecord(
                offset: UInt32(end + gap), storedLength: UInt32(size), plainLength: UInt32(size),
                codec: .stored, kind: .data)
            end += gap + size
            return record
        }
    }

    @Test func `no blocks are no ranges`() { #expect(BlockRange.join([]).isEmpty) }

    @Test func `a gap is read up to its limit and not beyond`() {
        let records = blocks([(0, 10), (5, 10), (6, 10)])
        let ranges = BlockRange.join(records, gapInBytes: 5)
        #expect(ranges.map(\.blocks) == [0..<2, 2..<3])
        #expect(ranges.map(\.offset) == [8, 39])
        #expect(ranges.map(\.length) == [25, 10])
        #expect(ranges.map(\.end) == [33, 49])
        #expect(BlockRange.join(records, gapInBytes: 6).map(\.blocks) == [0..<3])
        #expect(BlockRange.join(records, gapInBytes: 4).count == 3)
    }

    @Test(arguments: [1, 7, 9, 15, 16, 17, 31, 32, 33, 63, 127])
    func `a stretch takes at most one request for each 8 MiB`(mebibytes: Int) {
        // Of 300 KB each: no multiple of anything.
        let count = mebibytes * Self.mebibyte / 300_000
        let ranges = BlockRange.join(blocks([(Int, Int)](repeating: (0, 300_000), count: count)))
        let total = ranges.reduce(0) { $0 + $1.length }
        #expect(total == count * 300_000)
        #expect(ranges.count <= max(1, total / (8 * Self.mebibyte)))
        #expect(ranges.allSatisfy { $0.length < 2 * BlockRange.usualPartInBytes + 300_000 })
        #expect(ranges.count >= total / (8 * Self.mebibyte))
        #expect(ranges.flatMap(\.blocks) == Array(0..<count))
    }

    @Test func `a block is never cut`() {
        let ranges = BlockRange.join(blocks([(0, 100), (0, 5), (0, 100)]), partInBytes: 50)
        #expect(ranges.map(\.blocks) == [0..<1, 1..<2, 2..<3])
        #expect(ranges.map(\.length) == [100, 5, 100])
    }

    @Test(arguments: seeds(count: 40))
    func `whatever a table claims, each block is in one range`(seed: UInt64) {
        // The blocks of a hostile table may lie one over the other.
        var generator = SeededGenerator(seed: seed)
        let records = generator.array(1...30) { generator in
            let size = UInt32(generator.number(in: 1...5_000))
            return BlockRecord(
                offset: UInt32(generator.number(in: 0...40_000)), storedLength: size,
                plainLength: size, codec: .stored, kind: .data)
        }.sorted { $0.offset < $1.offset }
        let ranges = BlockRange.join(
            records, gapInBytes: generator.number(in: 0...300),
            partInBytes: generator.number(in: 1...20_000))
        #expect(ranges.flatMap(\.blocks) == Array(records.indices))
        for range in ranges {
            for record in records[range.blocks] {
                #expect(range.offset <= UInt64(record.offset) && record.end <= range.end)
            }
        }
    }
}
