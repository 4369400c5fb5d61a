import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct IndexTableTests {
    @Test(arguments: seeds(count: 12))
    func findsWhatADictionaryFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(0...20)
        var model: [ChunkID: Set<ChunkLocation>] = [:]
        for (id, location) in packs.flatMap(\.locations) { model[id, default: []].insert(location) }
        try IndexTables.open(IndexTables.build(packs: packs)) { table in
            #expect(table.chunkCount == packs.reduce(0) { $0 + $1.contents.chunks.count })
            for (id, locations) in model {
                #expect(table.contains(id))
                let found = try table.locations(of: id)
                #expect(Set(found) == locations)
                #expect(found.count == locations.count)
            }
            for _ in 0..<200 {
                let absent = generator.chunkID()
                #expect(try !table.contains(absent) && table.locations(of: absent).isEmpty)
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func neighboursOfAChunkAreAbsent(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = (0..<5).map { _ in generator.imaginaryPack() }
        let present = Set(packs.flatMap { $0.contents.chunks.map(\.id) })
        try IndexTables.open(IndexTables.build(packs: packs)) { table in
            for id in present {
                // One changed bit leaves the ID close to the other in the order or in the filter.
                var bytes: [UInt8] = []
                id.digest.append(to: &bytes)
                bytes[generator.number(in: 0...31)] ^= 1 << UInt8(generator.number(in: 0...7))
                let neighbour = bytes.withUnsafeBytes {
                    ChunkID(Digest256(loading: $0.baseAddress!))
                }
                #expect(table.contains(neighbour) == present.contains(neighbour))
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func listsPacksAndChunksInOrder(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(1...10)
        try IndexTables.open(IndexTables.build(packs: packs)) { table in
            #expect(table.session == IndexTables.session)
            #expect(table.blockCount == packs.reduce(0) { $0 + $1.contents.blocks.count })
            let records = (0..<table.packCount).map { table.pack($0) }
            #expect(records == packs.map(\.record).sorted { $0.id < $1.id })
            #expect(records.map(\.id) == (0..<table.packCount).map { table.packID($0) })
            #expect(records.map { table.packNumber(of: $0.id) } == Array(records.indices))
            #expect(table.packNumber(of: PackID(generator.digest())) == nil)
            let blocks = (0..<table.packCount).map { table.blockRange(ofPack: $0) }
            #expect(blocks.flatMap { $0 } == Array(0..<table.blockCount))
            let chunks = try (0..<table.chunkCount).map { try table.chunk($0) }
            let keys = chunks.map { ($0.id, $0.block, $0.offset) }
            for (left, right) in zip(keys, keys.dropFirst()) { #expect(left < right) }
        }
    }

    @Test func aChunkInTwoPacksHasTwoLocations() throws {
        var generator = SeededGenerator(seed: 1)
        let id = generator.chunkID()
        let packs = (0..<2).map { _ in
            generator.imaginaryPack(blocks: 1...1, chunksPerBlock: 1...1) { _ in id }
        }
        try IndexTables.open(IndexTables.build(packs: packs)) { table in
            let found = try table.locations(of: id)
            #expect(Set(found) == Set(packs.flatMap { $0.locations.map(\.location) }))
            #expect(found.count == 2)
        }
    }

    @Test func anEmptyTableOpensAndFindsNothing() throws {
        var generator = SeededGenerator(seed: 1)
        try IndexTables.open(IndexTables.build(packs: [])) { table in
            #expect(table.chunkCount == 0 && table.packCount == 0 && table.blockCount == 0)
            #expect(!table.contains(generator.chunkID()))
        }
    }

    @Test(arguments: [2_000, 4_200, 8_400])
    func largeTablesTakeAtMost48BytesAChunk(chunkCount: Int) throws {
        var generator = SeededGenerator(seed: 1)
        // 64 chunks of 16 KiB make a block, 32 blocks a pack.
        var packs: [ImaginaryPack] = []
        for _ in 0..<(chunkCount + 2047) / 2048 {
            packs.append(
                generator.imaginaryPack(
                    blocks: 32...32, chunksPerBlock: 64...64))
        }
        let bytes = try IndexTables.build(packs: packs)
        let count = packs.reduce(0) { $0 + $1.contents.chunks.count }
        #expect(bytes.count <= 48 * count)
    }

    @Test func theFilterTurnsMostAbsentChunksAway() throws {
        var generator = SeededGenerator(seed: 1)
        let count = 300
        let pack = generator.imaginaryPack(blocks: 3...3, chunksPerBlock: 100...100)
        let table = try IndexTables.build(packs: [pack])
        let head = table.dropLast(count * 44)
        var passed = 0
        for _ in 0..<400 {
            // With every entry made the absent chunk's, only the filter can still tell.
            let absent = generator.chunkID()
            var entry: [UInt8] = []
            absent.digest.append(to: &entry)
            entry += [UInt8](repeating: 0, count: 12)
            let entries = Array(repeatElement(entry, count: count).joined())
            passed += try IndexTables.open(head + entries) { $0.contains(absent) } ? 1 : 0
        }
        #expect(passed < 20)
    }
}
