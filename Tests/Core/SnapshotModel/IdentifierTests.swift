import SnapshotModel
import TestSupport
import Testing

struct IdentifierTests {
    @Test(arguments: seeds(count: 8))
    func theTextOfAnIdentifierGivesItBack(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let chunk = generator.chunkID()
            #expect(ChunkID(hexadecimal: "\(chunk)") == chunk)
            #expect("\(chunk)".utf8.count == 64)
            let snapshot = SnapshotID(using: &generator)
            #expect(SnapshotID(hexadecimal: "\(snapshot)") == snapshot)
            #expect("\(snapshot)".utf8.count == 32)
        }
    }

    @Test func theFirstDigitsAreTheHighBits() {
        let id = SessionID(RandomBits(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210))
        #expect("\(id)" == "0123456789abcdeffedcba9876543210")
    }

    @Test(arguments: seeds(count: 8))
    func orderIsTheOrderOfTheText(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let left = Nonce(using: &generator)
            let high = generator.oneIn(2) ? left.bits.high : generator.next()
            let right = Nonce(RandomBits(high: high, low: generator.next()))
            #expect((left < right) == ("\(left)" < "\(right)"))
            let (first, second) = (generator.chunkID(), generator.chunkID())
            #expect((first < second) == ("\(first)" < "\(second)"))
        }
    }

    @Test func equalSeedsDrawEqualIdentifiersAndOneSeedDrawsMany() {
        var first = SeededGenerator(seed: 5)
        var second = SeededGenerator(seed: 5)
        let drawn = (0..<100).map { _ in RepositoryID(using: &first) }
        #expect(drawn == (0..<100).map { _ in RepositoryID(using: &second) })
        #expect(Set(drawn).count == 100)
    }

    @Test(arguments: [
        "", "0123456789abcdef", "0123456789abcdeffedcba987654321",
        "0123456789abcdeffedcba98765432100", "0123456789ABCDEFfedcba9876543210",
        "0123456789abcdef fedcba987654321", "g123456789abcdeffedcba9876543210",
    ])
    func refusesWhatIsNot32LowerCaseDigits(text: String) {
        #expect(SnapshotID(hexadecimal: text) == nil)
        #expect(Nonce(hexadecimal: text) == nil)
    }
}
