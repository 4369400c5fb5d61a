import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import StoreCache
import TestSupport
import Testing

/// What snapshots cost when the repository is on the network: each request is a round trip.
struct RequestCountTests {
    private typealias Operation = StoreError.Operation

    private let sandbox: Sandbox
    private let recorder: RecordingStore

    init() throws {
        // Stores on the network tell the time in their answers.
        sandbox = try Sandbox(seed: 31) { _ in
            MemoryStore(now: { StoreTime(seconds: 1_800_000_000) })
        }
        recorder = RecordingStore(sandbox.store)
        var generator = SeededGenerator(seed: 31)
        for folder in 0..<10 {
            let path = sandbox.source.appending("folder-\(folder)")
            try path.makeDirectory()
            for file in 0..<30 {
                try path.appending("file-\(file)").write(generator.text(200 + file))
            }
        }
    }

    /// A run of a machine, which is a cache directory.
    @discardableResult
    private func snapshot(
        machine: String = "a", sharesSession: Bool = true, skipsUnchanged: Bool = false
    ) throws -> SnapshotRun {
        recorder.clear()
        let cache = sandbox.directory.appending("cache-\(machine)")
        let store = CachingStore(recorder, cacheDirectory: cache)
        let standing = sharesSession ? sandbox.standingSession(cache: cache) : nil
        let run = try sandbox.snapshot(through: store, standing: standing) { settings in
            settings.cacheDirectory = cache
            settings.host = machine
            settings.skipsUnchanged = skipsUnchanged
            settings.uploads = .network
        }
        store.trim()
        return run
    }

    private func changeOneFile() throws {
        try sandbox.waitForTick()
        let file = sandbox.source.appending("folder-3/file-7")
        try file.write(try file.read() + Array(" and more".utf8))
    }

    private var operations: [Operation] { recorder.calls.map(\.operation) }

    private func count(_ operation: Operation) -> Int {
        operations.count { $0 == operation }
    }

    private func gets(_ prefix: String) -> Int {
        recorder.calls.count { $0.operation == .get && $0.subjects[0].hasPrefix(prefix) }
    }

    /// What each PUT has written, by the folder; the first one opens the session.
    private var written: [String] {
        recorder.calls.filter { $0.operation == .put }
            .map { call in
                let isSession = call.subjects[0].hasPrefix("indexes/session.")
                return isSession ? "session" : String(call.subjects[0].prefix { $0 != "/" })
            }
    }

    @Test func `nothing has changed: the manifest`() throws {
        try snapshot()
        #expect(written == ["session", "packs", "indexes", "snapshots"])
        #expect(count(.list) == 1 && count(.delete) == 0)
        for _ in 0..<3 {
            let run = try snapshot()
            #expect(run.report.readFiles == 0)
            #expect(operations == [.put])
            #expect(written == ["snapshots"])
        }
    }

