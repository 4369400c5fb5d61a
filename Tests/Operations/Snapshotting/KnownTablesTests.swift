import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// The stat cache names chunks that were stored once; whether they still are has to be found out.
struct KnownTablesTests {
    private let sandbox: Sandbox
    private let first: SnapshotRun

    init() throws {
        sandbox = try Sandbox(seed: 3)
        var tree = TemporaryTree(at: sandbox.source, seed: 3)
        try tree.grow(entries: 50)
        // Long enough for a list of chunks of its own.
        try sandbox.source.appending("long").write(tree.generator.bytes(5_000_000))
        first = try sandbox.snapshot()
    }

    private func keys(_ prefix: String) throws -> [ObjectKey] {
        try sandbox.store.list(prefix: prefix).map(\.key)
    }

    /// What another machine does whose merging replaces all tables by one.
    private func mergeTables() throws {
        let tables = try keys(ObjectNames.indexes)
        for key in tables { try sandbox.store.delete([key]) }
        let other = sandbox.freshPath()
        try other.makeDirectory()
        try other.appending("file").write(Array("of another machine".utf8))
        let packs = try keys(ObjectNames.packs).compactMap { ObjectNames.packID("\($0)") }
        let recovered = try packs.map { pack -> ChunkIndex.RecoveredPack in
            let (record, contents) = try PackReader.contents(of: pack, in: sandbox.store)
            return (record, contents.chunks)
        }
        var builder = IndexTableBuilder(
            session: SessionID(sandbox.makeRandomBits()), nonce: Nonce(sandbox.makeRandomBits()))
        builder.add(recovered)
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        try sandbox.store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
    }

    @Test func `tables that were merged by another writer are looked into, no file is read`()
        throws
    {
        try mergeTables()
        let second = try sandbox.snapshot()
        #expect(second.report.readFiles == 0)
        #expect(second.report.newBytes == 0)
        #expect(try sandbox.differences(second.report.id) == [])
        // From now on the merged table is the one that is remembered.
        let recorder = RecordingStore(sandbox.store)
        _ = try sandbox.snapshot(through: recorder)
        #expect(recorder.calls.map(\.operation) == [.get, .put, .list, .put, .list, .delete])
    }

    @Test func `when the tables are gone, files are read again and nothing is missing`() throws {
        for key in try keys(ObjectNames.indexes) { try sandbox.store.delete([key]) }
        let second = try sandbox.snapshot()
        #expect(try sandbox.differences(second.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a repository replaced by an empty one of the same name gets everything`() throws {
        for prefix in [ObjectNames.indexes, ObjectNames.packs, ObjectNames.snapshots] {
            try sandbox.store.delete(keys(prefix))
        }
        let second = try sandbox.snapshot()
        #expect(second.report.readFiles == first.report.readFiles)
        #expect(second.report.newBytes == first.report.newBytes)
        #expect(try sandbox.differences(second.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `so it does when unchanged trees are skipped`() throws {
        for prefix in [ObjectNames.indexes, ObjectNames.packs, ObjectNames.snapshots] {
            try sandbox.store.delete(keys(prefix))
        }
        let second = try sandbox.snapshot { $0.skipsUnchanged = true }
        #expect(second.report.isNew)
        #expect(try sandbox.differences(second.report.id) == [])
    }

    @Test func `an older copy of the repository gets what it lacks`() throws {
        let copy = try sandbox.store.list(prefix: "").map { object in
            (object.key, try sandbox.store.get(object.key, .whole).array)
        }
        try sandbox.waitForTick()
        try sandbox.source.appending("new").write(Array("only in the newer one".utf8))
        _ = try sandbox.snapshot()
        try sandbox.store.delete(sandbox.store.list(prefix: "").map(\.key))
        for (key, bytes) in copy { try sandbox.store.put(key, ObjectBody(bytes)) }
        let run = try sandbox.snapshot()
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a damaged table is named, and what it listed is listed anew`() throws {
        let key = try #require(keys(ObjectNames.indexes).first)
        var bytes = try sandbox.store.get(key, .whole).array
        bytes[bytes.count / 2] ^= 1
        try sandbox.store.put(key, ObjectBody(bytes))
        try sandbox.waitForTick()
        try sandbox.source.appending("new").write(Array("new".utf8))
        let run = try sandbox.snapshot()
        #expect(run.warnings.count == 1)
        #expect(run.report.newBytes < 100_000)
        try sandbox.store.delete([key])
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.check().notices == [])
    }
}
