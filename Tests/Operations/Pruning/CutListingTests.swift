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

/// Leaves the last names out of some LISTs, as a server does that takes a page for all there is.
private final class CuttingStore: ObjectStore {
    private let store: any ObjectStore
    private let keep: @Sendable (_ prefix: String, _ number: Int, _ count: Int) -> Int
    private let numbers = Mutex<[String: Int]>([:])

    /// - Parameter keep: how many names to show, given the prefix of a LIST, its number among those
    ///   of the prefix, from 1 on, and how many names there are.
    init(
        _ store: any ObjectStore,
        keep: @escaping @Sendable (_ prefix: String, _ number: Int, _ count: Int) -> Int
    ) {
        self.store = store
        self.keep = keep
    }

    var location: String { store.location }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        let objects = try store.list(prefix: prefix)
        let number = numbers.withLock { numbers in
            numbers[prefix, default: 0] += 1
            return numbers[prefix, default: 0]
        }
        return Array(objects.prefix(keep(prefix, number, objects.count)))
    }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

/// LISTs of manifests that end too early: what they leave out is needed all the same.
struct CutListingTests {
    private let sandbox: Sandbox
    private static let folders = [ObjectNames.snapshots, ObjectNames.forgotten]

    init() throws { sandbox = try Sandbox(seed: 241, averageChunkInBytes: 4096) }

    /// Snapshots that have nothing in common but a file.
    private func makeHistory(_ count: Int, seed: UInt64 = 242) throws -> [SnapshotID] {
        var generator = SeededGenerator(seed: seed)
        try sandbox.source.appending("stays").write(generator.bytes(20_000))
        return try (0..<count).map { _ in
            try sandbox.source.appending("changes").write(generator.bytes(40_000))
            return try sandbox.snapshot { $0.ignoresStatCache = true }.report.id
        }
    }

    /// What each snapshot has, read back.
    private func expectUnharmed(_ newest: SnapshotID) throws {
        #expect(try sandbox.check().problems == [])
        #expect(try sandbox.differences(newest) == [])
    }

    private func sentinels() throws -> [String] {
        try Self.folders.flatMap { try sandbox.names($0) }.filter { $0.contains("/prune.") }
    }

    @Test(arguments: folders)
    func `what a first look leaves out is found by the second one`(_ folder: String) throws {
        let ids = try makeHistory(5)
        // Of two forgotten ones the copies keep everything, as their grace is not over.
        try sandbox.forget(Array(ids[0..<2]))
        let store = CuttingStore(sandbox.store) { prefix, number, count in
            prefix == folder && number == 1 ? 1 : count
        }
        let report = try sandbox.prune(through: store) { $0.graceInSeconds = 3600 }
        // More was condemned than it should have been.
        #expect(report.deletedPacks > 0 && report.copiedInBytes > 30_000)
        #expect(report.expiredSnapshots == 0)
        try expectUnharmed(ids[4])
        for id in ids[0..<2] { try sandbox.undo(["\(id)"]) }
        #expect(try sandbox.check().problems == [])
        #expect(try sandbox.manifests().count == 5)
        #expect(try sentinels() == [])
    }

