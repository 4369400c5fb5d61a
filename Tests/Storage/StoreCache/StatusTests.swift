import FileHandles
import ObjectStore
import StoreCache
import TestSupport
import Testing

/// What the caches come to, and how they are removed.
struct StatusTests {
    private let repository: CachedRepository

    init() throws { repository = try CachedRepository() }

    @Test func `nothing comes to nothing`() {
        let status = CacheTree.status(cacheDirectory: repository.directory.bytes)
        #expect(status == CacheStatus())
        #expect(CacheTree.clear(cacheDirectory: repository.directory.bytes).files == 0)
        #expect(!repository.directory.exists)
    }

    @Test func `each kind is counted, over all repositories`() throws {
        try repository.fill()
        let other = CachingStore(
            MemoryStore(location: "another place"), cacheDirectory: repository.directory.bytes)
        try other.put(repository.table, repository.memory.body(repository.table))
        let status = CacheTree.status(cacheDirectory: repository.directory.bytes)
        #expect(status.indexes.files == 2)
        #expect(status.indexes.bytes == 1000)
        #expect(status.manifests.files == 2)
        #expect(status.listings.files == 1)
        #expect(status.listings.bytes > 50)
        #expect(status.total.files == 5)
    }

    @Test func `clearing removes all files of ours, and nothing else`() throws {
        try repository.fill()
        let stores = repository.directory.appending("stores")
        let folder = try repository.folder()
        let foreign = [
            repository.directory.appending("letter"), stores.appending("notes"),
            folder.appending("photo"),
        ]
        for path in foreign { try path.write([1]) }
        let outside = DiskPath(repository.directory.bytes + Array("-outside".utf8))
        try outside.makeDirectory()
        try outside.appending("indexes").makeDirectory()
        try outside.appending("indexes/file").write([1])
        let link = stores.appending(String(repeating: "a", count: 32))
        try link.makeLink(to: outside.bytes)
        let removed = CacheTree.clear(cacheDirectory: repository.directory.bytes)
        #expect(removed.files == 4)
        for path in foreign + [outside.appending("indexes/file")] { #expect(path.exists) }
        #expect(try folder.names() == [Array("photo".utf8)])
        for path in foreign + [link] { try path.remove() }
        try repository.fill()
        _ = CacheTree.clear(cacheDirectory: repository.directory.bytes)
        #expect(try repository.directory.names().isEmpty)
    }
}

extension MemoryStore {
    fileprivate func body(_ key: ObjectKey) throws -> ObjectBody {
        ObjectBody(try get(key, .whole).array)
    }
}
