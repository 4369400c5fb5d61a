import TestSupport
import Testing
import ZstdCodec

/// The quick look at what a stronger level could gain.
struct LookTests {
    private static let size = 1024 * 1024

    private func promises(_ plain: [UInt8], level: Int = 9) throws -> Bool {
        var compressor = try ZstdCompressor(level: level)
        defer { #expect(compressor.level == level) }
        return plain.withUnsafeBytes { compressor.promises($0) }
    }

    /// What compressed files are like: frames of text, one behind the other.
    private func compressed(_ generator: inout SeededGenerator) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: 3)
        var bytes: [UInt8] = []
        while bytes.count < Self.size {
            let text = generator.text(200_000)
            bytes += try #require(text.withUnsafeBytes { compressor.compress($0) })
        }
        return bytes
    }

    @Test(arguments: seeds(count: 10))
    func `bytes without pattern and compressed ones promise nothing`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let size = generator.number(in: 64 * 1024...Self.size)
        #expect(try !promises(generator.bytes(size)))
        #expect(try !promises(compressed(&generator)))
    }

    @Test(arguments: seeds(count: 10))
    func `text, pages, zeros and numbers promise something`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        #expect(try promises(generator.text(generator.number(in: 64 * 1024...Self.size))))
        #expect(try promises([UInt8](repeating: 0, count: Self.size)))
        // Records with a counter, some text and a number of which half the bits are noise.
        var pages: [UInt8] = []
        for number in 0..<Self.size / 32 {
            withUnsafeBytes(of: UInt64(number).bigEndian) { pages += $0 }
            pages += generator.text(16)
            pages += generator.bytes(4) + [0, 0, 0, 0]
        }
        #expect(try promises(pages))
        // As base64 is: six bits in eight.
        #expect(try promises(generator.bytes(Self.size).map { 48 + $0 % 64 }))
    }

    @Test(arguments: [0, 1, 100, 65_535])
    func `what is hardly larger than the pieces is not looked at`(size: Int) throws {
        var generator = SeededGenerator(seed: 1)
        #expect(try promises(generator.bytes(size)))
    }

    @Test(arguments: seeds(count: 4))
    func `a look changes nothing about the frames`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var looking = try ZstdCompressor(level: 6)
        var plain = try ZstdCompressor(level: 6)
        for _ in 0..<6 {
            let bytes = generator.mixedBytes(generator.number(in: 1000...300_000))
            _ = bytes.withUnsafeBytes { looking.promises($0) }
            let frame = bytes.withUnsafeBytes { looking.compress($0) }
            #expect(frame == bytes.withUnsafeBytes { plain.compress($0) })
            // Levels come and go, and leave no trace.
            let level = generator.number(in: 1...9)
            looking.level = level
            var fresh = try ZstdCompressor(level: level)
            let other = bytes.withUnsafeBytes { looking.compress($0) }
            #expect(other == bytes.withUnsafeBytes { fresh.compress($0) })
            looking.level = 6
        }
    }
}
