import ChunkMarking
import ChunkStorage
import ObjectStore
import Pruning
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// What is counted as live, as a copy, and as dead, against a count by hand.
struct UsageTests {
    /// Where each chunk is, by the trailers of the packs.
    private func packs(
        of store: any ObjectStore
    ) throws -> [(record: PackRecord, contents: PackContents)] {
        try store.list(prefix: ObjectNames.packs).compactMap {
            ObjectNames.packID($0.key.description)
        }.map { try PackReader.contents(of: $0, in: store) }
    }

    /// A repository in which many chunks are in several packs: sessions that did not see each
    /// other's tables.
    private func makeStore(
        _ generator: inout SeededGenerator, _ seed: UInt64
    ) throws -> (store: MemoryStore, manifests: [Manifest]) {
        let store = MemoryStore()
        var manifests: [Manifest] = []
        var tree = GrowingTree(store: store, seed: seed)
        for _ in 0..<4 {
            tree.change(count: 40)
            let blind = BlindStore(store)
            var copy = GrowingTree(store: blind, seed: seed + 1000)
            copy.change(count: 20)
            _ = try copy.snapshot()
            manifests.append(try tree.snapshot())
            // The same tree once more, by somebody who sees nothing.
            var same = GrowingTree(store: blind, seed: seed + 2000)
            same.change(count: 30)
            manifests.append(try same.snapshot())
        }
        return (store, manifests)
    }

    @Test(arguments: seeds(count: 10))
    func `each needed chunk counts in the usable pack with the smallest name`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let (store, manifests) = try makeStore(&generator, seed)
        let kept = manifests.filter { _ in generator.oneIn(2) }
        let marker = Marker(store: store, index: try store.openIndex(), .local)
        #expect(try marker.mark(kept).isComplete)
        let needed = try neededChunks(of: kept, in: store)
        let packs = try packs(of: store)
        let usable = Set(packs.map(\.record.id).filter { _ in !generator.oneIn(5) })
        let usages = try UsageCounter.count(marker.marks) { usable.contains($0) }
        #expect(usages.map(\.id) == usable.sorted())
        var owners: [ChunkID: PackID] = [:]
        for (record, contents) in packs where usable.contains(record.id) {
            for chunk in contents.chunks {
                owners[chunk.id] = min(owners[chunk.id] ?? record.id, record.id)
            }
        }
        for usage in usages {
            let (record, contents) = try #require(packs.first { $0.record.id == usage.id })
            let live = contents.chunks.filter {
                needed.contains($0.id) && owners[$0.id] == record.id
            }
            let copies = contents.chunks.filter {
                needed.contains($0.id) && owners[$0.id] != record.id
            }
            #expect((usage.liveInBytes > 0) == !live.isEmpty)
            #expect((usage.duplicateInBytes > 0) == !copies.isEmpty)
            let stored = record.blocks.reduce(UInt64(0)) { $0 + UInt64($1.storedLength) }
            #expect(usage.liveInBytes + usage.unusedInBytes == stored)
            #expect(usage.sizeInBytes == record.sizeInBytes)
            let blocks = Set(live.map(\.block))
            let most = blocks.reduce(UInt64(0)) {
                $0 + UInt64(record.blocks[Int($1)].storedLength)
            }
            #expect(usage.liveInBytes <= most)
        }
    }

    @Test(arguments: seeds(count: 10))
    func `what is chosen for a copy has no pack that stays, and what is lost has none at all`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let (store, manifests) = try makeStore(&generator, seed)
        let marker = Marker(store: store, index: try store.openIndex(), .local)
        #expect(try marker.mark(manifests).isComplete)
        let needed = try neededChunks(of: manifests, in: store)
        let packs = try packs(of: store)
        var standings: [PackID: PackStanding] = [:]
        for pack in packs { standings[pack.record.id] = generator.pick([.stays, .goes, .isGone]) }
        var best: [ChunkID: PackStanding] = [:]
        for (record, contents) in packs {
            for chunk in contents.chunks where needed.contains(chunk.id) {
                let order: [PackStanding] = [.stays, .goes, .isGone]
                best[chunk.id] = order.first {
                    $0 == best[chunk.id] || $0 == standings[record.id]
                }
            }
        }
        let all = standings
        let selection = try CopySelection(marker.marks) { all[$0] ?? .isGone }
        #expect(selection.count == best.values.count { $0 == .goes })
        let lost = Set(best.filter { $0.value == .isGone }.keys)
        #expect(selection.lostCount == lost.count)
        #expect(selection.lostExamples == Array(lost.sorted().prefix(100)))
        for id in needed { #expect(selection.isLost(id) == lost.contains(id)) }
        #expect(selection.isLost(generator.chunkID()))
    }
}

/// A store whose listings show no tables: whoever writes through it knows of nobody else's chunks.
private final class BlindStore: ObjectStore {
    private let store: any ObjectStore

    init(_ store: any ObjectStore) { self.store = store }

    var location: String { store.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix).filter { ObjectNames.tableID($0.key.description) == nil }
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}
