import ChunkMarking
import ChunkStorage
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

/// After a copy the packs that were given up are not needed any more.
struct CopierTests {
    private func makeRepository(
        _ seed: UInt64, in store: any ObjectStore
    ) throws -> (manifests: [Manifest], packs: [PackID]) {
        var tree = GrowingTree(store: store, seed: seed)
        var manifests: [Manifest] = []
        for _ in 0..<5 {
            tree.change(count: 50)
            manifests.append(try tree.snapshot())
        }
        let packs = try store.list(prefix: ObjectNames.packs).compactMap {
            ObjectNames.packID($0.key.description)
        }
        return (manifests, packs)
    }

    /// Copies what is needed of the victims.
    private func copy(
        _ manifests: [Manifest], victims: Set<PackID>, in store: any ObjectStore,
        _ generator: inout SeededGenerator
    ) throws -> (report: CopyReport, selection: CopySelection) {
        let index = try store.openIndex()
        let marker = Marker(store: store, index: index, .local)
        _ = try marker.mark(manifests)
        let selection = try CopySelection(marker.marks) { victims.contains($0) ? .goes : .stays }
        let copier = ChunkCopier(store: store, index: index, marks: marker.marks, .local)
        let report = try saveChunks(to: store, index: index, generator.sessionIdentity()) {
            try copier.copy(selection, manifests: manifests, to: $0)
        }
        return (report, selection)
    }

    private func delete(_ packs: Set<PackID>, in store: any ObjectStore) throws {
        try store.delete(packs.map { ObjectKey(ObjectNames.pack($0)) })
    }

    @Test(arguments: seeds(count: 10))
    func `without the victims everything that is needed can still be read`(seed: UInt64) throws {
        let store = MemoryStore()
        let (manifests, packs) = try makeRepository(seed, in: store)
        var generator = SeededGenerator(seed: seed)
        let kept = manifests.filter { _ in generator.oneIn(2) }
        let victims = Set(packs.filter { _ in generator.oneIn(2) })
        let before = try neededChunks(of: kept, in: store)
        let (report, selection) = try copy(kept, victims: victims, in: store, &generator)
        #expect(report.chunks == selection.count)
        #expect(report.plainInBytes == selection.plainInBytes)
        #expect(selection.lostCount == 0)
        try delete(victims, in: store)
        #expect(try neededChunks(of: kept, in: store) == before)
        let loader = try store.makeLoader()
        for id in before { try loader.load(id) { _ in } }
    }

    @Test(arguments: seeds(count: 10))
    func `each chunk is copied once, and only what no pack that stays has`(seed: UInt64) throws {
        let store = MemoryStore()
        let (manifests, packs) = try makeRepository(seed, in: store)
        var generator = SeededGenerator(seed: seed)
        let victims = Set(packs.filter { _ in generator.oneIn(2) })
        let needed = try neededChunks(of: manifests, in: store)
        var staying: Set<ChunkID> = []
        var going: Set<ChunkID> = []
        for pack in packs {
            let ids = try PackReader.contents(of: pack, in: store).contents.chunks.map(\.id)
            if victims.contains(pack) { going.formUnion(ids) } else { staying.formUnion(ids) }
        }
        _ = try copy(manifests, victims: victims, in: store, &generator)
        let new = store.list(prefix: ObjectNames.packs)
            .compactMap { ObjectNames.packID($0.key.description) }.filter { !packs.contains($0) }
        let copied = try new.flatMap {
            try PackReader.contents(of: $0, in: store).contents.chunks.map(\.id)
        }
        #expect(Set(copied).count == copied.count)
        #expect(Set(copied) == needed.intersection(going).subtracting(staying))
    }

    @Test func `copies lie in the order of the newest snapshot's listings`() throws {
        let sandbox = try Sandbox(seed: 4)
        var generator = SeededGenerator(seed: 4)
        // Files come into the repository in an order that has nothing to do with their names.
        let order = (0..<40).shuffled(using: &generator)
        for number in order {
            try sandbox.source.appending(String(100 + number)).write(generator.bytes(3000))
            _ = try sandbox.snapshot()
        }
        let manifests = try sandbox.manifests()
        let store = sandbox.store
        let old = try store.list(prefix: ObjectNames.packs).map(\.key)
        let victims = Set(old.compactMap { ObjectNames.packID($0.description) })
        _ = try copy(manifests, victims: victims, in: store, &generator)
        try store.delete(old)
        var positions: [ChunkID: (block: UInt32, offset: UInt32)] = [:]
        for chunk in try store.packContents().flatMap(\.chunks) {
            positions[chunk.id] = (chunk.block, chunk.offset)
        }
        let newest = try #require(manifests.last)
        var wanted: [ChunkID] = []
        try sandbox.treeReader().forEachEntry(of: newest.root.content, path: []) { entry in
            wanted += entry.kind.content?.chunks ?? []
        }
        #expect(wanted.count >= 40)
        let found = try wanted.map { try #require(positions[$0]) }
        #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `a damaged chunk that has to be copied stops everything`() throws {
        let store = FaultyStore(MemoryStore())
        let (manifests, packs) = try makeRepository(5, in: store)
        var generator = SeededGenerator(seed: 5)
        // A byte of the first block's stored bytes in each pack.
        for pack in packs {
            try store.flip(ObjectKey(ObjectNames.pack(pack)), bit: 8 * PackLayout.magic.count + 40)
        }
        #expect(throws: repositoryError(.damaged)) {
            _ = try copy(manifests, victims: Set(packs), in: store, &generator)
        }
        store.heal()
        // Nothing was deleted, and another attempt works.
        _ = try copy(manifests, victims: Set(packs), in: store, &generator)
        try delete(Set(packs), in: store)
        let needed = try neededChunks(of: manifests, in: store)
        #expect(!needed.isEmpty)
    }

    @Test func `nothing to copy sends no request`() throws {
        let store = RecordingStore(MemoryStore())
        let (manifests, _) = try makeRepository(6, in: store)
        let index = try store.openIndex()
        let marker = Marker(store: store, index: index, .local)
        _ = try marker.mark(manifests)
        let selection = try CopySelection(marker.marks) { _ in .stays }
        store.clear()
        var generator = SeededGenerator(seed: 6)
        let copier = ChunkCopier(store: store, index: index, marks: marker.marks, .local)
        let report = try saveChunks(to: store, index: index, generator.sessionIdentity()) {
            try copier.copy(selection, manifests: manifests, to: $0)
        }
        #expect(report == CopyReport())
        #expect(store.calls.isEmpty)
    }
}
