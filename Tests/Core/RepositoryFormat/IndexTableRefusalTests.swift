import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct IndexTableRefusalTests {
    // One pack of two blocks, behind a header of 80 bytes.
    private static let pack = 80
    private static let firstBlock = 80 + 48

    private static let packs: [ImaginaryPack] = {
        var generator = SeededGenerator(seed: 5)
        return [generator.imaginaryPack(blocks: 2...2, chunksPerBlock: 3...3)]
    }()

    @Test(
        arguments: [
            (0, [0]), (7, [2]), (40, [5]), (40, [7]), (48, [0]), (48, [2]), (52, [1]), (52, [3]),
            (56, [1]), (64, [0]), (64, [2]), (pack + 40, [1]), (pack + 44, [1]), (pack + 44, [3]),
            (pack + 44, [0xFF, 0xFF, 0xFF, 0xFF]), (pack + 32, [0, 0, 0, 0]),
            (firstBlock, [0xFF, 0xFF, 0xFF, 0xFF]), (firstBlock + 4, [0, 0, 0, 0]),
            (firstBlock + 8, [1, 0, 0, 0]), (firstBlock + 11, [1]), (firstBlock + 12, [1]),
        ] as [(Int, [UInt8])])
    func refusesNumbersThatDoNotFitTogether(offset: Int, bytes: [UInt8]) throws {
        let table = try changed(at: offset, to: bytes)
        #expect(throws: refusal(.malformed)) { try IndexTables.open(table) { $0.chunkCount } }
    }

    @Test(arguments: [(44, [1]), (47, [0xFF]), (56, [33]), (56, [255])] as [(Int, [UInt8])])
    func refusesCountsBeyondTheLimits(offset: Int, bytes: [UInt8]) throws {
        let table = try changed(at: offset, to: bytes)
        #expect(throws: refusal(.limitExceeded)) { try IndexTables.open(table) { $0.chunkCount } }
    }

    @Test(
        arguments: [
            (57, [1]), (firstBlock + 16, [2]), (firstBlock + 17, [2]),
        ] as [(Int, [UInt8])])
    func whatALaterVersionMayMeanIsUnsupported(offset: Int, bytes: [UInt8]) throws {
        let table = try changed(at: offset, to: bytes)
        #expect(throws: refusal(.unsupported)) { try IndexTables.open(table) { $0.chunkCount } }
    }

    @Test func refusesTablesCutShortOrGrown() throws {
        let table = try IndexTables.build(packs: Self.packs)
        for count in 0..<table.count {
            #expect(throws: refusal(.malformed)) {
                try IndexTables.open(Array(table[..<count])) { $0.chunkCount }
            }
        }
        #expect(throws: refusal(.malformed)) { try IndexTables.open(table + [0]) { $0.chunkCount } }
    }

    @Test func entriesThatPointNowhereAreRefusedWhenTheyAreRead() throws {
        let intact = try IndexTables.build(packs: Self.packs)
        for distance in [12, 8, 4] {
            var table = intact
            let offset = table.count - distance
            table.replaceSubrange(offset..<offset + 4, with: Packs.littleEndian(.max))
            try IndexTables.open(table) { opened in
                let last = opened.chunkCount - 1
                #expect(throws: refusal(.malformed)) { try opened.chunk(last) }
                let id = try #require(Self.packs[0].contents.chunks.map(\.id).max())
                #expect(throws: refusal(.malformed)) { try opened.locations(of: id) }
            }
        }
    }

    private func changed(at offset: Int, to bytes: [UInt8]) throws -> [UInt8] {
        var table = try IndexTables.build(packs: Self.packs)
        #expect(try IndexTables.open(table) { $0.chunkCount } == 6)
        table.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return table
    }
}
