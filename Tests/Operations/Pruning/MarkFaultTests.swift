import ChunkMarking
import ChunkStorage
import ObjectStore
import Pruning
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// What cannot be read is reported and never taken for unneeded.
struct MarkFaultTests {
    private let store = FaultyStore(MemoryStore())
    private let metadata = Metadata(
        mode: 0, userID: 0, groupID: 0, modified: Timestamp(seconds: 0, nanoseconds: 0))

    private func makeRepository(_ seed: UInt64, changes: Int = 60) throws -> [Manifest] {
        var tree = GrowingTree(store: store, seed: seed)
        return try (0..<3).map { _ in
            tree.change(count: changes)
            return try tree.snapshot()
        }
    }

    private func packs() throws -> [PackID] {
        try store.list(prefix: ObjectNames.packs).compactMap {
            ObjectNames.packID($0.key.description)
        }
    }

    /// The problems of all manifests.
    private func problems(
        _ manifests: [Manifest], _ index: ChunkIndex, isLost: @escaping (ChunkID) -> Bool
    ) throws -> [PruneProblem] {
        var found: [PruneProblem] = []
        let finder = try ProblemFinder(
            store: store, index: index, .local, isLost: isLost, report: { found.append($0) })
        try finder.search(manifests)
        return found
    }

    @Test(arguments: seeds(count: 6))
    func `a missing pack is found by the listings in it, or by the chunks that only it has`(
        seed: UInt64
    ) throws {
        let manifests = try makeRepository(seed)
        let needed = try neededChunks(of: manifests, in: store)
        for pack in try packs() {
            let contents = try PackReader.contents(of: pack, in: store).contents
            let index = try store.openIndex()
            store.lose(ObjectKey(ObjectNames.pack(pack)))
            let marker = Marker(store: store, index: index, .local)
            let report = try marker.mark(manifests)
            let selection = try CopySelection(marker.marks) { $0 == pack ? .isGone : .stays }
            let lost = Set(contents.chunks.map(\.id)).intersection(needed)
            #expect(report.isComplete == (report.damaged == 0))
            // What cannot be read cannot lead to further chunks, but is itself among the lost.
            #expect(selection.lostCount <= lost.count)
            #expect((selection.lostCount > 0) == !lost.isEmpty)
            let found = try problems(manifests, index, isLost: selection.isLost)
            #expect(found.isEmpty == lost.isEmpty)
            #expect(Set(found.map(\.snapshot)).isSubset(of: manifests.map(\.id)))
            store.heal()
        }
    }

    @Test(arguments: seeds(count: 4))
    func `whatever byte of a pack is wrong, marks are right or the report says so`(
        seed: UInt64
    ) throws {
        let manifests = try makeRepository(seed, changes: 15)
        let needed = try neededChunks(of: manifests, in: store)
        let index = try store.openIndex()
        var generator = SeededGenerator(seed: seed)
        for pack in try packs() {
            let key = ObjectKey(ObjectNames.pack(pack))
            let size = Int(try store.head(key))
            for _ in 0..<25 {
                try store.flip(key, bit: generator.number(in: 0...8 * size - 1))
                let marker = Marker(store: store, index: index, .local)
                let report = try marker.mark(manifests)
                if report.isComplete {
                    #expect(needed.allSatisfy(marker.marks.isNeeded))
                } else {
                    #expect(report.damaged > 0)
                    #expect(!report.examples.isEmpty)
                }
                #expect(marker.marks.neededCount <= needed.count)
                store.heal()
            }
        }
    }

    @Test func `damage that has gone is not remembered once the index was looked at again`() throws
    {
        let manifests = try makeRepository(3)
        let needed = try neededChunks(of: manifests, in: store)
        let all = try packs()
        let marker = Marker(store: store, index: try store.openIndex(), .local)
        for pack in all { store.lose(ObjectKey(ObjectNames.pack(pack))) }
        #expect(try !marker.mark(manifests).isComplete)
        store.heal()
        #expect(marker.extend(to: try store.openIndex()))
        let report = try marker.mark([])
        #expect(report.isComplete, "\(report)")
        #expect(needed.allSatisfy(marker.marks.isNeeded))
        #expect(marker.marks.neededCount == needed.count)
    }

