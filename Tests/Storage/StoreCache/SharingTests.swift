import FileHandles
import ObjectStore
import RepositoryFormat
import StoreCache
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// Several processes with several threads each, on one cache directory.
struct SharingTests {
    @Test(arguments: seeds(count: 2))
    func `readers, writers and those who remove do not disturb each other`(seed: UInt64) throws {
        var repository = try CachedRepository(seed: seed)
        let keys = (0..<8).map { _ in repository.generator.addTable(to: repository.memory) }
        let manifests = (0..<8).map { _ in repository.generator.addManifest(to: repository.memory) }
        let all = keys + manifests + [repository.description]
        let shared = repository
        let isDone = Atomic(false)
        try withThreads { threads in
            threads.onFailure { isDone.store(true, ordering: .relaxed) }
            for number in 0..<2 {
                // A process with a limit that makes it throw things away all the time.
                let store = shared.open(limitInBytes: number == 0 ? 3000 : 1 << 30)
                for thread in 0..<2 {
                    threads.spawn {
                        var generator = SeededGenerator(seed: seed + UInt64(thread))
                        for _ in 0..<150 {
                            let key = generator.pick(all)
                            let expected = try shared.memory.get(key, .whole).array
                            #expect(try store.map(key).array == expected)
                            if generator.oneIn(20) { store.trim() }
                        }
                        isDone.store(true, ordering: .relaxed)
                    }
                }
            }
            threads.spawn {
                while !isDone.load(ordering: .relaxed) {
                    _ = CacheTree.clear(cacheDirectory: shared.directory.bytes)
                }
            }
        }
        #expect(try repository.isRight(repository.open()))
    }

    @Test func `a table that another process puts during a listing is kept`() throws {
        var repository = try CachedRepository()
        try repository.fill()
        let (key, body) = repository.generator.table()
        let other = repository.open()
        // The store answers with what was there before the other process came.
        let late = LateStore(repository.memory) { _ = try? other.put(key, body) }
        let store = repository.open(through: late)
        _ = try store.list(prefix: ObjectNames.indexes)
        repository.recorder.clear()
        #expect(try repository.open().map(key).array == body.parts[0])
        #expect(repository.operations == [])
    }
}

/// Lists, and lets something happen before the answer arrives.
private final class LateStore: ObjectStore {
    private let store: MemoryStore
    private let action: @Sendable () -> Void

    init(_ store: MemoryStore, _ action: @escaping @Sendable () -> Void) {
        self.store = store
        self.action = action
    }

    var location: String { store.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) -> StoreTime? { store.put(key, body) }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) -> [ListedObject] {
        let answer = store.list(prefix: prefix)
        action()
        return answer
    }

    func delete(_ keys: [ObjectKey]) { store.delete(keys) }
}
