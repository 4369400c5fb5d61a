import FileHandles
import ObjectStore
import StoreCache
import TestSupport
import Testing

/// A local disk that does not do as it is asked never fails anything.
struct LocalDiskTests {
    private let repository: CachedRepository

    init() throws { repository = try CachedRepository() }

    @Test func `files and folders are private`() throws {
        try repository.fill()
        let folder = try repository.folder()
        for path in [repository.directory, repository.directory.appending("stores"), folder] {
            #expect(try path.status().permissions == 0o700)
        }
        for name in try folder.names() {
            #expect(try folder.appending(name).status().permissions == 0o700)
        }
        #expect(try repository.files().count == 4)
        for file in try repository.files() { #expect(try file.status().permissions == 0o600) }
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, "\(SmallFileSystem.reason)"))
    func `a full disk`() throws {
        var repository = repository
        let disk = try SmallFileSystem(sizeInBytes: 64 * 1024)
        let store = CachingStore(
            repository.recorder, cacheDirectory: disk.directory.appending("cache"))
        for size in [1000, 200_000, 30_000, 70_000, 30_000] {
            let (key, body) = repository.generator.table(size)
            #expect(try store.putAndMap(key, body).array == body.parts[0])
            #expect(try store.map(key).array == body.parts[0])
        }
        #expect(try repository.isRight(store))
        let left = CacheTree.status(cacheDirectory: disk.directory.appending("cache"))
        #expect(left.total.bytes < 64 * 1024)
        #expect(left.indexes.files == 3)
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, "\(SmallFileSystem.reason)"))
    func `a disk that has become read-only`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 256 * 1024)
        let store = CachingStore(repository.recorder, cacheDirectory: disk.directory.path)
        _ = try store.map(repository.table)
        try disk.makeReadOnly()
        repository.recorder.clear()
        for _ in 0..<2 {
            let store = CachingStore(repository.recorder, cacheDirectory: disk.directory.path)
            #expect(try repository.isRight(store))
            store.trim()
            try store.delete([ObjectKey("x")])
        }
        #expect(
            !repository.recorder.calls.contains {
                $0.operation == .get && $0.subjects == [repository.table.description]
            })
    }

    @Test func `a folder that belongs to somebody else`() throws {
        try repository.fill()
        let folder = try repository.folder()
        for name in try folder.names() { try folder.appending(name).setPermissions(0) }
        try folder.setPermissions(0o500)
        let repository = repository
        try withoutPrivileges { () throws in
            let store = repository.open()
            #expect(try repository.isRight(store))
            #expect(try store.list(prefix: "indexes/").count == 1)
            store.trim()
        }
        #expect(try repository.folder() == folder)
    }

    @Test func `a file where the cache directory, or a folder of it, should be`() throws {
        for depth in 0..<3 {
            let path = [
                repository.directory, repository.directory.appending("stores"),
                try depth < 2 ? repository.directory : repository.folder(),
            ][depth]
            if path.exists { try path.remove() }
            try path.write([1])
            #expect(try repository.isRight(repository.open()))
            #expect(try path.read() == [1])
            try path.remove()
            try repository.fill()
        }
    }
}
