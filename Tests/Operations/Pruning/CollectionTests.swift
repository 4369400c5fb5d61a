import ChunkStorage
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Opens a session of somebody else as soon as a seal was noted.
private final class SealedStore: ObjectStore {
    private let store: any ObjectStore
    private let open: @Sendable () throws -> Session
    private let opened = Mutex<Session?>(nil)

    init(_ store: any ObjectStore, open: @escaping @Sendable () throws -> Session) {
        self.store = store
        self.open = open
    }

    var session: Session? { opened.withLock { $0 } }

    var location: String { store.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        let time = try store.put(key, body)
        if key.description.hasPrefix("indexes/sealed.") {
            let session = try? open()
            opened.withLock { $0 = session }
        }
        return time
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

/// What a prune leaves and what it takes, when nobody else is at work.
struct CollectionTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox(seed: 61, averageChunkInBytes: 4096) }

    private func write(_ name: String, _ generator: inout SeededGenerator, _ size: Int) throws {
        try sandbox.source.appending(name).write(generator.bytes(size))
    }

    /// Snapshots of a folder in which a file changes each time.
    private func makeHistory(_ count: Int) throws -> [SnapshotID] {
        var generator = SeededGenerator(seed: 62)
        try write("stays", &generator, 30_000)
        return try (0..<count).map { number in
            try write("changes", &generator, 60_000 + number)
            return try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
        }
    }

