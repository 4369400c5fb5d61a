import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// A repository to save manifests into.
struct Snapshots {
    let store = FaultyStore(MemoryStore())
    let repository: Repository
    private var generator = SeededGenerator(seed: 1)

    init() throws {
        repository = try Repository.create(in: store, generator.repositoryDescription())
    }

    /// Saves a manifest.
    /// - Parameters:
    ///   - id: the digits that the ID begins with; zeros follow.
    ///   - seconds: behind the start of a certain day.
    @discardableResult
    mutating func save(
        _ id: String, seconds: Int64, nanoseconds: UInt32 = 0, host: String = "host",
        tags: [String] = [], paths: [String] = ["/home"]
    ) throws -> Manifest {
        let digits = id + String(repeating: "0", count: 32 - id.count)
        var manifest = generator.manifest()
        manifest.id = try #require(SnapshotID(hexadecimal: digits))
        manifest.time = Timestamp(seconds: 1_800_000_000 + seconds, nanoseconds: nanoseconds)
        manifest.host = host
        manifest.tags = tags
        manifest.paths = paths.map { Array($0.utf8) }
        try repository.save(manifest)
        #expect(try store.head(key(of: manifest)) > 0)
        return manifest
    }

    func key(of manifest: Manifest) -> ObjectKey {
        ObjectKey(ObjectNames.manifest(manifest.id, time: manifest.time))
    }

    /// What a word names: the first digits of the snapshot's ID.
    func find(_ word: String, _ filter: SnapshotFilter = SnapshotFilter()) throws -> String {
        let digits = try repository.findSnapshot(word, filter).id.description
        return String(digits.prefix { $0 != "0" })
    }
}
