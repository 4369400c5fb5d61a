import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

@testable import ChunkStorage

/// What becomes of blocks that hardly get smaller, at levels that take their time.
struct BlockLevelTests {
    private static let size = FormatLimits.blockTargetInBytes

    private func block(_ plain: [UInt8], level: Int) throws -> FinishedBlock {
        var builder = try BlockBuilder(
            kind: .data, compression: .zstd(level: level), control: nil)
        var generator = SeededGenerator(seed: 1)
        let id = ChunkID(generator.digest())
        let before = plain.withUnsafeBytes { builder.append(id, $0) }
        #expect(before?.plainLength == nil)
        let block = builder.finish()
        return try #require(block)
    }

    @Test(arguments: [1, 3, 5, 6, 9, 19])
    func `what cannot get smaller is stored as it is`(level: Int) throws {
        var generator = SeededGenerator(seed: 2)
        let plain = generator.bytes(Self.size)
        let block = try block(plain, level: level)
        #expect(block.codec == .stored && block.stored == plain && block.level == nil)
    }

    @Test(arguments: [1, 3, 5, 6, 9])
    func `text is compressed at the level that is asked for`(level: Int) throws {
        var generator = SeededGenerator(seed: 3)
        let block = try block(generator.text(Self.size), level: level)
        #expect(block.codec == .zstd && block.level == level)
    }

    @Test func `what the look misses is still compressed, at level 1`() throws {
        var generator = SeededGenerator(seed: 4)
        // Text where no piece is taken, and noise elsewhere.
        var plain = generator.bytes(Self.size)
        let text = generator.text(50_000)
        plain.replaceSubrange(5_000..<55_000, with: text)
        let block = try block(plain, level: 9)
        #expect(block.codec == .zstd && block.level == 1)
        #expect(block.stored.count < Self.size - 30_000)
        let strong = try self.block(text, level: 9)
        #expect(block.stored.count < Self.size - 50_000 + 2 * strong.stored.count + 5_000)
        // So is what repeats only over long stretches.
        let half = generator.bytes(Self.size / 4)
        let repeated = try self.block(half + half, level: 9)
        #expect(repeated.codec == .zstd && repeated.level == 1)
        #expect(repeated.stored.count < Self.size / 4 + 1000)
    }

    @Test func `what the look takes for better than it is, is stored as it is`() throws {
        var generator = SeededGenerator(seed: 5)
        // Beginnings that look well, in a block of noise, for all pieces but a few.
        var plain = generator.bytes(Self.size)
        let step = (Self.size - 2048) / 15
        for number in 0..<16 {
            plain.replaceSubrange(number * step..<number * step + 200, with: generator.text(200))
        }
        let block = try block(plain, level: 9)
        // By those beginnings it may get smaller; more than that nobody can do.
        #expect((Self.size - 4000...Self.size).contains(block.stored.count))
        #expect((block.codec == .stored) == (block.stored == plain))
        #expect(block.level != 1)
    }
}
