import Chunking
import FileCutting
import TestSupport
import Testing

/// Stretches that are cut as if they were one piece.
struct ChunkStitcherTests {
    private let cutter = ChunkCutter(minimum: 256, average: 1024, maximum: 4096)

    private func lengths(of bytes: [UInt8], by cutter: ChunkCutter) -> [Int] {
        var lengths: [Int] = []
        var start = 0
        while start < bytes.count {
            let length = bytes[start...].withUnsafeBytes { cutter.length(of: $0) }
            lengths.append(length)
            start += length
        }
        return lengths
    }

    /// A stretch of an input of which each has as many bytes, but the last.
    private func stretch(
        of bytes: [UInt8], at offset: Int, mostInBytes: Int, isMarked: Bool
    ) -> FileStretch {
        FileStretch(
            roomInBytes: offset == 0 ? 0 : cutter.maximumInBytes, mostInBytes: mostInBytes,
            at: UInt64(offset), markedBy: isMarked ? cutter : nil
        ) { buffer in
            let end = min(bytes.count, offset + mostInBytes)
            buffer.copyBytes(from: bytes[offset..<end])
            return end - offset
        }
    }

    private func check(
        _ bytes: [UInt8], mostInBytes: Int, isMarked: (Int) -> Bool
    ) {
        var stitcher = ChunkStitcher(cutter)
        var found: [Int] = []
        var offset = 0
        var isLast = false
        while !isLast {
            #expect(stitcher.end <= UInt64(bytes.count))
            let end = Int(stitcher.end)
            let stretch = stretch(
                of: bytes, at: end, mostInBytes: mostInBytes, isMarked: isMarked(end))
            isLast = stretch.isLast
            guard let chunks = stitcher.cut(stretch) else { continue }
            #expect(chunks.sizeInBytes == chunks.lengths.reduce(0, +))
            chunks.forEachChunk { chunk in
                #expect(chunk.elementsEqual(bytes[offset..<offset + chunk.count]))
                offset += chunk.count
            }
            found += chunks.lengths
            #expect(stitcher.offset == UInt64(offset))
        }
        #expect(found == lengths(of: bytes, by: cutter))
    }

    @Test(arguments: seeds(count: 3), [1000, 4095, 4096, 4097, 9000])
    func `whatever the bytes are, and whichever stretches were looked through`(
        seed: UInt64, mostInBytes: Int
    ) {
        var generator = SeededGenerator(seed: seed)
        let bytes = generator.mixedBytes(generator.number(in: 0...40_000))
        check(bytes, mostInBytes: mostInBytes) { _ in true }
        check(bytes, mostInBytes: mostInBytes) { _ in false }
        let odds = generator.number(in: 2...5)
        check(bytes, mostInBytes: mostInBytes) { _ in generator.oneIn(odds) }
    }

    @Test(arguments: [0, 1, 63, 64, 255, 256, 257, 4095, 4096, 4097, 8192, 12_288])
    func `at each size where something ends`(size: Int) {
        var generator = SeededGenerator(seed: UInt64(size))
        let bytes = generator.bytes(size)
        for most in [64, 4096, 8192] { check(bytes, mostInBytes: most) { _ in true } }
    }

    @Test(arguments: [0, 7, 0xFF])
    func `bytes whose chunks never end at the same places again`(byte: UInt8) {
        var generator = SeededGenerator(seed: UInt64(byte))
        let word = generator.bytes(37)
        let run = [UInt8](repeating: byte, count: 20_000)
        let pattern = (0..<20_000).map { word[$0 % word.count] }
        for bytes in [run, pattern, generator.bytes(777) + run + generator.bytes(10_000)] {
            check(bytes, mostInBytes: 9000) { _ in true }
        }
    }

    @Test func `it goes on behind what was passed over`() {
        var generator = SeededGenerator(seed: 9)
        let bytes = generator.bytes(50_000)
        var stitcher = ChunkStitcher(cutter)
        let first = stretch(of: bytes, at: 0, mostInBytes: 20_000, isMarked: true)
        let before = stitcher.cut(first)
        #expect(before != nil && stitcher.end == 20_000)
        stitcher.skip(to: 30_000)
        #expect(stitcher.offset == 30_000 && stitcher.end == 30_000)
        let last = stretch(of: bytes, at: 30_000, mostInBytes: 30_000, isMarked: true)
        #expect(last.isLast && last.sizeInBytes == 20_000)
        let chunks = stitcher.cut(last)
        #expect(chunks?.lengths == lengths(of: Array(bytes[30_000...]), by: cutter))
    }

    @Test func `a stretch that cannot be filled is none`() {
        struct Failure: Error {}
        #expect(throws: Failure.self) {
            _ = try FileStretch(
                roomInBytes: 10, mostInBytes: 10, at: 0, markedBy: nil
            ) { _ throws(Failure) in throw Failure() }
        }
    }
}
