import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import ChunkStorage

/// Small packs are copied into larger ones before they become many.
struct PackGatheringTests {
    /// Keeps packs in memory.
    private final class MemoryKeeper: PackKeeper {
        private let state = Mutex<[PackID: [UInt8]]>([:])

        var packs: [(id: PackID, sizeInBytes: UInt64)] {
            state.withLock { $0.map { ($0, UInt64($1.count)) } }
        }

        func bytes(of pack: PackID) -> [UInt8]? { state.withLock { $0[pack] } }

        func keep(_ pack: PackID, _ body: ObjectBody) {
            state.withLock { $0[pack] = body.parts.flatMap { $0 } }
        }

        func drop(_ packs: [PackID]) {
            state.withLock { kept in for pack in packs { kept[pack] = nil } }
        }

        func damage(_ pack: PackID) { state.withLock { $0[pack]?[20] ^= 1 } }
        func lose(_ pack: PackID) { state.withLock { $0[pack] = [] } }
    }

    private static let firstTier = PackGathering.tiersInBytes[0]
    private static let most = PackGathering.packsPerTier

    @Test(arguments: seeds(count: 8))
    func `small packs stay few, and each byte is copied twice at most`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let largest = generator.pick([500, 5000, 30_000, 200_000, 2_000_000] as [UInt64])
        var small: [UInt64] = []
        var (stored, copied): (UInt64, UInt64) = (0, 0)
        for _ in 0..<3000 {
            let new = UInt64(generator.number(in: 100...Int(largest)))
            let chosen = PackGathering.choose(newInBytes: new, sizes: small)
            #expect(Set(chosen).count == chosen.count)
            let gathered = chosen.reduce(0) { $0 + small[$1] }
            stored += new
            copied += gathered
            small = small.indices.filter { !chosen.contains($0) }.map { small[$0] }
            if PackGathering.isSmall(new + gathered) { small.append(new + gathered) }
            #expect(small.count < PackGathering.tiersInBytes.count * Self.most)
            #expect(gathered < UInt64(Self.most) * (Self.firstTier + 512 * 1024))
        }
        // Once a tier, and within the first tier as often as that costs little.
        #expect(copied <= stored * 2 + 3000 * Self.firstTier / UInt64(Self.most - 1))
    }

    @Test func `nothing is gathered before a tier is full, or into a large pack`() {
        let few = [UInt64](repeating: 1000, count: Self.most - 2)
        #expect(PackGathering.choose(newInBytes: 1000, sizes: few).isEmpty)
        let many = few + [1000]
        #expect(PackGathering.choose(newInBytes: 1000, sizes: many) == Array(many.indices))
        #expect(PackGathering.choose(newInBytes: 600 * 1024, sizes: many).isEmpty)
        // Smaller ones go along; larger ones do not.
        #expect(PackGathering.choose(newInBytes: 100 * 1024, sizes: many).count == Self.most - 1)
        let larger = [UInt64](repeating: 100 * 1024, count: Self.most - 1)
        #expect(PackGathering.choose(newInBytes: 1000, sizes: larger).isEmpty)
        #expect(PackGathering.choose(newInBytes: 40_000, sizes: larger).count == Self.most - 1)
        // What was gathered may fill the next tier.
        let full = [UInt64](repeating: 3000, count: Self.most - 1)
        #expect(PackGathering.choose(newInBytes: 1000, sizes: full + larger).count == 30)
    }

    /// Saves one chunk of data and one of a listing, as a small snapshot does.
    private func save(
        _ number: Int, to store: any ObjectStore, _ keeper: MemoryKeeper?,
        distrust: Distrust = .nothing
    ) throws -> [ChunkID] {
        var generator = SeededGenerator(seed: UInt64(number))
        let identity = generator.sessionIdentity()
        let index = ChunkIndex(
            view: {
                ChunkIndex.View(tables: try ChunkIndex.list(in: store), distrust: distrust)
            }, in: store)
        try index.prepare()
        return try withThreads { threads in
            let saver = ChunkSaver(
                store: store, index: index, sessions: identity, compression: .zstd(level: 1),
                adopted: [], threads: threads, keeper: keeper)
            let ids = try [BlockKind.data, .metadata].map { kind in
                let stream = try saver.makeStream(kind)
                defer { stream.flush() }
                return stream.save(Array("\(kind.rawValue) of \(number)".utf8))
            }
            _ = try saver.finish()
            return ids
        }
    }

    private func packs(of store: any ObjectStore) throws -> [PackID] {
        try store.list(prefix: ObjectNames.packs)
            .compactMap { ObjectNames.packID($0.key.description) }
    }

    @Test func `the sixteenth small pack has all that the others have, listings last`() throws {
        let store = RecordingStore(MemoryStore())
        let keeper = MemoryKeeper()
        var ids: [ChunkID] = []
        for number in 0..<Self.most - 1 { ids += try save(number, to: store, keeper) }
        #expect(keeper.packs.count == Self.most - 1)
        let before = try packs(of: store)
        store.clear()
        ids += try save(Self.most, to: store, keeper)
        // Nothing is read for it, and nothing more is written.
        #expect(
            !store.calls.contains { $0.operation == .get && $0.subjects[0].hasPrefix("packs/") })
        #expect(store.calls.count { $0.operation == .put } == 2)
        let new = try #require(try packs(of: store).first { !before.contains($0) })
        #expect(keeper.packs.map(\.id) == [new])
        let contents = try PackReader.contents(of: new, in: store).contents
        #expect(Set(contents.chunks.map(\.id)) == Set(ids))
        let kinds = contents.blocks.map(\.kind)
        #expect(kinds == kinds.filter { $0 == .data } + kinds.filter { $0 == .metadata })
        // Whoever reads takes everything from the one pack.
        let index = try store.openIndex()
        let loader = try ChunkLoader(ChunkLoader.Shared(store: store, index: index))
        for id in ids {
            #expect(try index.locations(of: id).first?.pack == new)
            try loader.load(id) { #expect(ChunkID(SHA256.digest(of: $0)) == id) }
        }
    }

    @Test func `hundreds of small snapshots leave few packs to read`() throws {
        let store = MemoryStore()
        let keeper = MemoryKeeper()
        let ids = try (0..<300).flatMap { try save($0, to: store, keeper) }
        let index = try store.openIndex()
        let read = Set(try ids.map { try #require(index.locations(of: $0).first).pack })
        #expect(read.count <= 2 * Self.most)
        #expect(try packs(of: store).count == 300)
    }

    @Test func `without a keeper nothing is gathered`() throws {
        let store = MemoryStore()
        for number in 0..<20 { _ = try save(number, to: store, nil) }
        for pack in try packs(of: store) {
            #expect(try PackReader.contents(of: pack, in: store).contents.chunks.count == 2)
        }
    }

    @Test func `what was damaged or lost locally is not gathered, and forgotten`() throws {
        let store = MemoryStore()
        let keeper = MemoryKeeper()
        for number in 0..<Self.most + 1 where number != 5 {
            if number == Self.most {
                keeper.damage(keeper.packs[0].id)
                keeper.lose(keeper.packs[0].id)
                keeper.damage(keeper.packs[1].id)
            }
            _ = try save(number, to: store, keeper)
        }
        #expect(keeper.packs.count == 1)
        let index = try store.openIndex()
        let loader = try ChunkLoader(ChunkLoader.Shared(store: store, index: index))
        for table in index.tables {
            for position in 0..<table.table.chunkCount {
                let id = table.table.chunkID(position)
                try loader.load(id) { #expect(ChunkID(SHA256.digest(of: $0)) == id) }
            }
        }
        let gathered = try #require(keeper.packs.first).id
        let contents = try PackReader.contents(of: gathered, in: store).contents
        #expect(contents.chunks.count == 2 * (Self.most - 2))
    }

    @Test func `condemned packs and those that no table lists are forgotten`() throws {
        let store = MemoryStore()
        let keeper = MemoryKeeper()
        for number in 0..<4 { _ = try save(number, to: store, keeper) }
        let condemned = Set(keeper.packs.map(\.id).sorted().prefix(2))
        keeper.keep(PackID(.zero), ObjectBody([1, 2, 3]))
        _ = try save(9, to: store, keeper, distrust: Distrust(condemned: condemned, dead: []))
        #expect(keeper.packs.count == 3)
        #expect(condemned.isDisjoint(with: keeper.packs.map(\.id)))
    }

    @Test func `packs that are not stored are gathered the next time`() throws {
        let store = FaultyStore(MemoryStore())
        let keeper = MemoryKeeper()
        for number in 0..<Self.most - 1 { _ = try save(number, to: store, keeper) }
        let before = Set(keeper.packs.map(\.id))
        for failing in 1...2 {
            store.set(FaultyStore.Fault(.put, call: failing))
            #expect(throws: storeError(.inputOutput)) { try save(100, to: store, keeper) }
            store.set(nil)
            #expect(before.isSubset(of: keeper.packs.map(\.id)))
        }
        _ = try save(101, to: store, keeper)
        #expect(before.isDisjoint(with: keeper.packs.map(\.id)))
    }
}