    @Test(arguments: seeds(count: 4))
    func `a damaged table is replaced by the trailers of its packs`(seed: UInt64) throws {
        let manifests = try makeRepository(seed)
        let needed = try neededChunks(of: manifests, in: store)
        for table in try store.list(prefix: ObjectNames.indexes) {
            try store.flip(table.key, bit: 8 * 90)
            let index = try store.openIndex()
            #expect(index.damagedTables.count == 1)
            let marker = Marker(store: store, index: index, .local)
            #expect(try marker.mark(manifests).isComplete)
            #expect(needed.allSatisfy(marker.marks.isNeeded))
            store.heal()
        }
    }

    @Test func `a store that fails ends the marking with its error`() throws {
        let manifests = try makeRepository(5)
        let index = try store.openIndex()
        store.set(FaultyStore.Fault(.get, call: 1, isPermanent: true))
        #expect(throws: StoreError.self) {
            _ = try Marker(store: store, index: index, .local).mark(manifests)
        }
    }

    private func entry(_ name: String, _ kind: EntryKind) -> Entry {
        Entry(name: FileName(name), kind: kind, metadata: metadata)
    }

    @Test func `problems name each snapshot and path that suffers, also in what they share`() throws
    {
        let sandbox = try Sandbox(seed: 6)
        var generator = SeededGenerator(seed: 6)
        let missing = generator.chunkID()
        let bad = Content(sizeInBytes: 5, levels: 0, chunks: [missing])
        let good = try sandbox.saveContent(Array("good".utf8))
        let shared = try sandbox.saveContent(
            sandbox.listing([entry("bad", .file(bad)), entry("good", .file(good))]))
        let clean = try sandbox.saveContent(sandbox.listing([entry("good", .file(good))]))
        func manifest(_ entries: [Entry]) throws -> Manifest {
            let root = try sandbox.saveContent(sandbox.listing(entries))
            return try sandbox.manifest(sandbox.plant(root: root))
        }
        let first = try manifest([entry("a", .directory(shared))])
        let second = try manifest([
            entry("b", .directory(shared)), entry("c", .directory(clean)),
        ])
        let third = try manifest([entry("c", .directory(clean))])
        let index = try sandbox.store.openIndex()
        let marker = Marker(store: sandbox.store, index: index, .local)
        let report = try marker.mark([first, second, third])
        #expect(report.missing == 1 && report.damaged == 0)
        #expect(marker.marks.isNeeded(good.chunks[0]))
        var found: [PruneProblem] = []
        let finder = try ProblemFinder(
            store: sandbox.store, index: index, .local,
            isLost: { !marker.marks.isListed($0) }, report: { found.append($0) })
        try finder.search([first, second, third])
        #expect(found.map(\.snapshot) == [first.id, second.id])
        #expect(found.map(\.session) == [first.session, second.session])
        #expect(found.map(\.path) == ["a/bad", "b/bad"].map { Array($0.utf8) })
        #expect(found.allSatisfy { $0.kind == .missing(missing) })
    }

    @Test(arguments: ["{}\n", "\n", "x", "{\"name\":\"a\"}\n", "[]\n\n"])
    func `a listing that breaks a rule is damage`(listing: String) throws {
        let sandbox = try Sandbox(seed: 7)
        let good = try sandbox.saveContent(Array("good".utf8))
        let line = sandbox.listing([entry("0", .file(good))])
        let planted = try sandbox.manifest(sandbox.plant(listing: line + Array(listing.utf8)))
        let index = try sandbox.store.openIndex()
        let marker = Marker(store: sandbox.store, index: index, .local)
        let report = try marker.mark([planted])
        #expect(report.damaged == 1)
        // What can be read is needed all the same.
        #expect(marker.marks.isNeeded(good.chunks[0]))
    }

    @Test func `a listing of another size than its reference says is damage`() throws {
        let sandbox = try Sandbox(seed: 8)
        let content = try sandbox.saveContent(sandbox.listing([entry("0", .fifo)]))
        let wrong = Content(
            sizeInBytes: content.sizeInBytes + 1, levels: 0, chunks: content.chunks)
        let planted = try sandbox.manifest(sandbox.plant(root: wrong))
        let index = try sandbox.store.openIndex()
        let report = try Marker(store: sandbox.store, index: index, .local).mark([planted])
        #expect(report.damaged == 1)
    }
}