    @Test func `what only forgotten snapshots need goes, the rest stays`() throws {
        let ids = try makeHistory(5)
        let before = try sandbox.store.list(prefix: ObjectNames.packs)
        try sandbox.forget(Array(ids.dropLast()))
        let report = try sandbox.prune()
        #expect(report.freedInBytes > 200_000)
        #expect(report.waitingPacks == 0)
        #expect(report.expiredSnapshots == 4)
        let after = try sandbox.store.list(prefix: ObjectNames.packs)
        let bytes = after.reduce(0) { $0 + $1.sizeInBytes }
        #expect(bytes == report.keptInBytes)
        #expect(before.reduce(0) { $0 + $1.sizeInBytes } == bytes + report.freedInBytes)
        #expect(try sandbox.differences(ids[4]) == [])
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [])
        #expect(try sandbox.names(ObjectNames.forgotten) == [])
    }

    private func markers() throws -> [String] {
        try sandbox.names(ObjectNames.indexes).filter { ObjectNames.tableID($0) == nil }
    }

    @Test func `nothing but tables, and a journal, is left when the next prune has looked`() throws
    {
        try sandbox.forget(Array(makeHistory(4).dropLast()))
        try sandbox.prune()
        // Whoever began before the packs were gone may still see a table that names them.
        let kinds = try markers().map { $0.split(separator: ".")[0] }
        #expect(kinds == ["indexes/condemned", "indexes/sealed", "indexes/swept"])
        #expect(try sandbox.names(ObjectNames.prunes).count == 1)
        let again = try sandbox.prune()
        #expect(again.deletedPacks == 0 && again.freedInBytes == 0)
        #expect(try markers() == [])
        #expect(try sandbox.names(ObjectNames.prunes).count == 1)
    }

    @Test func `the marks stay while a session is open that may have seen the packs`() throws {
        let ids = try makeHistory(4)
        try sandbox.forget(Array(ids.dropLast()))
        // It begins between the seals, so that it may see a table that is about to go.
        let opening = SealedStore(sandbox.store) {
            try Session.open(in: sandbox.open(), sandbox.session, purpose: "test")
        }
        try sandbox.prune(through: opening)
        let session = try #require(opening.session)
        for _ in 0..<2 {
            try sandbox.prune()
            #expect(try markers().contains { $0.hasPrefix("indexes/condemned.") })
        }
        try session.close()
        try sandbox.prune()
        #expect(try markers() == [])
    }

    @Test func `when a session of the second seal dies, the packs are condemned again`() throws {
        try sandbox.forget(Array(makeHistory(4).dropLast()))
        let opening = SealedStore(sandbox.store) {
            try Session.open(in: sandbox.open(), sandbox.session, purpose: "test")
        }
        try sandbox.prune(through: opening)
        let act = try markers().filter { $0.hasPrefix("indexes/condemned.") }
        // Somebody may have seen a table of it before it was dead.
        let session = try #require(opening.session)
        try sandbox.store.put(ObjectKey(ProtocolMarker.dead(session.id).name), ObjectBody([1]))
        try sandbox.prune()
        let next = try markers().filter { $0.hasPrefix("indexes/condemned.") }
        #expect(next.count == 1 && next != act)
        try sandbox.prune()
        #expect(try markers().allSatisfy { $0.hasPrefix("indexes/dead.") })
    }

    @Test func `a pruner that is declared dead during its last look deletes nothing`() throws {
        let ids = try makeHistory(4)
        try sandbox.forget(Array(ids.dropLast()))
        let packs = try sandbox.names(ObjectNames.packs)
        let store = sandbox.store
        let looks = Mutex(0)
        let hooked = HookedStore(store, counted: [.list]) { call in
            guard call.subject == ObjectNames.packs else { return }
            let number = looks.withLock { count in
                count += 1
                return count
            }
            if number < 2 { return }
            // Whoever finds its lease over declares it dead, at a moment between two of its LISTs.
            guard let view = try? RepositoryView.list(in: store),
                let own = view.openSessions.first
            else { return }
            _ = try? store.put(ObjectKey(ProtocolMarker.dead(own).name), ObjectBody([1]))
        }
        #expect(throws: repositoryError(.changed)) { try sandbox.prune(through: hooked) }
        #expect(Set(try sandbox.names(ObjectNames.packs)).isSuperset(of: packs))
        try sandbox.prune()
        #expect(try sandbox.differences(ids[3]) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `that a session is dead is known for as long as something is left of it`() throws {
        let clock = Mutex<Int64>(1_800_000_000)
        let sandbox = try Sandbox(seed: 67) { _ in
            MemoryStore(now: { StoreTime(seconds: clock.withLock { $0 }) })
        }
        try sandbox.source.appending("file").write([1, 2, 3])
        let made = try sandbox.snapshot()
        let session = try sandbox.manifest(made.report.id).session
        let dead = ObjectKey(ProtocolMarker.dead(session).name)
        try sandbox.store.put(dead, ObjectBody([1]))
        clock.withLock { $0 += 91 * 24 * 60 * 60 }
        for _ in 0..<2 {
            try sandbox.prune()
            #expect(try sandbox.names(ObjectNames.indexes).contains("\(dead)"))
        }
        try sandbox.forget([made.report.id])
        // The first one takes the packs and the table, a later one the mark.
        for _ in 0..<3 { try sandbox.prune() }
        #expect(try sandbox.names(ObjectNames.indexes) == [])
    }

    @Test func `packs that a late table names again are condemned again`() throws {
        let ids = try makeHistory(3)
        let old = try sandbox.store.list(prefix: ObjectNames.indexes)
        let tables = try old.map { ($0.key, try sandbox.store.get($0.key, .whole).array) }
        try sandbox.forget(Array(ids.dropLast()))
        try sandbox.prune()
        let act = try markers()
        // A writer that has merged tables before the packs were gone is heard of only now.
        for (key, bytes) in tables { try sandbox.store.put(key, ObjectBody(bytes)) }
        try sandbox.prune()
        let next = try markers()
        #expect(next.count == 3 && Set(next).isDisjoint(with: act))
        #expect(try sandbox.differences(ids[2]) == [])
        try sandbox.prune()
        #expect(try markers() == [])
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [])
    }

    @Test func `a prune sends few requests, whatever it finds`() throws {
        let ids = try makeHistory(4)
        let recorder = RecordingStore(sandbox.store)
        func lists(_ prefix: String) -> Int {
            recorder.calls.count { $0.operation == .list && $0.subjects == [prefix] }
        }
        func puts(_ prefix: String) -> Int {
            recorder.calls.count { $0.operation == .put && $0.subjects[0].hasPrefix(prefix) }
        }
        // Nothing to do.
        try sandbox.prune(through: recorder)
        #expect(lists(ObjectNames.indexes) == 1)
        #expect(lists(ObjectNames.snapshots) == 1 && lists(ObjectNames.forgotten) == 1)
        #expect(lists(ObjectNames.packs) == 1 && lists(ObjectNames.prunes) == 1)
        #expect(recorder.calls.count { $0.operation == .put } == 1)
        // One asks for the right to delete, one closes the session.
        #expect(recorder.calls.count { $0.operation == .delete } == 2)
        recorder.clear()
        // Packs go.
        try sandbox.forget(Array(ids.dropLast()))
        try sandbox.prune(through: recorder)
        #expect(lists(ObjectNames.indexes) == 6)
        #expect(lists(ObjectNames.snapshots) == 2 && lists(ObjectNames.forgotten) == 2)
        #expect(lists(ObjectNames.packs) == 2 && lists(ObjectNames.prunes) == 1)
        for marker in ["session", "condemned", "sealed", "swept"] {
            #expect(puts("indexes/\(marker).") == 1)
        }
        // Sentinels, a journal, the table of the copies and the one without the old packs.
        #expect(puts(ObjectNames.snapshots) == 1 && puts(ObjectNames.forgotten) == 1)
        #expect(puts(ObjectNames.prunes) == 1)
        #expect((4...6).contains(puts(ObjectNames.indexes)))
        // Besides these two, tables, packs, and what else has served.
        #expect(recorder.calls.count { $0.operation == .delete } == 5)
        recorder.clear()
        // The marks go.
        try sandbox.prune(through: recorder)
        #expect(lists(ObjectNames.indexes) == 1)
        #expect(recorder.calls.count { $0.operation == .put } == 1)
        recorder.clear()
        // Packs wait for somebody else's session.
        let other = try Session.open(in: sandbox.open(), sandbox.session, purpose: "test")
        try sandbox.forget([ids[3]])
        try sandbox.prune(through: recorder)
        #expect(lists(ObjectNames.indexes) == 2)
        #expect(lists(ObjectNames.snapshots) == 1 && puts(ObjectNames.snapshots) == 0)
        try other.close()
    }

    @Test func `forgotten snapshots keep what they need until their grace is over`() throws {
        let ids = try makeHistory(3)
        try sandbox.forget(Array(ids.dropLast()))
        let report = try sandbox.prune { $0.graceInSeconds = 3600 }
        #expect(report.freedInBytes == 0 && report.forgottenSnapshots == 2)
        #expect(try sandbox.names(ObjectNames.forgotten).count == 2)
        #expect(try sandbox.prune().freedInBytes > 100_000)
    }

    @Test func `a dry run says what a run does, and does nothing`() throws {
        try sandbox.forget(Array(makeHistory(4).dropLast()))
        let before = try sandbox.names("")
        let planned = try sandbox.prune { $0.isDryRun = true }
        #expect(try sandbox.names("") == before)
        let done = try sandbox.prune()
        #expect(planned.estimate == done.estimate)
        #expect(planned.deletedPacks == done.deletedPacks)
    }

    @Test func `a repository of which everything is forgotten becomes empty`() throws {
        try sandbox.forget(makeHistory(3))
        let report = try sandbox.prune()
        #expect(report.keptInBytes == 0)
        #expect(try sandbox.names(ObjectNames.packs) == [])
        try sandbox.prune()
        #expect(try sandbox.names(ObjectNames.indexes) == [])
        let next = try sandbox.snapshot()
        #expect(try sandbox.differences(next.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a stat cache that names what was collected misleads nobody`() throws {
        let first = try makeHistory(1)
        try sandbox.forget(first)
        try sandbox.prune()
        for skips in [true, false] {
            let next = try sandbox.snapshot { $0.skipsUnchanged = skips }
            #expect(next.report.isNew || !skips)
            #expect(try sandbox.differences(next.report.id) == [])
        }
    }

    @Test(arguments: seeds(count: 6))
    func `after any history everything that is left is whole, and little is unused`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        var ids: [SnapshotID] = []
        for _ in 0..<30 {
            switch UInt64.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let name = "file-\(UInt64.random(in: 0..<8, using: &generator))"
                let size = Int.random(in: 0..<50_000, using: &generator)
                try write(name, &generator, size)
                try sandbox.waitForTick()
                ids.append(try sandbox.snapshot().report.id)
            case 6..<8:
                let gone = ids.filter { _ in Bool.random(using: &generator) }
                try sandbox.forget(gone)
                ids.removeAll(where: gone.contains)
            default:
                let report = try sandbox.prune()
                #expect(report.estimate.unusedAfterInBytes * 20 <= report.keptInBytes + 20)
                let check = try sandbox.check()
                #expect(check.problems == [] && check.notices == [])
            }
            #expect(try sandbox.manifests().map(\.id).sorted() == ids.sorted())
        }
        try sandbox.prune()
        for id in ids { #expect(try !sandbox.entries(of: id).isEmpty) }
        #expect(try sandbox.check().problems == [])
    }
}
