import TestSupport
import Testing
import ZstdCodec

struct DamageTests {
    private let plain: [UInt8]
    private let frame: [UInt8]

    init() throws {
        var generator = SeededGenerator(seed: 3)
        plain = generator.text(300)
        var compressor = try ZstdCompressor(level: 3)
        frame = try #require(plain.withUnsafeBytes { compressor.compress($0) })
    }

    @Test func aFlippedBitNeverGivesOtherBytes() throws {
        let decompressor = try ZstdDecompressor()
        var refused = 0
        for bit in 0..<frame.count * 8 {
            var damaged = frame
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            do {
                // A few bits of a frame have no meaning: unused ones, and padding.
                #expect(try decompress(damaged, plain.count, decompressor) == plain)
            } catch is ZstdError {
                refused += 1
            }
        }
        #expect(refused >= frame.count * 8 * 9 / 10)
        #expect(try decompress(frame, plain.count, decompressor) == plain)
    }

    @Test func aWrongChecksumIsDamageForWhomItIsVerified() throws {
        var damaged = frame
        damaged[frame.count - 1] ^= 1
        let error = #expect(throws: ZstdError.self) {
            try decompress(damaged, plain.count, try ZstdDecompressor())
        }
        #expect(error?.code == .damaged)
        let trusting = try ZstdDecompressor(verifiesChecksums: false)
        for bytes in [damaged, frame] {
            #expect(try decompress(bytes, plain.count, trusting) == plain)
        }
        #expect(throws: ZstdError.self) {
            try decompress(frame.dropLast(), plain.count, trusting)
        }
    }

    @Test func everyTruncatedFrameIsDamaged() throws {
        let decompressor = try ZstdDecompressor()
        for count in 1..<frame.count {
            let error = #expect(throws: ZstdError.self) {
                try decompress(Array(frame.prefix(count)), plain.count, decompressor)
            }
            #expect(error?.code == .damaged)
        }
    }

    @Test func noBytesAreNotTheFrameOfABlock() throws {
        let decompressor = try ZstdDecompressor()
        let error = #expect(throws: ZstdError.self) {
            try decompress([], plain.count, decompressor)
        }
        #expect(error?.code == .wrongSize)
    }

    @Test func bytesBehindTheFrameAreDamage() throws {
        let decompressor = try ZstdDecompressor()
        for rest: [UInt8] in [[0], [1, 2, 3, 4], frame] {
            #expect(throws: ZstdError.self) {
                try decompress(frame + rest, plain.count, decompressor)
            }
        }
    }

    @Test func aWrongPlainLengthIsRefused() throws {
        let decompressor = try ZstdDecompressor()
        for length in [0, 1, plain.count - 1] {
            #expect(throws: ZstdError.self) { try decompress(frame, length, decompressor) }
        }
        for length in [plain.count + 1, 1 << 20] {
            let error = #expect(throws: ZstdError.self) {
                try decompress(frame, length, decompressor)
            }
            #expect(error?.code == .wrongSize)
        }
    }

    @Test(arguments: seeds(count: 8))
    func anyBytesAreRefusedOrDecompressed(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let decompressor = try ZstdDecompressor()
        for _ in 0..<100 {
            let damaged = generator.damaged(frame)
            do {
                let result = try decompress(damaged, plain.count, decompressor)
                #expect(result.count == plain.count)
            } catch is ZstdError {
                // Refusing is what most of them deserve.
            }
        }
        #expect(try decompress(frame, plain.count, decompressor) == plain)
    }
}
