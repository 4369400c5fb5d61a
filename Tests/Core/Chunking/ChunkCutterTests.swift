import Chunking
import TestSupport
import Testing

struct ChunkCutterTests {
    @Test(arguments: seeds(count: 8))
    func chunksConcatenateToTheInputAndKeepTheirBounds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for average in [64, 256, 1024] {
            let bytes = generator.mixedBytes(generator.number(in: 0...40 * average))
            let chunks = cut(bytes, with: cutter(average: average))
            #expect(Array(chunks.joined()) == bytes)
            #expect(chunks.allSatisfy { $0.count <= 4 * average })
            #expect(chunks.dropLast().allSatisfy { $0.count > average / 4 })
        }
    }

    @Test(arguments: seeds(count: 8))
    func aChunkDependsOnNoMoreBytesThanTheMaximum(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = generator.mixedBytes(30_000)
        let cutter = cutter(average: 512)
        #expect(cutter.maximumInBytes == 2048)
        let chunks = cut(bytes, with: cutter)
        #expect(cut(bytes, with: cutter, window: cutter.maximumInBytes) == chunks)
        // Cutting again from any boundary gives the same chunks as before.
        if let start = chunks.dropFirst(chunks.count / 2).first?.startIndex {
            let rest = cut(Array(bytes[start...]), with: cutter)
            #expect(rest.map(\.count) == chunks.suffix(rest.count).map(\.count))
        }
    }

    @Test func inputsUpToTheMinimumAreOneChunk() {
        var generator = SeededGenerator(seed: 1)
        let cutter = cutter(average: 256)
        for count in [0, 1, 63, 64] {
            let bytes = generator.bytes(count)
            #expect(bytes.withUnsafeBytes { cutter.length(of: $0) } == count)
        }
        #expect(cutter.length(of: UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
    }

    @Test func fixedBoundsGiveFixedSizes() {
        var generator = SeededGenerator(seed: 1)
        let cutter = ChunkCutter(minimum: 128, average: 128, maximum: 128)
        let lengths = cut(generator.bytes(1000), with: cutter).map(\.count)
        #expect(lengths == [128, 128, 128, 128, 128, 128, 128, 104])
    }

    @Test(arguments: seeds(count: 4))
    func theAverageOfDataWithoutPatternIsNearTheTarget(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let average = 512
        let chunks = cut(generator.bytes(200 * average), with: cutter(average: average))
        let mean = 200 * average / chunks.count
        #expect((average * 3 / 4...average * 3 / 2).contains(mean))
        // Normalised chunking: sizes gather around the average.
        let close = chunks.count { (average / 2...average * 2).contains($0.count) }
        #expect(close * 10 >= chunks.count * 7)
    }

    @Test(arguments: [UInt8.min, 1, 32, .max])
    func runsOfOneByteAreCutAtTheSameLengthWhereverTheyBegin(byte: UInt8) throws {
        var generator = SeededGenerator(seed: 1)
        let cutter = cutter(average: 256)
        let run = [UInt8](repeating: byte, count: 20_000)
        let lengths = Set(cut(run, with: cutter).dropLast().map(\.count))
        #expect(lengths.count == 1)
        let length = try #require(lengths.first)
        let embedded = generator.bytes(3000) + run + generator.bytes(3000)
        let whole = cut(embedded, with: cutter).filter { chunk in
            chunk.allSatisfy { $0 == byte }
        }
        #expect(Set(whole.map(\.count)) == lengths)
        #expect(whole.count >= 20_000 / length - 2)
    }

    @Test func anotherTableCutsElsewhere() {
        var generator = SeededGenerator(seed: 1)
        let bytes = generator.bytes(20_000)
        let other = ChunkCutter(
            table: GearTable(seed: 1), minimum: 64, average: 256, maximum: 1024)
        let chunks = cut(bytes, with: other)
        #expect(Array(chunks.joined()) == bytes)
        #expect(chunks != cut(bytes, with: cutter(average: 256)))
    }
}
