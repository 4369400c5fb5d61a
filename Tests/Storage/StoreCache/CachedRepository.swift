import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache
import TestSupport

/// A store with one object of each kind, and caches in front of it.
struct CachedRepository {
    let memory = MemoryStore()
    /// What goes to the store behind the cache.
    let recorder: RecordingStore
    /// The cache directory.
    let directory: DiskPath
    private let temporary: TemporaryDirectory
    let description = ObjectKey(ObjectNames.description)
    let table: ObjectKey
    let manifest: ObjectKey
    let pack: ObjectKey
    var generator: SeededGenerator

    init(seed: UInt64 = 1) throws {
        recorder = RecordingStore(memory)
        temporary = try TemporaryDirectory(isInMemory: true)
        directory = DiskPath(temporary.appending("cache"))
        generator = SeededGenerator(seed: seed)
        memory.put(description, generator.descriptionBody())
        table = generator.addTable(to: memory)
        manifest = generator.addManifest(to: memory)
        pack = ObjectKey(ObjectNames.pack(PackID(generator.digest())))
        memory.put(pack, ObjectBody(generator.bytes(1000)))
    }

    /// A cache as a new process has it.
    func open(
        limitInBytes: UInt64 = CachingStore.usualLimitInBytes,
        through store: (any ObjectStore)? = nil
    ) -> CachingStore {
        CachingStore(
            store ?? recorder, cacheDirectory: directory.bytes, limitInBytes: limitInBytes)
    }

    /// The objects that are kept as a whole.
    var keys: [ObjectKey] { [description, table, manifest] }

    /// Reads everything that can be kept, so that it is.
    func fill(_ store: CachingStore? = nil) throws {
        let store = store ?? open()
        _ = try store.get(description, .whole)
        _ = try store.map(table)
        _ = try store.get(manifest, .whole)
        _ = try store.listings.get(pack, part)
        recorder.clear()
    }

    /// A part of the pack.
    let part = ObjectRange.from(offset: 100, length: 50)

    /// Whether everything comes out as it is in the store, whatever the cache has.
    func isRight(_ store: CachingStore) throws -> Bool {
        for key in keys {
            let expected = try memory.get(key, .whole).array
            guard try store.get(key, .whole).array == expected,
                try store.map(key).array == expected
            else { return false }
        }
        return try store.listings.get(pack, part).array == memory.get(pack, part).array
    }

    /// The folder of the repository's files.
    func folder() throws -> DiskPath {
        let stores = directory.appending("stores")
        guard let name = try stores.names().first else { throw storeError(.notFound) }
        return stores.appending(name)
    }

    /// All files of the cache.
    func files() throws -> [DiskPath] {
        let folder = try folder()
        return try folder.names().map(folder.appending).flatMap { kind in
            try kind.names().map(kind.appending)
        }
    }

    /// What was asked of the store, as kinds of requests.
    var operations: [StoreError.Operation] { recorder.calls.map(\.operation) }
}

extension SeededGenerator {
    mutating func descriptionBody() -> ObjectBody {
        ObjectBody(DocumentCodec.encode(repositoryDescription(), hash: SHA256.digest))
    }

    /// Bytes under the name that an index table of them has.
    mutating func table(_ size: Int = 500) -> (ObjectKey, ObjectBody) {
        let bytes = bytes(size)
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        return (ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
    }

    mutating func manifestObject() -> (ObjectKey, ObjectBody) {
        let manifest = manifest()
        let key = ObjectKey(ObjectNames.manifest(manifest.id, time: manifest.time))
        return (key, ObjectBody(DocumentCodec.encode(manifest, hash: SHA256.digest)))
    }

    mutating func addTable(to store: MemoryStore) -> ObjectKey {
        let (key, body) = table()
        store.put(key, body)
        return key
    }

    mutating func addManifest(to store: MemoryStore) -> ObjectKey {
        let (key, body) = manifestObject()
        store.put(key, body)
        return key
    }
}
