import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct PackLayoutTests {
    @Test(arguments: seeds(count: 16))
    func decodingGivesTheEncodedContentsBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let contents = generator.packContents(blocks: 0...6, chunksPerBlock: 1...8)
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let size = Packs.size(contents, end)
        #expect(try Packs.decode(end, packSizeInBytes: size) == contents)
    }

    @Test func equalContentsHaveEqualBytesOfTheExpectedSize() {
        var first = SeededGenerator(seed: 3)
        var second = SeededGenerator(seed: 3)
        let contents = first.packContents(blocks: 2...2, chunksPerBlock: 3...3)
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let again = second.packContents(blocks: 2...2, chunksPerBlock: 3...3)
        #expect(PackLayout.encodeTrailer(again, hash: fakeHash) == end)
        #expect(end.count == 48 + 2 * 20 + 6 * 36 + PackLayout.footerLength)
    }

    @Test func refusesAnyFlippedBit() throws {
        var generator = SeededGenerator(seed: 1)
        let contents = generator.packContents(blocks: 2...2, chunksPerBlock: 2...2)
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let size = Packs.size(contents, end)
        for position in end.indices {
            for bit in 0..<8 {
                var flipped = end
                flipped[position] ^= 1 << UInt8(bit)
                #expect(throws: FormatError.self, "bit \(bit) of byte \(position)") {
                    try Packs.decode(flipped, packSizeInBytes: size)
                }
            }
        }
    }

    @Test func refusesEndsCutShort() throws {
        var generator = SeededGenerator(seed: 1)
        let contents = generator.packContents(blocks: 2...2, chunksPerBlock: 2...2)
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let size = Packs.size(contents, end)
        for count in 1..<end.count {
            // Cut at the front the trailer is too short, cut at the back the footer is not there.
            #expect(throws: FormatError.self) {
                try Packs.decode(Array(end.dropFirst(count)), packSizeInBytes: size)
            }
            #expect(throws: FormatError.self) {
                try Packs.decode(
                    Array(end.dropLast(count)), packSizeInBytes: size - UInt64(count))
            }
        }
    }

    @Test func refusesEndsOfPacksOfAnotherSize() {
        var generator = SeededGenerator(seed: 1)
        let contents = generator.packContents()
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let size = Packs.size(contents, end)
        for wrong in [0, 1, 47, UInt64(end.count), UInt64(end.count) + 7, size - 1, size + 1] {
            #expect(throws: refusal(.malformed)) {
                try Packs.decode(end, packSizeInBytes: wrong)
            }
        }
    }

    @Test func aTrailerThatIsNotTheFootersIsAMismatch() {
        var generator = SeededGenerator(seed: 1)
        let contents = generator.packContents()
        var end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        end[0] ^= 1
        #expect(throws: refusal(.checksumMismatch)) {
            try Packs.decode(end, packSizeInBytes: Packs.size(contents, end))
        }
    }

    @Test func refusesPacksBeyondTheLimit() {
        let contents = PackContents(
            session: SessionID(RandomBits(high: 0, low: 0)),
            nonce: Nonce(RandomBits(high: 0, low: 0)), blocks: [], chunks: [])
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        for size in [UInt64(FormatLimits.packInBytes) + 1, UInt64.max] {
            #expect(throws: refusal(.limitExceeded)) {
                try Packs.decode(end, packSizeInBytes: size)
            }
        }
    }
}
