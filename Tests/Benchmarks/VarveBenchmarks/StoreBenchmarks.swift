import Cryptography
import DirectoryStore
import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache

/// How fast objects become durable in a directory: the disk's flushes are part of it.
enum StoreBenchmarks {
    static func all(in folder: TemporaryFolder) -> [Benchmark] {
        [
            put("store/put 4 KiB object", sizeInBytes: 4 * 1024, .operations, folder),
            put("store/put 8 MiB object", sizeInBytes: 8 * 1024 * 1024, .bytes, folder),
            mapFromCache(folder),
        ]
    }

    /// Opens an index table of some million chunks as each run on a network does: all of it is
    /// hashed.
    private static func mapFromCache(_ folder: TemporaryFolder) -> Benchmark {
        Benchmark("store/map 48 MiB table from the cache", .bytes) {
            let size = 48 * 1024 * 1024
            let bytes = SampleInput.random(size)
            let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
            let key = ObjectKey(ObjectNames.table(id))
            let store = CachingStore(MemoryStore(), cacheDirectory: folder.path("cache"))
            try store.put(key, ObjectBody(bytes))
            return Workload(amount: size) { UInt64(try store.map(key).count) }
        }
    }

    private static func put(
        _ name: String, sizeInBytes: Int, _ unit: WorkUnit, _ folder: TemporaryFolder
    ) -> Benchmark {
        Benchmark(name, unit) {
            let store = DirectoryStore(path: folder.path("store-\(sizeInBytes)"))
            let body = ObjectBody(SampleInput.random(sizeInBytes))
            let key = ObjectKey("packs/00/object")
            return Workload(
                amount: unit == .bytes ? sizeInBytes : 1,
                // No object is ever put over another one, so each pass finds its name free.
                prepare: { try store.delete([key]) },
                pass: {
                    try store.put(key, body)
                    return UInt64(body.sizeInBytes)
                })
        }
    }
}
