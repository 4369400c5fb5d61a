import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct IndexTableMergeTests {
    @Test(arguments: seeds(count: 12))
    func mergedTablesEqualOneBuiltFromAllPacks(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(0...16)
        let expected = try IndexTables.build(packs: packs)
        var groups = [[ImaginaryPack]](repeating: [], count: generator.number(in: 1...4))
        for pack in packs.shuffled(using: &generator) {
            groups[generator.number(in: 0...groups.count - 1)].append(pack)
        }
        let tables = try groups.map { try IndexTables.build(packs: $0) }
        #expect(try IndexTables.build(runs: [], tables: tables) == expected)
        #expect(try IndexTables.build(runs: groups, tables: []) == expected)
        let mixed = try IndexTables.build(
            runs: [groups[0]], tables: Array(tables.dropFirst()))
        #expect(mixed == expected)
    }

    @Test(arguments: seeds(count: 8))
    func theOrderOfPacksDoesNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(2...8)
        let expected = try IndexTables.build(packs: packs)
        let shuffled = packs.shuffled(using: &generator)
        #expect(try IndexTables.build(packs: shuffled) == expected)
    }

    @Test(arguments: seeds(count: 8))
    func aPackThatComesMoreThanOnceIsListedOnce(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(3...8)
        let expected = try IndexTables.build(packs: packs)
        let first = try IndexTables.build(packs: Array(packs.dropLast()))
        let second = try IndexTables.build(packs: Array(packs.dropFirst()))
        #expect(try IndexTables.build(runs: [], tables: [first, second]) == expected)
        #expect(try IndexTables.build(runs: [], tables: [expected, expected]) == expected)
        #expect(try IndexTables.build(runs: [packs], tables: [second]) == expected)
        #expect(try IndexTables.build(packs: packs + packs) == expected)
    }

    @Test func sessionAndNonceAloneMakeEqualTablesDifferent() throws {
        var builder = IndexTableBuilder(session: IndexTables.session, nonce: IndexTables.nonce)
        let bytes = try builder.build()
        var other = IndexTableBuilder(
            session: IndexTables.session, nonce: Nonce(RandomBits(high: 9, low: 9)))
        let otherBytes = try other.build()
        #expect(bytes != otherBytes)
        #expect(bytes.count == otherBytes.count)
    }

    @Test func refusesToMergeATableWithADamagedEntry() throws {
        var generator = SeededGenerator(seed: 1)
        var bytes = try IndexTables.build(packs: [generator.imaginaryPack()])
        // The last 12 bytes are block, offset and length of the last entry.
        let number = bytes.count - generator.pick([1, 5, 9])
        bytes[number] = 0xFF
        #expect(throws: refusal(.malformed)) {
            try IndexTables.build(runs: [], tables: [bytes])
        }
    }
}
