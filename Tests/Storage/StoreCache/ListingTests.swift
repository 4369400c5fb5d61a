import ObjectStore
import RepositoryFormat
import StoreCache
import TestSupport
import Testing

/// What a LIST of the store tells the cache.
struct ListingTests {
    private var repository: CachedRepository

    init() throws { repository = try CachedRepository() }

    @Test mutating func `tables that were merged away are not kept any longer`() throws {
        let other = repository.generator.addTable(to: repository.memory)
        let store = repository.open()
        try repository.fill(store)
        _ = try store.map(other)
        let count = try repository.files().count
        repository.memory.delete([other])
        _ = try store.list(prefix: ObjectNames.snapshots)
        #expect(try repository.files().count == count)
        _ = try store.list(prefix: ObjectNames.indexes)
        #expect(try repository.files().count == count - 1)
        #expect(throws: storeError(.notFound)) { try store.map(other) }
    }

    @Test mutating func `so are manifests that were deleted`() throws {
        let other = repository.generator.addManifest(to: repository.memory)
        let store = repository.open()
        try repository.fill(store)
        _ = try store.get(other, .whole)
        repository.memory.delete([other])
        _ = try store.list(prefix: ObjectNames.indexes)
        #expect(try store.get(other, .whole).count > 0)
        _ = try store.list(prefix: ObjectNames.snapshots)
        #expect(throws: storeError(.notFound)) { try store.get(other, .whole) }
        #expect(try store.get(repository.manifest, .whole).count > 0)
    }

    @Test func `files of others are left alone`() throws {
        let store = repository.open()
        try repository.fill(store)
        let folder = try repository.folder()
        for kind in ["indexes", "manifests"] {
            try folder.appending(kind).appending("some file.").write([1])
        }
        _ = try store.list(prefix: ObjectNames.indexes)
        _ = try store.list(prefix: ObjectNames.snapshots)
        for kind in ["indexes", "manifests"] {
            #expect(folder.appending(kind).appending("some file.").exists)
        }
    }

    @Test func `a listing that fails changes nothing`() throws {
        try repository.fill()
        let faulty = FaultyStore(repository.recorder, .init(.list, call: 1))
        let store = repository.open(through: faulty)
        let count = try repository.files().count
        #expect(throws: storeError(.inputOutput)) {
            try store.list(prefix: ObjectNames.indexes)
        }
        #expect(try repository.files().count == count)
    }

    @Test func `a listing that shows what the cache knows costs nothing more`() throws {
        try repository.fill()
        let store = repository.open()
        _ = try store.get(repository.description, .whole)
        _ = try store.list(prefix: ObjectNames.indexes)
        _ = try store.list(prefix: ObjectNames.snapshots)
        #expect(repository.operations == [.list, .list])
    }
}
