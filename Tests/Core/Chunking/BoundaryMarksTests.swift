import Chunking
import TestSupport
import Testing

/// Places where chunks may end, found without knowing where they begin.
struct BoundaryMarksTests {
    /// Cuts bytes that are looked through in stretches of random lengths, some of them not at all.
    private func stitched(
        _ bytes: [UInt8], with cutter: ChunkCutter, mostInBytes: Int,
        _ generator: inout SeededGenerator
    ) -> (lengths: [Int], marked: Int) {
        var (lengths, marked): ([Int], Int) = ([], 0)
        var marks: BoundaryMarks?
        var (start, end) = (0, 0)
        while end < bytes.count {
            let next = min(bytes.count, end + generator.number(in: 1...mostInBytes))
            let found =
                generator.oneIn(8)
                ? nil
                : bytes[end..<next].withUnsafeBytes { cutter.marks(in: $0, at: UInt64(end)) }
            if let found, marks != nil {
                bytes[start..<next].withUnsafeBytes {
                    marks?.append(found, to: $0, seam: end - start, by: cutter)
                }
            } else {
                marks = found
            }
            end = next
            while start < end, end == bytes.count || end - start >= cutter.maximumInBytes {
                let length = bytes[start..<end].withUnsafeBytes {
                    marks?.length(of: $0, at: UInt64(start), by: cutter) ?? cutter.length(of: $0)
                }
                if marks != nil { marked += 1 }
                lengths.append(length)
                start += length
            }
        }
        return (lengths, marked)
    }

    /// Bytes that repeat after some few.
    private func repetition(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        let word = generator.bytes(generator.number(in: 1...90))
        return (0..<count).map { word[$0 % word.count] }
    }

    private func cutter(_ generator: inout SeededGenerator) -> ChunkCutter {
        let average = generator.pick([64, 128, 256, 512, 1024])
        switch generator.number(in: 0...4) {
        case 0:
            return ChunkCutter(
                minimum: generator.number(in: 1...average), average: average,
                maximum: average + generator.number(in: 0...average))
        case 1: return ChunkCutter(minimum: average, average: average, maximum: average)
        default: return ChunkCutter(minimum: average / 4, average: average, maximum: average * 4)
        }
    }

    @Test(arguments: seeds(count: 6), [1, 63, 64, 65, 150, 1500, 9000])
    func `stretches are cut as one piece is`(seed: UInt64, mostInBytes: Int) {
        var generator = SeededGenerator(seed: seed)
        var marked = 0
        for _ in 0..<4 {
            let cutter = cutter(&generator)
            let bytes =
                generator.mixedBytes(generator.number(in: 0...2000))
                + repetition(generator.number(in: 0...2000), &generator)
                + generator.bytes(generator.number(in: 0...2000))
            let result = stitched(bytes, with: cutter, mostInBytes: mostInBytes, &generator)
            #expect(result.lengths == cut(bytes, with: cutter).map(\.count))
            marked += result.marked
        }
        #expect(marked > 0)
    }

    @Test(arguments: [UInt8.min, 1, 0x41, .max])
    func `a run of one byte never comes back to the same places, and is cut alike`(byte: UInt8) {
        var generator = SeededGenerator(seed: UInt64(byte))
        let cutter = ChunkCutter(minimum: 64, average: 256, maximum: 1024)
        let bytes = generator.bytes(3001) + [UInt8](repeating: byte, count: 8000)
        for most in [100, 5000] {
            let result = stitched(bytes, with: cutter, mostInBytes: most, &generator)
            #expect(result.lengths == cut(bytes, with: cutter).map(\.count))
        }
    }

    @Test func `bytes with too many marks have none`() {
        var generator = SeededGenerator(seed: 3)
        let bytes = generator.bytes(20_000)
        // Of the places of random bytes one in 16, and one in 1024.
        for (average, isMarked) in [(64, false), (4096, true)] {
            let cutter = ChunkCutter(minimum: 16, average: average, maximum: 4 * average)
            let marks = bytes.withUnsafeBytes { cutter.marks(in: $0, at: 5) }
            #expect((marks != nil) == isMarked)
        }
    }

    @Test func `what is cut at fixed places, or too short, needs no look`() {
        let pages = ChunkCutter(minimum: 64, average: 64, maximum: 64)
        let other = ChunkCutter(minimum: 16, average: 64, maximum: 256)
        var generator = SeededGenerator(seed: 4)
        let bytes = generator.bytes(20_000)
        #expect(bytes.withUnsafeBytes { pages.marks(in: $0, at: 0) } != nil)
        for count in [0, 1, 63, 64] {
            #expect(bytes[..<count].withUnsafeBytes { other.marks(in: $0, at: 0) } != nil)
        }
    }
}
