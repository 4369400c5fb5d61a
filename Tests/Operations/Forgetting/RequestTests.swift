import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel
import StoreCache
import TestSupport
import Testing

/// What forgetting costs, and what caches keep.
struct RequestTests {
    private func counts(_ recording: RecordingStore) -> [StoreError.Operation: Int] {
        Dictionary(grouping: recording.calls, by: \.operation).mapValues(\.count)
    }

    private func cached(_ store: any ObjectStore, _ directory: TemporaryDirectory) -> CachingStore {
        CachingStore(store, cacheDirectory: directory.appending("cache"))
    }

    @Test func `n snapshots take a PUT each, and a DELETE for each thousand`() throws {
        var history = try History()
        for second in 0..<1501 { try history.save(at: Int64(second)) }
        let directory = try TemporaryDirectory(isInMemory: true)
        let recording = RecordingStore(history.store)
        // Whoever has listed the snapshots once has the manifests.
        _ = try Repository.open(in: cached(recording, directory)).loadManifests()
        recording.clear()
        try history.forget(through: cached(recording, directory)) { $0.policy.last = .atMost(1) }
        #expect(counts(recording) == [.list: 1, .put: 1500, .delete: 2])
        let batches = recording.calls.filter { $0.operation == .delete }.map(\.subjects.count)
        #expect(batches == [1000, 500])
        #expect(Set(recording.calls.flatMap(\.subjects)).count == 1 + 2 * 1500)
    }

    @Test func `manifests that no cache has are read once, and nothing else is`() throws {
        var history = try History()
        for second in 0..<20 { try history.save(at: Int64(second)) }
        let directory = try TemporaryDirectory(isInMemory: true)
        let recording = RecordingStore(history.store)
        let store = cached(recording, directory)
        try history.forget(through: store) { $0.policy.last = .atMost(5) }
        // The description and each manifest; the copies are made of what was read.
        #expect(counts(recording) == [.list: 1, .get: 21, .put: 15, .delete: 1])
        recording.clear()
        try history.forget(through: store) { $0.policy.last = .atMost(5) }
        #expect(counts(recording) == [.list: 1])
    }

    @Test func `caches let go of what is forgotten, here and on other machines`() throws {
        var history = try History()
        for second in 0..<6 { try history.save(at: Int64(second)) }
        let (here, there) = (
            try TemporaryDirectory(isInMemory: true), try TemporaryDirectory(isInMemory: true)
        )
        let keys = history.manifests.map {
            ObjectKey(ObjectNames.manifest($0.id, time: $0.time))
        }
        let other = cached(history.store, there)
        for store in [cached(history.store, here), other] {
            for key in keys { _ = try store.get(key, .whole) }
        }
        try history.forget(through: cached(history.store, here)) { $0.policy.last = .atMost(2) }
        let store = cached(history.store, here)
        for key in keys.prefix(4) {
            #expect(throws: storeError(.notFound)) { try store.get(key, .whole) }
        }
        #expect(try Repository.open(in: other).loadManifests().manifests.count == 2)
        for key in keys.prefix(4) {
            #expect(throws: storeError(.notFound)) { try other.get(key, .whole) }
        }
        for key in keys.suffix(2) { #expect(try other.get(key, .whole).count > 0) }
    }

    @Test func `forgotten snapshots are listed, but for those that are still there`() throws {
        var history = try History()
        for second in 0..<6 { try history.save(at: Int64(second)) }
        #expect(try history.repository.loadForgotten().manifests.isEmpty)
        try history.forget { $0.policy.last = .atMost(2) }
        let kept = history.manifests[5]
        let document = try history.store.read(ObjectNames.snapshots + History.name(kept))
        // What a run that may not delete has left.
        try history.store.put(ObjectNames.forgotten + History.name(kept), document)
        for name in ["readme.txt", "20270115T080001Z-abc.json"] {
            try history.store.put(ObjectNames.forgotten + name, [1])
        }
        let recording = RecordingStore(history.store)
        let repository = try Repository.open(in: recording)
        recording.clear()
        let found = try repository.loadForgotten()
        #expect(found.manifests == Array(history.manifests.prefix(4)))
        #expect(found.damaged.isEmpty)
        let lists = recording.calls.filter { $0.operation == .list }.flatMap(\.subjects)
        #expect(lists == [ObjectNames.snapshots, ObjectNames.forgotten])
        #expect(counts(recording) == [.list: 2, .get: 4])
        let faulty = FaultyStore(history.store)
        let damaged = ObjectKey(ObjectNames.forgotten + History.name(history.manifests[1]))
        try faulty.flip(damaged, bit: 800)
        let seen = try Repository.open(in: faulty).loadForgotten()
        #expect(seen.manifests.count == 3)
        #expect(seen.damaged.map(\.key) == [damaged])
    }
}
