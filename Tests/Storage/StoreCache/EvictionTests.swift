import FileHandles
import ObjectStore
import RepositoryFormat
import StoreCache
import TestSupport
import Testing

/// The cache stays within its limit, and loses first what was not used for longest.
struct EvictionTests {
    private var repository: CachedRepository

    init() throws { repository = try CachedRepository() }

    /// Tables in the store, all read through the cache.
    private mutating func addTables(
        _ count: Int, sizeInBytes: Int, to store: CachingStore
    ) throws -> [ObjectKey] {
        try (0..<count).map { number in
            let (key, body) = repository.generator.table(sizeInBytes)
            try store.put(key, body)
            // As if an hour lay between one and the next.
            try file(key).setModified(
                FileStatus.Time(seconds: 1_700_000_000 + Int64(number) * 3600, nanoseconds: 0))
            return key
        }
    }

    private func file(_ table: ObjectKey) throws -> DiskPath {
        try repository.folder().appending("indexes")
            .appending(String(table.description.dropFirst(ObjectNames.indexes.count)))
    }

    private func kept(_ tables: [ObjectKey]) throws -> [Bool] {
        try tables.map { try file($0).exists }
    }

    @Test mutating func `trimming leaves nine tenths of the limit`() throws {
        let tables = try addTables(20, sizeInBytes: 1000, to: repository.open())
        // What has not written anything does not look.
        repository.open(limitInBytes: 10_000).trim()
        #expect(try kept(tables) == [Bool](repeating: true, count: 20))
        let store = repository.open(limitInBytes: 10_000)
        let (key, body) = repository.generator.table(500)
        try store.put(key, body)
        store.trim()
        let expected = (0..<20).map { $0 >= 12 }
        #expect(try kept(tables) == expected)
        #expect(CacheTree.status(cacheDirectory: repository.directory.bytes).total.bytes <= 9000)
    }

    @Test mutating func `what is used stays`() throws {
        let tables = try addTables(10, sizeInBytes: 1000, to: repository.open())
        let store = repository.open(limitInBytes: 5000)
        _ = try store.map(tables[0])
        let (key, body) = repository.generator.table(400)
        try store.put(key, body)
        store.trim()
        #expect(try kept(tables) == (0..<10).map { $0 == 0 || $0 >= 7 })
    }

    @Test mutating func `a long run trims as it goes`() throws {
        let limit: UInt64 = 20_000
        let store = repository.open(limitInBytes: limit)
        for _ in 0..<60 {
            let (key, body) = repository.generator.table(1500)
            try store.put(key, body)
            let status = CacheTree.status(cacheDirectory: repository.directory.bytes)
            // What was written since the last look comes to a tenth, and the object to that.
            #expect(status.total.bytes <= limit + limit / 10 + 1500)
        }
        #expect(CacheTree.status(cacheDirectory: repository.directory.bytes).total.files > 5)
    }

    @Test mutating func `the limit holds for all repositories together`() throws {
        _ = try addTables(10, sizeInBytes: 1000, to: repository.open())
        let other = CachingStore(
            MemoryStore(location: "another place"), cacheDirectory: repository.directory.bytes,
            limitInBytes: 5000)
        let (key, body) = repository.generator.table(2000)
        try other.put(key, body)
        other.trim()
        #expect(try repository.directory.appending("stores").names().count == 2)
        let status = CacheTree.status(cacheDirectory: repository.directory.bytes)
        #expect(status.total.bytes <= 4500)
        #expect(status.indexes.files == 3)
    }

    @Test mutating func `an object that exceeds the limit, and any with a limit of 0, is not kept`()
        throws
    {
        for limit in [0, 999] as [UInt64] {
            let store = repository.open(limitInBytes: limit)
            let (key, body) = repository.generator.table(1000)
            try store.put(key, body)
            #expect(try store.map(key).array == body.parts[0])
            #expect(!repository.directory.exists)
        }
    }

    @Test mutating func `what a killed process left half-written goes, too`() throws {
        let store = repository.open(limitInBytes: 5000)
        let tables = try addTables(2, sizeInBytes: 100, to: store)
        let leftover = try DiskPath(file(tables[0]).bytes + Array(".1f.new".utf8))
        try leftover.write([UInt8](repeating: 1, count: 6000))
        try leftover.setModified(FileStatus.Time(seconds: 1_600_000_000, nanoseconds: 0))
        store.trim()
        #expect(!leftover.exists)
        #expect(try kept(tables) == [true, true])
    }
}