    @Test func `small packs are gathered without a request more`() throws {
        try snapshot()
        var newest: SnapshotRun?
        for _ in 0..<40 {
            try changeOneFile()
            newest = try snapshot()
            // Where tables are merged, those that were are deleted.
            #expect(operations.filter { $0 != .delete } == [.put, .put, .put])
            #expect(written == ["packs", "indexes", "snapshots"])
        }
        let report = try #require(newest).report
        #expect(try sandbox.names(ObjectNames.packs).count == 41)
        recorder.clear()
        let restored = try sandbox.restore(report.id, through: recorder)
        #expect(try compareTrees(sandbox.source, restored.target) == [])
        // The first pack has most files, and the last fifteen may not be gathered yet.
        #expect(
            Set(recorder.calls.filter { $0.operation == .get }.map(\.subjects[0]))
                .count { $0.hasPrefix(ObjectNames.packs) } <= 16)
    }

    @Test func `nothing has changed, without a session: one, its LIST, the manifest`() throws {
        try snapshot(sharesSession: false)
        for _ in 0..<3 {
            let run = try snapshot(sharesSession: false)
            #expect(run.report.readFiles == 0)
            #expect(operations == [.put, .list, .put, .delete])
            #expect(written == ["session", "snapshots"])
        }
    }

    @Test func `the session's view is taken anew every ten minutes`() throws {
        try snapshot()
        for (minutes, expected) in [
            (9, [.put]), (1, [.list, .put]), (9, [.put]), (1, [.list, .put]),
        ] as [(UInt64, [Operation])] {
            sandbox.uptimeInSeconds += minutes * 60
            try snapshot()
            #expect(operations == expected)
        }
    }

    @Test func `another session is opened when half of the lease is over`() throws {
        try snapshot()
        sandbox.uptimeInSeconds += UInt64(sandbox.leaseInSeconds) / 2
        try snapshot()
        // The one that stood before is closed.
        #expect(operations == [.put, .list, .delete, .put])
        #expect(written == ["session", "snapshots"])
        try snapshot()
        #expect(operations == [.put])
        #expect(try sandbox.names("indexes/session.").count == 1)
    }

    @Test func `nothing has changed and no snapshot is wanted: one HEAD in all`() throws {
        try snapshot()
        for _ in 0..<3 {
            #expect(try !snapshot(skipsUnchanged: true).report.isNew)
            #expect(operations == [.head])
        }
    }

    @Test func `a small change: pack, table, manifest`() throws {
        try snapshot()
        var mergingRounds = 0
        for _ in 0..<12 {
            try changeOneFile()
            let run = try snapshot()
            #expect(run.report.readFiles == 1)
            #expect(written == ["packs", "indexes", "snapshots"])
            #expect(operations.filter { $0 != .put && $0 != .delete } == [])
            // Now and then tables are merged, which takes one request however many there are.
            #expect((0...1).contains(count(.delete)))
            mergingRounds += count(.delete)
            #expect(try sandbox.differences(run.report.id) == [])
        }
        #expect((2...4).contains(mergingRounds))
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a small change when no snapshot was wanted without one: a HEAD more`() throws {
        try snapshot()
        try changeOneFile()
        let run = try snapshot(skipsUnchanged: true)
        #expect(run.report.isNew)
        #expect(operations == [.head, .put, .put, .put])
        #expect(try snapshot(skipsUnchanged: true).report.isNew == false)
        #expect(operations == [.head])
    }

    @Test func `without a cache each table is read once, and a lost cache costs no more`() throws {
        try snapshot()
        try changeOneFile()
        try snapshot()
        for machine in ["b", "c"] {
            let run = try snapshot(machine: machine)
            #expect(run.report.newBytes == 0)
            // Description, tables, and the look for a parent of the same host.
            #expect(gets(ObjectNames.description) == 1)
            #expect(gets(ObjectNames.indexes) == 2)
            #expect(gets(ObjectNames.packs) == 0)
            #expect(count(.list) == 2)
            #expect(count(.head) == 0)
            #expect(written == ["session", "snapshots"])
        }
        // Only the stores' part of the cache goes: the stat cache stays.
        _ = CacheTree.clear(cacheDirectory: sandbox.directory.appending("cache-a"))
        #expect(try snapshot().report.readFiles == 0)
        #expect(operations == [.get, .put])
        try snapshot()
        #expect(operations == [.put])
    }

    @Test func `another machine that writes in between costs its tables, once`() throws {
        try snapshot()
        try changeOneFile()
        try snapshot(machine: "b")
        // Nothing has to be known of what the other one has added,
        try sandbox.source.appending("folder-3/file-7").remove()
        try changeBack()
        sandbox.uptimeInSeconds += 600
        try snapshot()
        let reads = recorder.calls.filter { $0.operation == .get }
        // unless there is something to store: then its table is read.
        #expect(reads.count == 1)
        #expect(reads.allSatisfy { $0.subjects[0].hasPrefix(ObjectNames.indexes) })
        try snapshot()
        #expect(operations == [.put])
    }

    private func changeBack() throws {
        try sandbox.waitForTick()
        try sandbox.source.appending("folder-3/file-7").write(Array("new".utf8))
    }

    @Test func `a forgotten parent is found out with the HEAD, and all goes on as it must`()
        throws
    {
        let first = try snapshot()
        let manifest = try sandbox.manifest(first.report.id)
        let name = ObjectNames.manifest(manifest.id, time: manifest.time)
        try sandbox.store.delete([ObjectKey(name)])
        let run = try snapshot(skipsUnchanged: true)
        #expect(run.report.isNew)
        #expect(operations == [.head, .put])
        #expect(run.report.readFiles == 0)
    }

    @Test func `a repository that was replaced gets everything when the command runs again`()
        throws
    {
        let first = try snapshot()
        for skips in [false, true] {
            try snapshot()
            // Within ten minutes a session that stands would not notice.
            sandbox.uptimeInSeconds += 600
            try sandbox.store.delete(sandbox.store.list(prefix: "").map(\.key))
            let other = try Sandbox(seed: skips ? 32 : 33)
            let key = ObjectKey(ObjectNames.description)
            try sandbox.store.put(key, ObjectBody(try other.store.get(key, .whole).array))
            #expect(throws: storeError(.replaced)) { try snapshot(skipsUnchanged: skips) }
            #expect(written.allSatisfy { $0 == "session" })
            let run = try snapshot(skipsUnchanged: skips)
            #expect(run.report.isNew)
            #expect(run.report.newBytes == first.report.newBytes)
            #expect(try sandbox.differences(run.report.id) == [])
            #expect(try sandbox.check().problems == [])
        }
    }

    @Test func `the HEAD asks for the parent to which the stat cache belongs`() throws {
        let first = try snapshot()
        let folder = sandbox.directory.appending("cache-a")
        let files = DiskPath(folder).appending("\(try sandbox.open().description.id)")
        let aside = DiskPath(sandbox.directory.appending("aside"))
        try changeOneFile()
        // The run cannot leave its stat cache and state; what the first run has left stays.
        let second = try sandbox.snapshot(
            change: { settings in
                settings.cacheDirectory = folder
                settings.host = "a"
            },
            onRead: { moment, _ in
                if case .beforeOpen = moment { try? files.rename(to: aside) }
            })
        #expect(second.report.readFiles == 1)
        try aside.rename(to: files)
        let third = try snapshot(skipsUnchanged: true)
        let manifest = try sandbox.manifest(first.report.id)
        let name = ObjectNames.manifest(manifest.id, time: manifest.time)
        #expect(recorder.calls.first?.operation == .head)
        #expect(recorder.calls.first?.subjects == [name])
        #expect(try sandbox.differences(third.report.id) == [])
    }
}
