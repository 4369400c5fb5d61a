import Chunking
import TestSupport
import Testing

struct GearTableTests {
    /// Computed apart, with Python's integers.
    @Test(
        arguments: [
            (0, 0x27D5_FDAF_7104_4402), (1, 0x6C7E_74E0_ECED_1A63), (127, 0x99A0_1C8A_324A_314F),
            (255, 0xA806_8CF5_ABE9_4500),
        ] as [(UInt8, UInt64)])
    func theStandardTableHasItsWords(byte: UInt8, word: UInt64) {
        #expect(GearTable.standard[byte] == word)
    }

    /// The vector of SplitMix64 that other implementations publish.
    @Test func tablesAreTheOutputOfSplitMix64() {
        let table = GearTable(seed: 1_234_567)
        let published: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { table[$0] } == published)
    }

    @Test(arguments: seeds(count: 4))
    func everySeedHasATableOfItsOwn(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = GearTable(seed: seed)
        let words = (UInt8.min...UInt8.max).map { table[$0] }
        #expect(words == (0..<256).map { _ in generator.next() })
        #expect(Set(words).count == 256)
        #expect(GearTable(seed: seed &+ 1)[0] != table[0])
    }
}
