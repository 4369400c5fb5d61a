import ChunkStorage
import Cryptography
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What was collected, or is about to be, does not come back.
struct UndoRefusalTests {
    private let sandbox: Sandbox
    private let old: SnapshotID
    private let document: (name: String, bytes: [UInt8])

    /// One forgotten snapshot, and one that stays and shares a part of it.
    init() throws {
        sandbox = try Sandbox(seed: 92, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 92)
        for name in ["stays", "goes"] {
            try sandbox.source.appending(name).write(generator.bytes(30_000))
        }
        old = try sandbox.snapshot().report.id
        try sandbox.source.appending("goes").remove()
        _ = try sandbox.snapshot()
        try sandbox.forget([old])
        let name = try #require(sandbox.names(ObjectNames.forgotten).first)
        document = (name, try sandbox.store.read(name))
    }

    private func put(_ marker: ProtocolMarker, _ bytes: [UInt8] = []) throws {
        try sandbox.store.put(marker.name, bytes)
    }

    /// The pack that has the listing of the forgotten snapshot.
    private func firstPack() throws -> PackID {
        let index = try sandbox.open().openIndex()
        let manifest = try #require(sandbox.forgotten().first)
        let listing = try #require(manifest.root.content.chunks.first)
        return try #require(index.locations(of: listing).first?.pack)
    }

    private func expectRefused(_ run: UndoRun, _ comment: Comment) throws {
        #expect(run.results.count == 1, comment)
        guard case .collected(let chunks) = run.results.first?.outcome else {
            Issue.record("\(run.results)")
            return
        }
        #expect(chunks > 0, comment)
        #expect(try sandbox.manifests().count == 1, comment)
        #expect(try sandbox.store.read(document.name) == document.bytes, comment)
    }

    @Test func `what a prune has deleted is gone, and nothing changes`() throws {
        try sandbox.prune()
        #expect(throws: repositoryError(.noSnapshot)) { try sandbox.undo(["\(old)"]) }
        // A copy that was written after others had pruned.
        try sandbox.store.put(document.name, document.bytes)
        let before = try sandbox.names("")
        let planned = try sandbox.undo(["\(old)"]) { $0.isDryRun = true }
        try expectRefused(planned, "plan")
        let run = try sandbox.undo(["\(old)"])
        try expectRefused(run, "run")
        #expect(run.results.map(\.outcome) == planned.results.map(\.outcome))
        #expect(try sandbox.names("") == before)
    }

    @Test func `what is in condemned packs only is gone, though it can still be read`() throws {
        var generator = SeededGenerator(seed: 93)
        let id = CondemnationID(RandomBits(high: 1, low: 2))
        let bytes = MarkerList.encode(
            packs: [try firstPack()], session: SessionID(using: &generator),
            hash: SHA256.digest)
        try put(.condemned(id), bytes)
        try expectRefused(try sandbox.undo(["\(old)"]) { $0.isDryRun = true }, "plan")
        try expectRefused(try sandbox.undo(["\(old)"]), "run")
        // Were it not condemned, all would be well.
        try sandbox.store.delete([ObjectKey(ProtocolMarker.condemned(id).name)])
        #expect(try sandbox.undo(["\(old)"]).backIDs.count == 1)
    }

    @Test func `what only the tables of dead sessions list is gone`() throws {
        let pack = try firstPack()
        let table = try #require(
            try sandbox.open().openIndex().tables.first {
                $0.table.packNumber(of: pack) != nil
            })
        let dead = ProtocolMarker.dead(table.table.session)
        try put(dead, [1])
        try expectRefused(try sandbox.undo(["\(old)"]) { $0.isDryRun = true }, "plan")
        try expectRefused(try sandbox.undo(["\(old)"]), "run")
        try sandbox.store.delete([ObjectKey(dead.name)])
        #expect(try sandbox.undo(["\(old)"]).backIDs.count == 1)
    }

    @Test func `one that is gone does not keep others from coming back`() throws {
        let second = try #require(sandbox.manifests().first).id
        try sandbox.prune()
        try sandbox.store.put(document.name, document.bytes)
        var generator = SeededGenerator(seed: 94)
        try sandbox.source.appending("new").write(generator.bytes(30_000))
        let third = try sandbox.snapshot().report.id
        try sandbox.forget([second, third])
        let run = try sandbox.undo([second, old, third].map { "\($0)" })
        let back = Set(run.backIDs)
        #expect(back.count == 2)
        #expect(Set(try sandbox.manifests().map(\.id)) == back)
        #expect(run.results.map(\.isSuccess).filter { !$0 }.count == 1)
        #expect(try sandbox.names(ObjectNames.forgotten) == [document.name])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a damaged listing is damage, and a lost table is found again`() throws {
        let pack = try firstPack()
        let key = ObjectKey(ObjectNames.pack(pack))
        let faulty = FaultyStore(sandbox.store)
        faulty.lose(key)
        let run = try sandbox.undo(["\(old)"], through: faulty)
        guard case .damaged = run.results.first?.outcome else {
            Issue.record("\(run.results)")
            return
        }
        #expect(try sandbox.store.read(document.name) == document.bytes)
        faulty.heal()
        let table = try #require(
            try sandbox.open().openIndex().tables.first { $0.table.packNumber(of: pack) != nil }?.id
        )
        try faulty.flip(ObjectKey(ObjectNames.table(table)), bit: 900)
        let other = try sandbox.undo(["\(old)"], through: faulty)
        #expect(other.backIDs.count == 1)
        #expect(other.warnings.contains { $0.contains("is damaged") })
    }

    @Test func `a damaged copy is refused before anything is done`() throws {
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(ObjectKey(document.name), bit: 800)
        let before = try sandbox.names("")
        #expect(throws: repositoryError(.damaged)) {
            try sandbox.undo(["\(old)"], through: faulty)
        }
        #expect(try sandbox.names("") == before)
    }
}
