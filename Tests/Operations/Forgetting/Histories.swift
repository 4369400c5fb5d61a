import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel
import TestSupport
import Testing

/// A repository with manifests only: forgetting looks at nothing else.
struct History {
    /// The moment that the times of snapshots count from: a midnight in UTC.
    static let start: Int64 = 1_800_057_600

    let store: any ObjectStore
    let repository: Repository
    private(set) var manifests: [Manifest] = []
    private var generator: SeededGenerator

    init(_ store: any ObjectStore = MemoryStore(), seed: UInt64 = 1) throws {
        self.store = store
        generator = SeededGenerator(seed: seed)
        repository = try Repository.create(in: store, generator.repositoryDescription())
    }

    /// Saves a manifest.
    /// - Parameter seconds: behind `start`.
    @discardableResult
    mutating func save(
        at seconds: Int64, host: String = "lake", paths: [String] = ["/home"], tags: [String] = []
    ) throws -> Manifest {
        var manifest = generator.manifest()
        // Long documents take long where nothing is optimised, and tests save thousands.
        manifest.root = RootEntry(
            content: manifest.root.content, metadata: manifest.root.metadata)
        manifest.time = Timestamp(seconds: Self.start + seconds, nanoseconds: 0)
        manifest.host = host
        manifest.paths = paths.map { Array($0.utf8) }
        manifest.tags = tags
        _ = try repository.save(manifest)
        manifests.append(manifest)
        return manifest
    }

    /// Saves manifests of some hosts, paths and tags within about ten days.
    mutating func grow(_ count: Int) throws {
        for _ in 0..<count {
            try save(
                at: Int64(generator.number(in: 0...10 * 86_400)),
                host: generator.pick(["lake", "river"]),
                paths: generator.pick([["/a"], ["/b"], ["/a", "/b"]]),
                tags: generator.pick([[], ["keep"], ["x", "y"]]))
        }
    }

    /// The names of all objects below a folder, without the folder.
    func names(_ folder: String, in other: (any ObjectStore)? = nil) throws -> Set<String> {
        let listed = try (other ?? store).list(prefix: folder)
        return Set(listed.map { String($0.key.description.dropFirst(folder.count)) })
    }

    /// The name of a manifest within its folder.
    static func name(_ manifest: Manifest) -> String {
        String(
            ObjectNames.manifest(manifest.id, time: manifest.time)
                .dropFirst(ObjectNames.snapshots.count))
    }

    /// Forgets by rules.
    @discardableResult
    func forget(
        through other: (any ObjectStore)? = nil, _ change: (inout ForgetSettings) -> Void
    ) throws -> ForgetPlan {
        let forgetter = Forgetter(try Repository.open(in: other ?? store))
        let plan = try makePlan(forgetter, change)
        try forgetter.carryOut(plan)
        return plan
    }

    /// What rules would do.
    func makePlan(
        _ forgetter: Forgetter, _ change: (inout ForgetSettings) -> Void
    ) throws -> ForgetPlan {
        var settings = ForgetSettings()
        change(&settings)
        return try forgetter.plan(
            settings, now: Timestamp(seconds: Self.start + 30 * 86_400, nanoseconds: 0),
            clock: .utc)
    }
}

/// A store that deletes one object after the other, as a bucket may: whoever looks sees some gone
/// and some not, and a failure may come between any two.
final class StepwiseStore: ObjectStore {
    private let store: any ObjectStore

    init(_ store: any ObjectStore) { self.store = store }

    var location: String { store.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try store.get(key, range)
    }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) {
        for key in keys { try store.delete([key]) }
    }
}
