import RepositoryFormat
import SnapshotModel
import TestSupport

/// How fast chunks are looked up, and index tables are made and merged.
enum IndexBenchmarks {
    private typealias ListedPack = (record: PackRecord, chunks: [ChunkRecord])

    /// Blocks of 1 MiB in packs of 32 MiB, with chunks of 16 KiB.
    private static let chunksPerBlock = 64
    private static let blocksPerPack = 32
    private static let chunksPerPack = chunksPerBlock * blocksPerPack
    private static let chunkInBytes = 16 * 1024

    /// 512 packs: 1,048,576 chunks, 16 GiB of content.
    private static let packsOfLargeTable = 512
    /// What a snapshot of 2 GiB of new content lists.
    private static let packsOfSmallTable = 64
    private static let lookupCount = 200_000

    static func all() -> [Benchmark] {
        [
            Benchmark("index/lookup hits in 1 M chunks", .operations) {
                let packs = makePacks(packsOfLargeTable)
                return try lookups(of: sample(of: packs), in: packs, expected: lookupCount)
            },
            Benchmark("index/lookup misses in 1 M chunks", .operations) {
                var generator = SeededGenerator(seed: 12)
                let names = (0..<lookupCount).map { _ in generator.chunkID() }
                return try lookups(of: names, in: makePacks(packsOfLargeTable), expected: 0)
            },
            Benchmark("index/locations in 1 M chunks", .operations) {
                let packs = makePacks(packsOfLargeTable)
                let names = sample(of: packs)
                let bytes = StableBytes(try build(packs))
                let table = try IndexTable(bytes.buffer)
                return Workload(amount: names.count) {
                    // Keeps the bytes for as long as the view of them.
                    defer { _ = bytes }
                    return try names.reduce(0) { sum, name in
                        try table.locations(of: name).reduce(sum) { $0 + UInt64($1.length) }
                    }
                }
            },
            Benchmark("index/build 128 k chunks", .operations) {
                let packs = makePacks(packsOfSmallTable)
                return Workload(amount: packs.count * chunksPerPack) { checksum(try build(packs)) }
            },
            Benchmark("index/merge 4 tables of 128 k chunks", .operations) {
                let tables = try (0..<4).map {
                    StableBytes(try build(makePacks(packsOfSmallTable, seed: 20 + $0)))
                }
                return Workload(amount: 4 * packsOfSmallTable * chunksPerPack) {
                    var builder = makeBuilder()
                    for table in tables { builder.add(try IndexTable(table.buffer)) }
                    return checksum(try builder.build())
                }
            },
        ]
    }

    private static func lookups(
        of names: [ChunkID], in packs: [ListedPack], expected: Int
    ) throws -> Workload {
        let bytes = StableBytes(try build(packs))
        let table = try IndexTable(bytes.buffer)
        return Workload(amount: names.count) {
            // Keeps the bytes for as long as the view of them.
            defer { _ = bytes }
            let found = names.count { table.contains($0) }
            guard found == expected else {
                throw BenchmarkError(description: "found \(found) chunks, not \(expected)")
            }
            return UInt64(found)
        }
    }

    /// Names of chunks of the packs, in no order.
    private static func sample(of packs: [ListedPack]) -> [ChunkID] {
        var generator = SeededGenerator(seed: 11)
        return (0..<lookupCount).map { _ in generator.pick(generator.pick(packs).chunks).id }
    }

    private static func makeBuilder() -> IndexTableBuilder {
        var generator = SeededGenerator(seed: 3)
        return IndexTableBuilder(
            session: SessionID(using: &generator), nonce: Nonce(using: &generator))
    }

    private static func build(_ packs: [ListedPack]) throws -> [UInt8] {
        var builder = makeBuilder()
        builder.add(packs)
        return try builder.build()
    }

    /// Depends on where each entry ended up, without looking at all bytes.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        stride(from: 0, to: bytes.count, by: 997).reduce(UInt64(bytes.count)) {
            // Wrapping is fine in a checksum.
            $0 &* 31 &+ UInt64(bytes[$1])
        }
    }

    private static func makePacks(_ count: Int, seed: UInt64 = 4) -> [ListedPack] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in makePack(&generator) }
    }

    private static func makePack(_ generator: inout SeededGenerator) -> ListedPack {
        let plainLength = UInt32(chunksPerBlock * chunkInBytes)
        let storedLength = plainLength / 2
        let first = UInt32(PackLayout.magic.count)
        let blocks = (0..<UInt32(blocksPerPack)).map {
            BlockRecord(
                offset: first + $0 * storedLength, storedLength: storedLength,
                plainLength: plainLength, codec: .zstd, kind: .data)
        }
        let chunks = (0..<chunksPerPack).map { number in
            ChunkRecord(
                id: generator.chunkID(), block: UInt32(number / chunksPerBlock),
                offset: UInt32(number % chunksPerBlock * chunkInBytes),
                length: UInt32(chunkInBytes))
        }
        // The pack's size only has to be large enough for its blocks.
        let size = UInt64(blocksPerPack + 1) * UInt64(plainLength)
        let record = PackRecord(id: PackID(generator.digest()), sizeInBytes: size, blocks: blocks)
        return (record, chunks)
    }
}

/// Bytes at an address that stays: an index table is a view of memory that someone else holds.
private final class StableBytes {
    let buffer: UnsafeRawBufferPointer

    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        memory.copyBytes(from: bytes)
        buffer = UnsafeRawBufferPointer(memory)
    }

    deinit { buffer.deallocate() }
}
