import TestSupport
import Testing
import ZstdCodec

struct RoundTripTests {
    @Test(arguments: seeds(count: 4), [1, 3, 7])
    func decompressingGivesThePlainBytesBack(seed: UInt64, level: Int) throws {
        var generator = SeededGenerator(seed: seed)
        var compressor = try ZstdCompressor(level: level)
        let decompressor = try ZstdDecompressor()
        for _ in 0..<6 {
            let plain = generator.text(generator.number(in: 200...40_000))
            let frame = try #require(plain.withUnsafeBytes { compressor.compress($0) })
            #expect(frame.count < plain.count)
            #expect(try decompress(frame, plain.count, decompressor) == plain)
        }
    }

    @Test(arguments: [zstdLevels.lowerBound, 9, zstdLevels.upperBound])
    func everyLevelCompressesLargeBlocks(level: Int) throws {
        var generator = SeededGenerator(seed: 1)
        let piece = generator.text(20_000)
        let plain = Array(repeatElement(piece, count: 20).joined())
        var compressor = try ZstdCompressor(level: level)
        let frame = try #require(plain.withUnsafeBytes { compressor.compress($0) })
        #expect(frame.count < piece.count)
        #expect(try decompress(frame, plain.count, ZstdDecompressor()) == plain)
    }

    @Test(arguments: seeds(count: 4))
    func whatCannotBeMadeSmallerGivesNoFrame(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var compressor = try ZstdCompressor(level: 3)
        for size in [0, 1, 2, 8, 100, 5000, 70_000] {
            let plain = generator.bytes(size)
            #expect(plain.withUnsafeBytes { compressor.compress($0) } == nil)
        }
        // Having given up, the compressor is as good as new.
        let zeros = [UInt8](repeating: 0, count: 10_000)
        let frame = try #require(zeros.withUnsafeBytes { compressor.compress($0) })
        #expect(try decompress(frame, zeros.count, ZstdDecompressor()) == zeros)
    }

    @Test func equalBytesGiveEqualFrames() throws {
        var generator = SeededGenerator(seed: 2)
        let plain = generator.text(5000)
        let other = generator.text(9000)
        var first = try ZstdCompressor(level: 3)
        var second = try ZstdCompressor(level: 3)
        _ = other.withUnsafeBytes { second.compress($0) }
        let frame = plain.withUnsafeBytes { first.compress($0) }
        #expect(frame == plain.withUnsafeBytes { second.compress($0) })
    }
}

/// Decompresses a frame that is an array.
func decompress(
    _ frame: [UInt8], _ plainLength: Int, _ decompressor: borrowing ZstdDecompressor
) throws -> [UInt8] {
    var result: Result<[UInt8], ZstdError>?
    frame.withUnsafeBytes { bytes in
        do throws(ZstdError) {
            result = .success(try decompressor.decompress(bytes, plainLength: plainLength))
        } catch {
            result = .failure(error)
        }
    }
    return try #require(result).get()
}
