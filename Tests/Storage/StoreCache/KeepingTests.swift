import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache
import TestSupport
import Testing

/// What is kept, and what is not.
struct KeepingTests {
    private var repository: CachedRepository

    init() throws { repository = try CachedRepository() }

    @Test func `what was read once is not asked for again, by no process`() throws {
        let first = repository.open()
        #expect(try repository.isRight(first))
        #expect(repository.operations == [.get, .get, .get, .get])
        repository.recorder.clear()
        #expect(try repository.isRight(first))
        #expect(try repository.isRight(repository.open()))
        #expect(repository.operations == [])
    }

    @Test mutating func `what this machine has written it never reads`() throws {
        let store = repository.open()
        let (table, tableBody) = repository.generator.table()
        let (large, largeBody) = repository.generator.table(300_000)
        let (manifest, manifestBody) = repository.generator.manifestObject()
        try store.put(table, tableBody)
        let mapped = try store.putAndMap(large, largeBody)
        try store.put(manifest, manifestBody)
        #expect(mapped.array == largeBody.parts[0])
        #expect(mapped.proof == .hashed)
        #expect(repository.operations == [.put, .put, .put])
        for store in [store, repository.open()] {
            #expect(try store.map(table).array == tableBody.parts[0])
            #expect(try store.map(large).array == largeBody.parts[0])
            #expect(try store.get(manifest, .whole).array == manifestBody.parts[0])
        }
        #expect(repository.operations == [.put, .put, .put])
        for key in [table, large, manifest] {
            #expect(try repository.memory.get(key, .whole).array == store.get(key, .whole).array)
        }
    }

    @Test func `a table from the cache is verified, so nobody has to hash it again`() throws {
        let store = repository.open()
        #expect(try store.map(repository.table).proof == .hashed)
        #expect(try store.map(repository.table).proof == .hashed)
        #expect(try repository.memory.map(repository.table).proof == .none)
    }

    @Test func `packs are kept only in the parts that are read as listings`() throws {
        let store = repository.open()
        for _ in 0..<2 {
            _ = try store.get(repository.pack, repository.part)
            _ = try store.get(repository.pack, .whole)
            _ = try store.listings.get(repository.pack, .whole)
            _ = try store.listings.get(repository.pack, .last(length: 10))
        }
        #expect(repository.operations.count == 8)
        repository.recorder.clear()
        for offset in [0, 100, 100, 0] as [UInt64] {
            let range = ObjectRange.from(offset: offset, length: 50)
            let expected = try repository.memory.get(repository.pack, range).array
            #expect(try store.listings.get(repository.pack, range).array == expected)
        }
        #expect(repository.operations == [.get, .get])
        // A part that ends with the pack is shorter than what was asked for, so it is not kept.
        for _ in 0..<2 {
            _ = try store.listings.get(repository.pack, .from(offset: 990, length: 50))
        }
        #expect(repository.operations == [.get, .get, .get, .get])
    }

    @Test func `parts of objects, sizes and other objects are asked for each time`() throws {
        let store = repository.open()
        try repository.fill(store)
        let marker = ObjectKey("indexes/session.00")
        try store.put(marker, ObjectBody([1]))
        for _ in 0..<2 {
            _ = try store.get(repository.table, .last(length: 5))
            _ = try store.get(repository.manifest, .from(offset: 0, length: 5))
            _ = try store.head(repository.table)
            _ = try store.head(repository.description)
            _ = try store.get(marker, .whole)
            _ = try store.list(prefix: ObjectNames.packs)
        }
        #expect(repository.operations.count == 13)
    }

    @Test func `what the store shows wrongly is passed on, and not kept`() throws {
        let faulty = FaultyStore(repository.recorder)
        for key in repository.keys { try faulty.flip(key, bit: 100) }
        let store = repository.open(through: faulty)
        for key in repository.keys {
            let bytes = try store.get(key, .whole)
            #expect(bytes.proof == .none)
            #expect(try bytes.array != repository.memory.get(key, .whole).array)
        }
        faulty.heal()
        #expect(try repository.isRight(store))
    }

    @Test mutating func `a document of another name is not kept`() throws {
        let (_, body) = repository.generator.manifestObject()
        let faulty = FaultyStore(repository.recorder)
        faulty.alter(repository.manifest, body.parts[0])
        let store = repository.open(through: faulty)
        _ = try store.get(repository.manifest, .whole)
        faulty.heal()
        #expect(try repository.isRight(store))
    }

    @Test func `parts that turned out wrong are let go of`() throws {
        let faulty = FaultyStore(repository.recorder)
        try faulty.flip(repository.pack, bit: 8 * 120)
        let store = repository.open(through: faulty)
        let wrong = try store.listings.get(repository.pack, repository.part).array
        faulty.heal()
        #expect(try store.listings.get(repository.pack, repository.part).array == wrong)
        #expect(store.listings.distrust(repository.pack))
        #expect(!store.distrust(repository.pack))
        #expect(try repository.isRight(store))
    }

    @Test func `a missing object is missing, also when it comes later`() throws {
        let store = repository.open()
        let bytes = try repository.memory.get(repository.table, .whole).array
        repository.memory.delete([repository.table])
        for _ in 0..<2 {
            #expect(throws: storeError(.notFound)) { try store.map(repository.table) }
        }
        repository.memory.put(repository.table, ObjectBody(bytes))
        #expect(try store.map(repository.table).array == bytes)
    }

    @Test func `what is deleted is gone`() throws {
        let store = repository.open()
        try repository.fill(store)
        try store.delete(repository.keys + [repository.pack])
        for key in repository.keys {
            #expect(throws: storeError(.notFound)) { try store.get(key, .whole) }
        }
        #expect(throws: storeError(.notFound)) {
            try store.listings.get(repository.pack, repository.part)
        }
        #expect(try repository.files().isEmpty)
    }

    @Test(arguments: FaultyStore.Fault.Timing.allCases)
    func `after a failed PUT the store is asked what it has`(
        timing: FaultyStore.Fault.Timing
    ) throws {
        var repository = repository
        try repository.fill()
        let faulty = FaultyStore(repository.recorder, .init(.put, call: 1, timing: timing))
        let store = repository.open(through: faulty)
        let body = repository.generator.descriptionBody()
        #expect(throws: storeError(.inputOutput)) { try store.put(repository.description, body) }
        #expect(try repository.isRight(store))
        #expect(repository.operations.contains(.get))
    }

    @Test func `two repositories do not mix`() throws {
        let other = try CachedRepository(seed: 2)
        try repository.fill()
        let there = MemoryStore(location: "another place")
        for object in other.memory.list(prefix: "") {
            there.put(object.key, ObjectBody(try other.memory.get(object.key, .whole).array))
        }
        let cache = repository.open(through: there)
        #expect(
            try cache.get(other.description, .whole).array
                == other.memory.get(other.description, .whole).array)
        #expect(try repository.isRight(repository.open()))
    }
}
