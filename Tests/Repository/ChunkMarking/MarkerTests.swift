import ChunkMarking
import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// A marker finds what a plain walk through everything finds.
struct MarkerTests {
    /// Few bytes at a time, so that small repositories are read in many parts.
    static let settings = [
        MarkSettings(threadCount: 1, windowInBytes: 1, bytesInFlight: 1),
        MarkSettings(threadCount: 3, windowInBytes: 4096, bytesInFlight: 16 * 1024),
        .network,
    ]

    private func makeMarker(
        _ store: any ObjectStore, _ settings: MarkSettings = .local
    ) throws -> Marker {
        Marker(store: store, index: try store.openIndex(), settings)
    }

    /// Compares the marks with a plain walk, chunk by chunk.
    private func compare(
        _ marks: ChunkMarks, _ manifests: [Manifest], _ store: any ObjectStore
    ) throws {
        let needed = try neededChunks(of: manifests, in: store)
        let stored = Set(try store.packContents().flatMap { $0.chunks.map(\.id) })
        #expect(needed.isSubset(of: stored))
        let marked = stored.filter(marks.isNeeded)
        #expect(marked.subtracting(needed).isEmpty, "marked and not needed")
        #expect(needed.subtracting(marked).isEmpty, "needed and not marked")
        #expect(marks.neededCount == needed.count)
    }

    @Test(arguments: seeds(count: 12))
    func `what is marked is what a plain walk finds`(seed: UInt64) throws {
        let store = MemoryStore()
        var tree = GrowingTree(store: store, seed: seed)
        var generator = SeededGenerator(seed: seed)
        var manifests: [Manifest] = []
        for _ in 0..<6 {
            tree.change(count: generator.pick([1, 5, 60]))
            manifests.append(try tree.snapshot())
        }
        let kept = manifests.filter { _ in !generator.oneIn(3) }
        for settings in Self.settings {
            let marker = try makeMarker(store, settings)
            let report = try marker.mark(kept)
            #expect(report.isComplete, "\(report)")
            try compare(marker.marks, kept, store)
        }
    }

    @Test(arguments: seeds(count: 8))
    func `marking manifest after manifest gives the same as all at once`(seed: UInt64) throws {
        let store = MemoryStore()
        var tree = GrowingTree(store: store, seed: seed)
        var manifests: [Manifest] = []
        for _ in 0..<5 {
            tree.change(count: 30)
            manifests.append(try tree.snapshot())
        }
        var generator = SeededGenerator(seed: seed)
        manifests.shuffle(using: &generator)
        let marker = try makeMarker(store)
        for number in manifests.indices {
            #expect(try marker.mark([manifests[number]]).isComplete)
            try compare(marker.marks, Array(manifests[...number]), store)
        }
    }

    @Test(arguments: seeds(count: 8))
    func `snapshots younger than the tables are marked once further tables are known`(
        seed: UInt64
    ) throws {
        let store = MemoryStore()
        var tree = GrowingTree(store: store, seed: seed)
        tree.change(count: 60)
        var manifests = [try tree.snapshot()]
        let marker = try makeMarker(store)
        for _ in 0..<4 {
            tree.change(count: 20)
            manifests.append(try tree.snapshot())
            #expect(try !marker.mark(manifests).isComplete)
            #expect(marker.extend(to: try store.openIndex()))
            let report = try marker.mark([])
            #expect(report.isComplete, "\(report)")
            try compare(marker.marks, manifests, store)
        }
    }

    @Test func `subtrees that were walked are not read again`() throws {
        let store = RecordingStore(MemoryStore())
        var tree = GrowingTree(store: store, seed: 5)
        tree.change(count: 300)
        let first = try tree.snapshot()
        let second = try tree.snapshot()
        let marker = try makeMarker(store)
        let report = try marker.mark([first])
        #expect(report.entries > 50)
        store.clear()
        #expect(try marker.mark([first, second]) == report)
        #expect(store.calls.isEmpty)
    }

    @Test func `each part of a pack is asked for once where all of it fits`() throws {
        let store = RecordingStore(MemoryStore())
        var tree = GrowingTree(store: store, seed: 6)
        tree.change(count: 400)
        let manifest = try tree.snapshot()
        let marker = try makeMarker(store, .network)
        store.clear()
        #expect(try marker.mark([manifest]).isComplete)
        // The listings with several chunks take a wave of their own.
        #expect(store.calls.count <= 6, "\(store.calls)")
    }

    @Test func `an empty tree needs nothing`() throws {
        let store = MemoryStore()
        var tree = GrowingTree(store: store, seed: 7)
        let marker = try makeMarker(store)
        #expect(try marker.mark([tree.snapshot()]).isComplete)
        #expect(marker.marks.neededCount == 0)
    }

    @Test func `the same chunk as a listing and as a file is walked because of the listing`() throws
    {
        let sandbox = try Sandbox(seed: 8)
        let inner = try sandbox.saveContent(Array("inner".utf8))
        let metadata = Metadata(
            mode: 0, userID: 0, groupID: 0, modified: Timestamp(seconds: 0, nanoseconds: 0))
        let listing = try sandbox.saveContent(
            sandbox.listing([
                Entry(name: FileName("x"), kind: .file(inner), metadata: metadata)
            ]))
        func root(_ kind: EntryKind) throws -> Content {
            try sandbox.saveContent(
                sandbox.listing([Entry(name: FileName("a"), kind: kind, metadata: metadata)]))
        }
        let asFile = try sandbox.manifest(sandbox.plant(root: root(.file(listing))))
        let asFolder = try sandbox.manifest(sandbox.plant(root: root(.directory(listing))))
        let marker = try makeMarker(sandbox.store)
        #expect(try marker.mark([asFile]).isComplete)
        #expect(marker.marks.isNeeded(listing.chunks[0]))
        #expect(!marker.marks.isNeeded(inner.chunks[0]))
        #expect(try marker.mark([asFolder]).isComplete)
        #expect(marker.marks.isNeeded(inner.chunks[0]))
    }
}
