import ObjectStore
import RepositoryFormat
import StoreCache
import TestSupport
import Testing

/// A bucket that was emptied, or got another repository, while a cache knew the old one.
struct ReplacedRepositoryTests {
    private var repository: CachedRepository
    private let prefixes = [ObjectNames.indexes, ObjectNames.snapshots]

    init() throws {
        repository = try CachedRepository()
        try repository.fill()
    }

    private mutating func replace() {
        repository.memory.delete(repository.memory.list(prefix: "").map(\.key))
        let body = repository.generator.descriptionBody()
        repository.memory.put(repository.description, body)
    }

    @Test mutating func `another repository is found out by the first listing`() throws {
        for hasObjects in [false, true] {
            for prefix in prefixes {
                try repository.fill()
                replace()
                if hasObjects {
                    _ = repository.generator.addTable(to: repository.memory)
                    _ = repository.generator.addManifest(to: repository.memory)
                }
                let store = repository.open()
                let old = try store.get(repository.description, .whole).array
                #expect(throws: storeError(.replaced)) { try store.list(prefix: prefix) }
                #expect(repository.operations == [.list, .get])
                // The cache has forgotten all of it, and the same process can go on.
                let new = try store.get(repository.description, .whole).array
                #expect(new != old)
                #expect(try store.list(prefix: prefix) == repository.memory.list(prefix: prefix))
                restock()
            }
        }
    }

    /// Brings back objects for the next round.
    private func restock() {
        var other = SeededGenerator(seed: 1)
        repository.memory.put(repository.description, other.descriptionBody())
        _ = other.addTable(to: repository.memory)
        _ = other.addManifest(to: repository.memory)
        repository.memory.put(repository.pack, ObjectBody([UInt8](repeating: 1, count: 1000)))
        try? repository.directory.remove()
    }

    @Test func `an emptied bucket is found out, too`() throws {
        for prefix in prefixes {
            try repository.fill()
            let all = try repository.memory.list(prefix: "").map { object in
                (object.key, try repository.memory.get(object.key, .whole).array)
            }
            repository.memory.delete(all.map(\.0))
            let store = repository.open()
            _ = try store.get(repository.description, .whole)
            #expect(throws: storeError(.replaced)) { try store.list(prefix: prefix) }
            #expect(throws: storeError(.notFound)) {
                try store.get(repository.description, .whole)
            }
            for (key, bytes) in all { repository.memory.put(key, ObjectBody(bytes)) }
        }
    }

    @Test mutating func `when all tables were merged by others one more request proves it`()
        throws
    {
        repository.memory.delete([repository.table])
        let merged = repository.generator.addTable(to: repository.memory)
        let store = repository.open()
        _ = try store.get(repository.description, .whole)
        _ = try store.list(prefix: ObjectNames.indexes)
        #expect(repository.operations == [.list, .get])
        // Once is enough for a process, and the next one knows the new table.
        _ = try store.list(prefix: ObjectNames.indexes)
        _ = try store.map(merged)
        #expect(repository.operations == [.list, .get, .list, .get])
        repository.recorder.clear()
        let next = repository.open()
        _ = try next.get(repository.description, .whole)
        _ = try next.list(prefix: ObjectNames.indexes)
        #expect(repository.operations == [.list])
    }

    @Test mutating func `who has not asked for the description is not disturbed`() throws {
        replace()
        let store = repository.open()
        #expect(try store.list(prefix: ObjectNames.indexes) == [])
        // But the next one must not get the old one.
        let status = CacheTree.status(cacheDirectory: repository.directory.bytes)
        #expect(status == CacheStatus())
        #expect(repository.operations == [.list, .get])
    }

    @Test func `a listing that was proof once is proof again, though nobody reads the objects`()
        throws
    {
        for prefix in prefixes {
            _ = CacheTree.clear(cacheDirectory: repository.directory.bytes)
            for round in 0..<3 {
                repository.recorder.clear()
                let store = repository.open()
                _ = try store.get(repository.description, .whole)
                _ = try store.list(prefix: prefix)
                #expect(repository.operations == (round == 0 ? [.get, .list] : [.list]))
            }
        }
    }

    @Test mutating func `and it is no proof of another repository`() throws {
        for prefix in prefixes {
            _ = CacheTree.clear(cacheDirectory: repository.directory.bytes)
            let store = repository.open()
            _ = try store.get(repository.description, .whole)
            _ = try store.list(prefix: prefix)
            let next = repository.open()
            _ = try next.get(repository.description, .whole)
            replace()
            _ = repository.generator.addTable(to: repository.memory)
            _ = repository.generator.addManifest(to: repository.memory)
            #expect(throws: storeError(.replaced)) { try next.list(prefix: prefix) }
        }
    }

    @Test mutating func `who has just read the description from the store need not prove it`()
        throws
    {
        try repository.directory.remove()
        let store = repository.open()
        _ = try store.get(repository.description, .whole)
        _ = try store.list(prefix: ObjectNames.indexes)
        #expect(repository.operations == [.get, .list])
    }

    @Test func `when the proof fails for another reason that is the error, and nothing is lost`()
        throws
    {
        repository.memory.delete([repository.table])
        let faulty = FaultyStore(repository.recorder, .init(.get, call: 1, code: .unreachable))
        let store = repository.open(through: faulty)
        _ = try store.get(repository.description, .whole)
        #expect(throws: storeError(.unreachable)) {
            try store.list(prefix: ObjectNames.indexes)
        }
        #expect(try repository.files().count == 4)
        _ = try store.list(prefix: ObjectNames.indexes)
        _ = try repository.open().get(repository.manifest, .whole)
        #expect(!repository.recorder.calls.contains { $0.subjects == ["\(repository.manifest)"] })
    }
}