    @Test(arguments: folders, [0, 3600])
    func `when the second look is cut nothing is deleted`(
        _ folder: String, _ grace: Int64
    ) throws {
        let ids = try makeHistory(5)
        try sandbox.forget(Array(ids[0..<2]))
        let before = Set(try sandbox.names(""))
        for isFirstCut in [true, false] {
            let store = CuttingStore(sandbox.store) { prefix, number, count in
                prefix == folder && (number > 1 || isFirstCut) ? count - 1 : count
            }
            // So that there is something to condemn in any case.
            _ = try saveChunks([[1], [2]], to: sandbox.store, sessionIdentity(seed: 243))
            let error = #expect(throws: StoreError.self) {
                try sandbox.prune(through: store) { $0.graceInSeconds = grace }
            }
            #expect(error?.code == .inputOutput && error?.cause.contains("not complete") == true)
            #expect(Set(try sandbox.names("")).isSuperset(of: before))
            #expect(try sentinels() == [])
            try expectUnharmed(ids[4])
        }
        try sandbox.prune { $0.graceInSeconds = grace }
        try expectUnharmed(ids[4])
    }

    private func sessionIdentity(seed: UInt64) -> SessionIdentity {
        var generator = SeededGenerator(seed: seed)
        return generator.sessionIdentity()
    }

    @Test func `acts of a prune that waited are finished after a complete look only`() throws {
        let ids = try makeHistory(4)
        let other = try Session.open(in: sandbox.open(), sandbox.session, purpose: "test")
        try sandbox.forget(Array(ids[0..<2]))
        // This one condemns what all snapshots but one need, and has to wait.
        let waiting = CuttingStore(sandbox.store) { prefix, _, count in
            prefix == ObjectNames.snapshots ? 1 : count
        }
        let recorder = RecordingStore(waiting)
        #expect(try sandbox.prune(through: recorder).waitingPacks > 0)
        // It does not look again, so it needs no sentinels.
        #expect(recorder.calls.allSatisfy { !$0.description.contains("/prune.") })
        try other.close()
        let packs = Set(try sandbox.names(ObjectNames.packs))
        #expect(throws: StoreError.self) { try sandbox.prune(through: waiting) }
        #expect(Set(try sandbox.names(ObjectNames.packs)).isSuperset(of: packs))
        try sandbox.prune()
        try expectUnharmed(ids[3])
        #expect(try sandbox.manifests().count == 2)
    }

    /// A copy that a forgetting has left before it ended makes a snapshot look forgotten when the
    /// first LIST leaves the snapshot out.
    @Test func `what the second look shows to stand is damage when it lacks something`() throws {
        let ids = try makeHistory(3)
        let name = try #require(
            try sandbox.names(ObjectNames.snapshots).first {
                ObjectNames.snapshotID($0) == ids[2]
            })
        let copy = ObjectNames.forgotten + name.dropFirst(ObjectNames.snapshots.count)
        try sandbox.store.put(
            ObjectKey(copy), ObjectBody(sandbox.store.get(ObjectKey(name), .whole).array))
        let session = try sandbox.manifest(ids[2]).session
        for pack in try sandbox.names(ObjectNames.packs) {
            let id = try #require(ObjectNames.packID(pack))
            let contents = try PackReader.contents(of: id, in: sandbox.store).contents
            if contents.session == session { try sandbox.store.delete([ObjectKey(pack)]) }
        }
        let before = Set(try sandbox.names(ObjectNames.packs))
        let store = CuttingStore(sandbox.store) { prefix, number, count in
            prefix == ObjectNames.snapshots && number == 1 ? count - 1 : count
        }
        #expect(throws: repositoryError(.damaged)) {
            try sandbox.prune(through: store) { $0.graceInSeconds = 3600 }
        }
        #expect(Set(try sandbox.names(ObjectNames.packs)) == before)
    }

    @Test func `that a session is dead is forgotten after a complete look only`() throws {
        let clock = Mutex<Int64>(1_800_000_000)
        let sandbox = try Sandbox(seed: 244) { _ in
            MemoryStore(now: { StoreTime(seconds: clock.withLock { $0 }) })
        }
        try sandbox.source.appending("file").write([1, 2, 3])
        let made = try sandbox.snapshot()
        let dead = ProtocolMarker.dead(try sandbox.manifest(made.report.id).session).name
        try sandbox.store.put(ObjectKey(dead), ObjectBody([1]))
        // The manifest alone names the session, and there is nothing to condemn.
        let tables = try sandbox.names(ObjectNames.indexes).filter {
            ObjectNames.tableID($0) != nil
        }
        let packs = try sandbox.names(ObjectNames.packs)
        try sandbox.store.delete((tables + packs).map { ObjectKey($0) })
        clock.withLock { $0 += 91 * 24 * 60 * 60 }
        let cutOnce = CuttingStore(sandbox.store) { prefix, number, count in
            prefix == ObjectNames.snapshots && number == 1 ? 0 : count
        }
        #expect(try sandbox.prune(through: cutOnce).deletedPacks == 0)
        #expect(try sandbox.names(ObjectNames.indexes).contains(dead))
    }

    @Test(arguments: 1...12)
    func `wherever LISTs of manifests are cut, nothing is lost`(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(2400 + seed))
        let ids = try makeHistory(generator.number(in: 2...6), seed: UInt64(seed))
        let gone = ids.dropLast().filter { _ in generator.number(in: 0...1) == 0 }
        try sandbox.forget(gone)
        for _ in 0..<3 {
            let seeds = Self.folders.map { ($0, generator.number(in: 0...7)) }
            let cuts = Dictionary(uniqueKeysWithValues: seeds)
            let store = CuttingStore(sandbox.store) { prefix, number, count in
                guard let cut = cuts[prefix], cut >> min(number - 1, 2) & 1 == 1 else {
                    return count
                }
                return number * 7 % max(count, 1)
            }
            do {
                try sandbox.prune(through: store) { $0.graceInSeconds = seed % 2 == 0 ? 0 : 3600 }
            } catch let error as StoreError {
                #expect(error.cause.contains("not complete"), "seed \(seed)")
            }
            try expectUnharmed(ids[ids.count - 1])
            #expect(try sentinels() == [], "seed \(seed)")
        }
        #expect(try sandbox.manifests().count == ids.count - gone.count)
    }
}
