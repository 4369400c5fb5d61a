import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What a run costs when nothing has changed.
struct UnchangedTests {
    private let sandbox: Sandbox
    private let recorder: RecordingStore

    init() throws {
        sandbox = try Sandbox()
        recorder = RecordingStore(sandbox.store)
        var tree = TemporaryTree(at: sandbox.source, seed: 11)
        try tree.grow(entries: 80)
    }

    private var puts: [String] {
        recorder.calls.filter { $0.operation == .put }.flatMap(\.subjects)
    }

    @Test func `reads no file, and writes a manifest only`() throws {
        let first = try sandbox.snapshot()
        let second = try sandbox.snapshot(through: recorder)
        #expect(first.report.readFiles > 0)
        #expect(second.report.readFiles == 0)
        #expect(second.report.newBytes == 0)
        #expect(second.report.counts == first.report.counts)
        #expect(recorder.calls.map(\.operation) == [.get, .put, .list, .put, .list, .delete])
        let roots = [
            try sandbox.manifest(first.report.id).root, try sandbox.manifest(second.report.id).root,
        ]
        #expect(roots[0] == roots[1])
        #expect(puts.compactMap { ObjectNames.snapshotID($0) } == [second.report.id])
        #expect(puts.count == 2)
    }

    @Test func `is seen also when the rest of the tree has changed`() throws {
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try sandbox.source.appending("new").write([1, 2, 3])
        let run = try sandbox.snapshot()
        #expect(run.report.readFiles == 1)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `makes no snapshot when none is wanted`() throws {
        let first = try sandbox.snapshot()
        let second = try sandbox.snapshot(through: recorder) { $0.skipsUnchanged = true }
        #expect(!second.report.isNew)
        #expect(second.report.id == first.report.id)
        #expect(recorder.calls.map(\.operation) == [.get, .head])
        #expect(try sandbox.manifests().count == 1)
    }

    @Test func `makes a snapshot all the same when the parent was forgotten`() throws {
        let first = try sandbox.snapshot()
        let manifest = try sandbox.manifest(first.report.id)
        try sandbox.store.delete([
            ObjectKey(ObjectNames.manifest(manifest.id, time: manifest.time))
        ])
        let second = try sandbox.snapshot { $0.skipsUnchanged = true }
        #expect(second.report.isNew)
        #expect(second.report.newBytes == 0)
        #expect(try sandbox.differences(second.report.id) == [])
    }

    @Test func `a change is taken also when unchanged trees are skipped`() throws {
        let first = try sandbox.snapshot()
        try sandbox.waitForTick()
        try sandbox.source.setPermissions(0o711)
        let second = try sandbox.snapshot { $0.skipsUnchanged = true }
        #expect(second.report.isNew)
        #expect(try sandbox.manifest(second.report.id).parent == first.report.id)
    }

    @Test func `files that were too fresh are read once more, not each time that is skipped`()
        throws
    {
        _ = try sandbox.snapshot(.now)
        let second = try sandbox.snapshot { $0.skipsUnchanged = true }
        let third = try sandbox.snapshot { $0.skipsUnchanged = true }
        #expect(second.report.readFiles > 0)
        #expect(third.report.readFiles == 0)
        #expect(!third.report.isNew)
    }

    @Test func `without a cache the parent is the newest snapshot of the same paths`() throws {
        let first = try sandbox.snapshot()
        _ = try sandbox.snapshot { $0.host = "another" }
        let empty = sandbox.freshPath()
        let third = try sandbox.snapshot {
            $0.cacheDirectory = empty.bytes
            $0.skipsUnchanged = true
        }
        #expect(!third.report.isNew)
        #expect(third.report.id == first.report.id)
    }
}
