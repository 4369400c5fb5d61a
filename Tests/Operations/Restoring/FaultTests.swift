import FileHandles
import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

/// A restore that is ended in its middle leaves whole files, and none under a temporary name.
struct FaultTests {
    /// Settings that make many requests of a small tree.
    private static let reading = ReadSettings(
        requestsInFlight: 3, partInBytes: 15_000, gapInBytes: 0, bytesInFlight: 100_000,
        metadataWindowInBytes: 2_000, planInBytes: 9_000)

    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 9, averageChunkInBytes: 4096)
        var tree = TemporaryTree(at: sandbox.source, seed: 9)
        try tree.grow(entries: 30)
        try sandbox.source.appending("large").write(tree.generator.bytes(2_500_000))
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try tree.grow(entries: 10)
        id = try sandbox.snapshot().report.id
    }

    /// Whatever is there is as it was.
    private func expectWholeFiles(_ source: DiskPath, _ copy: DiskPath, _ comment: Comment) throws {
        guard copy.exists else { return }
        for name in try copy.names() {
            let (left, right) = (source.appending(name), copy.appending(name))
            guard left.exists else {
                Issue.record("\(comment): \(right.text) is too much")
                continue
            }
            switch try right.status().kind {
            case .directory: try expectWholeFiles(left, right, comment)
            case .file: #expect(try left.read() == right.read(), comment)
            default: break
            }
        }
    }

    @Test(arguments: [false, true])
    func `by the store, at every call`(isPermanent: Bool) throws {
        var call = 1
        while true {
            let fault = FaultyStore.Fault(call: call, isPermanent: isPermanent)
            let faulty = FaultyStore(sandbox.store, fault)
            let target = sandbox.freshPath()
            var failure: (any Error)?
            do {
                _ = try sandbox.restore(id, to: target, through: faulty) {
                    $0.reading = Self.reading
                }
            } catch {
                failure = error
            }
            #expect((failure != nil) == faulty.hasFailed, "call \(call)")
            if let failure { #expect(failure as? StoreError == storeError(.inputOutput)) }
            try expectWholeFiles(sandbox.source, target, "call \(call)")
            if target.exists { try target.remove() }
            if !faulty.hasFailed { break }
            call += 1
        }
        // Description, names of tables, tables, listings, and the ranges of 2.5 MB.
        #expect(call > 25)
    }

    @Test(arguments: [1, 5, 12, 20])
    func `by whoever asks it to stop`(call: Int) throws {
        let cancellation = Cancellation()
        let store = WatchedStore(sandbox.store, call: call) { cancellation.cancel() }
        let target = sandbox.freshPath()
        #expect(throws: Interrupted()) {
            try sandbox.restore(id, to: target, through: store, cancellation: cancellation) {
                $0.reading = Self.reading
            }
        }
        try expectWholeFiles(sandbox.source, target, "call \(call)")
    }

    @Test func `without a fault everything is there, and no descriptor stays open`() throws {
        let target = sandbox.freshPath()
        _ = try sandbox.restore(id, to: target) { $0.reading = Self.reading }
        #expect(try compareTrees(sandbox.source, target) == [])
        let handle = try FileHandle.openDirectory(path: target.bytes)
        // Other tests run at the same time, so what is counted are descriptors of this target.
        let open = try DiskPath("/proc/self/fd").names().count { name in
            let link = DiskPath("/proc/self/fd").appending(name)
            return try link.exists && link.linkTarget().starts(with: target.bytes)
        }
        #expect(open == 1)
        withExtendedLifetime(handle) {}
    }
}

/// A store that tells when a GET is made.
private final class WatchedStore: ObjectStore {
    private let store: any ObjectStore
    private let faults: RecordingStore
    private let call: Int
    private let action: @Sendable () -> Void

    init(_ store: any ObjectStore, call: Int, _ action: @escaping @Sendable () -> Void) {
        self.store = store
        faults = RecordingStore(store)
        self.call = call
        self.action = action
    }

    var location: String { store.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        let bytes = try faults.get(key, range)
        if faults.calls.count >= call { action() }
        return bytes
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}
