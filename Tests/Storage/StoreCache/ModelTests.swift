import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache
import TestSupport
import Testing

/// Random operations on a cache and on a store without one, with damage to the cache in between,
/// come to the same.
struct ModelTests {
    /// A cache under test, the store behind it, and what it should be like.
    private struct Run {
        var repository: CachedRepository
        var store: CachingStore
        let model = MemoryStore()
        var keys: [ObjectKey]

        init(seed: UInt64) throws {
            repository = try CachedRepository(seed: seed)
            keys = repository.keys + [repository.pack]
            for key in keys {
                model.put(key, ObjectBody(try repository.memory.get(key, .whole).array))
            }
            store = repository.open(limitInBytes: 20_000)
        }

        mutating func add(_ object: (ObjectKey, ObjectBody)) throws {
            // Another machine's objects come without the cache.
            if repository.generator.oneIn(3) {
                repository.memory.put(object.0, object.1)
            } else if repository.generator.oneIn(2) {
                let bytes = try store.putAndMap(object.0, object.1)
                #expect(bytes.array == object.1.parts.flatMap { $0 })
            } else {
                try store.put(object.0, object.1)
            }
            model.put(object.0, object.1)
            keys.append(object.0)
        }

        mutating func remove() throws {
            let position = repository.generator.number(in: 0...keys.count - 1)
            // The description of a repository is never deleted.
            guard keys[position] != repository.description else { return }
            let key = keys.remove(at: position)
            if repository.generator.oneIn(2) {
                try store.delete([key])
            } else {
                // Another machine's deletions are told by listings only.
                repository.memory.delete([key])
                for prefix in [ObjectNames.indexes, ObjectNames.snapshots] {
                    _ = try store.list(prefix: prefix)
                }
                if ObjectNames.packID(key.description) != nil { _ = store.distrust(key) }
            }
            model.delete([key])
        }

        mutating func read() throws {
            let key = repository.generator.pick(keys)
            let expected = model.array(key)
            switch repository.generator.number(in: 0...3) {
            case 0: #expect(try store.get(key, .whole).array == expected)
            case 1: #expect(try store.map(key).array == expected)
            case 2: #expect(try store.head(key) == UInt64(expected.count))
            default:
                let offset = repository.generator.number(in: 0...min(3, expected.count - 1))
                let range = ObjectRange.from(offset: UInt64(offset * 40), length: 30)
                let part = try model.get(key, range).array
                #expect(try store.listings.get(key, range).array == part)
                #expect(try store.get(key, range).array == part)
            }
        }

        func list() throws {
            for prefix in ["", ObjectNames.indexes, ObjectNames.snapshots, ObjectNames.packs] {
                #expect(try store.list(prefix: prefix) == model.list(prefix: prefix))
            }
        }

        mutating func damage() throws {
            guard repository.directory.exists else { return }
            let files = try repository.files()
            if files.isEmpty { return }
            let file = repository.generator.pick(files)
            let bytes = try file.read()
            // In a new file: those who have mapped the old one keep it.
            try file.remove()
            if repository.generator.oneIn(2) {
                try file.write(repository.generator.damaged(bytes))
            }
        }

        mutating func step() throws {
            switch repository.generator.number(in: 0...19) {
            case 0, 1: try add(repository.generator.table())
            case 2, 3: try add(repository.generator.manifestObject())
            case 4:
                let pack = ObjectNames.pack(PackID(repository.generator.digest()))
                try add((ObjectKey(pack), ObjectBody(repository.generator.bytes(300))))
            case 5: try remove()
            case 6, 7: try list()
            case 8, 9, 10: try damage()
            case 11: store = repository.open(limitInBytes: 20_000)
            case 12: store.trim()
            default: try read()
            }
        }
    }

    @Test(arguments: seeds(count: 12))
    func `a damaged cache is as good as none`(seed: UInt64) throws {
        var run = try Run(seed: seed)
        for _ in 0..<150 { try run.step() }
        try run.list()
        for key in run.keys {
            #expect(try run.store.get(key, .whole).array == run.model.array(key))
        }
    }
}

extension MemoryStore {
    /// The bytes of an object; none when it is missing.
    fileprivate func array(_ key: ObjectKey) -> [UInt8] {
        (try? get(key, .whole).array) ?? []
    }
}
