import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing

@testable import Pruning

/// Tables that name what goes are replaced; nothing else is lost from them at any moment.
struct TableRewriterTests {
    private let store: any ObjectStore = MemoryStore()

    /// Writes a table of packs that do not exist.
    @discardableResult
    private func plantTable(
        _ packs: [ImaginaryPack], _ generator: inout SeededGenerator, session: SessionID? = nil
    ) throws -> TableID {
        let session = session ?? SessionID(using: &generator)
        var builder = IndexTableBuilder(session: session, nonce: Nonce(using: &generator))
        builder.add(packs.map { (record: $0.record, chunks: $0.contents.chunks) })
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        try store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
        return id
    }

    /// What a pruner sees.
    /// - Parameter there: the packs that a LIST shows.
    private func look(_ there: [ImaginaryPack]) throws -> RepositoryLook {
        let view = try RepositoryView.list(in: store)
        let index = ChunkIndex(view.tables, in: store)
        try index.prepare()
        let seen = there.map { ($0.id, SeenPack(sizeInBytes: 1, modified: nil)) }
        return RepositoryLook(view, [:], index, Dictionary(uniqueKeysWithValues: seen))
    }

    private func rewriter(
        _ generator: inout SeededGenerator, through other: (any ObjectStore)? = nil,
        written: Set<PackID> = []
    ) -> TableRewriter {
        TableRewriter(other ?? store, generator.sessionIdentity(), written: written)
    }

    /// The packs that some table names, and where the tables say that chunks are.
    private func listed() throws -> (packs: Set<PackID>, index: ChunkIndex) {
        let index = try store.openIndex()
        let packs = index.tables.flatMap { open in
            (0..<open.table.packCount).map { open.table.packID($0) }
        }
        return (Set(packs), index)
    }

    private func tables() throws -> Set<TableID> {
        Set(try RepositoryView.list(in: store).tables.map(\.id))
    }

    @Test(arguments: seeds(count: 20))
    func `every entry stays in some table but those of packs that go`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        // Some chunks are in several packs, some packs in several tables.
        let shared = (0..<5).map { _ in generator.chunkID() }
        let packs = generator.array(4...12) { generator in
            generator.imaginaryPack { $0.oneIn(4) ? $0.pick(shared) : $0.chunkID() }
        }
        for _ in 0..<4 {
            let some = packs.filter { _ in generator.oneIn(2) }
            if !some.isEmpty { try plantTable(some, &generator) }
        }
        try plantTable([packs[0]], &generator)
        let before = try listed()
        let doomed = Set(packs.map(\.id).filter { _ in generator.oneIn(3) })
        // Before each DELETE what stays is listed, too.
        let stays = before.packs.subtracting(doomed)
        let lost = Mutex<Set<PackID>>([])
        let hooked = HookedStore(store, counted: [.delete]) { [self] _ in
            do {
                let missing = stays.subtracting(try listed().packs)
                lost.withLock { $0.formUnion(missing) }
            } catch { Issue.record("\(error)") }
        }
        let result = try rewriter(&generator, through: hooked)
            .rewrite(look(packs), without: doomed)
        #expect(lost.withLock { $0 } == [])
        let after = try listed()
        #expect(after.packs == stays)
        for id in Set(packs.flatMap { $0.contents.chunks.map(\.id) }) {
            let places = try before.index.locations(of: id).filter { !doomed.contains($0.pack) }
            #expect(Set(try after.index.locations(of: id)) == Set(places))
        }
        #expect(try tables().isDisjoint(with: result.old))
        #expect(try tables().isSuperset(of: result.new))
    }

    @Test func `a table of which nothing is left is not written`() throws {
        var generator = SeededGenerator(seed: 211)
        let pack = generator.imaginaryPack()
        let id = try plantTable([pack], &generator)
        let result = try rewriter(&generator).rewrite(look([pack]), without: [pack.id])
        #expect(result.old == [id] && result.new.isEmpty)
        #expect(try tables() == [])
    }

    @Test func `one small table that names nothing doomed stays, several are joined`() throws {
        var generator = SeededGenerator(seed: 212)
        let packs = (0..<3).map { _ in generator.imaginaryPack() }
        let first = try plantTable([packs[0]], &generator)
        let doomed: Set = [generator.imaginaryPack().id]
        #expect(try rewriter(&generator).rewrite(look(packs), without: doomed).old == [])
        #expect(try tables() == [first])
        try plantTable([packs[1]], &generator)
        try plantTable([packs[2]], &generator)
        let joined = try rewriter(&generator).rewrite(look(packs), without: doomed)
        #expect(joined.old.count == 3 && joined.new.count == 1)
        #expect(try tables() == joined.new)
        #expect(try listed().packs == Set(packs.map(\.id)))
    }

    @Test func `a large table is written anew only when it names what goes`() throws {
        var generator = SeededGenerator(seed: 213)
        func largePacks() -> [ImaginaryPack] {
            (0..<12).map { _ in
                generator.imaginaryPack(blocks: 180...180, chunksPerBlock: 31...31)
            }
        }
        let (clean, named) = (largePacks(), largePacks())
        let cleanTable = try plantTable(clean, &generator)
        let namedTable = try plantTable(named, &generator)
        let result = try rewriter(&generator).rewrite(
            look(clean + named), without: [named[3].id])
        #expect(result.old == [namedTable])
        #expect(try tables() == result.new.union([cleanTable]))
        #expect(try listed().packs == Set((clean + named).map(\.id)).subtracting([named[3].id]))
    }

    @Test func `what a dead session has listed counts only while its pack is there`() throws {
        var generator = SeededGenerator(seed: 214)
        let packs = (0..<4).map { _ in generator.imaginaryPack() }
        let dead = SessionID(using: &generator)
        try store.put(ObjectKey(ProtocolMarker.dead(dead).name), ObjectBody([]))
        try plantTable(Array(packs[0...2]), &generator, session: dead)
        // This one is of somebody alive: it counts, whatever a LIST has shown.
        try plantTable([packs[3]], &generator)
        let rewriter = rewriter(&generator, written: [packs[1].id])
        _ = try rewriter.rewrite(look([packs[0]]), without: [])
        #expect(try listed().packs == [packs[0].id, packs[1].id, packs[3].id])
        // The new table is the rewriter's, so nobody distrusts it.
        #expect(try !store.openIndex().tables.contains { $0.table.session == dead })
    }
}
