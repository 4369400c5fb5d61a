import DirectoryStore
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import S3Diagnosis
import SnapshotModel
import StoreCache

/// A store with what a command needs besides its objects.
struct OpenStore {
    /// The objects.
    let objects: any ObjectStore
    /// Counts the requests.
    let meter: TrafficMeter
    /// The bucket; `nil` for a directory.
    let bucket: OpenBucket?
    /// The directory; `nil` for a bucket.
    let directory: DirectoryStore?

    private let cache: CachingStore?
    private let tables: TableMemory?

    /// - Parameter tables: remembers which index tables were verified; `nil` to verify all.
    init(directory path: [UInt8], tables: TableMemory?) {
        let store = DirectoryStore(path: path, prove: tables.map { $0.prove })
        self.tables = tables
        meter = TrafficMeter()
        objects = MeteredStore(store, meter)
        directory = store
        bucket = nil
        cache = nil
    }

    /// - Parameter usesCache: whether what never changes may come from the local disk; a check of
    ///   the repository must see the bucket itself.
    init(
        bucket: OpenBucket, _ meter: TrafficMeter, cacheDirectory: [UInt8], usesCache: Bool
    ) throws {
        self.meter = meter
        self.bucket = bucket
        directory = nil
        tables = nil
        let limit = try Self.cacheLimit()
        guard usesCache, limit > 0 else {
            cache = nil
            objects = bucket.store
            return
        }
        let caching = CachingStore(
            bucket.store, cacheDirectory: cacheDirectory, limitInBytes: limit)
        cache = caching
        objects = caching
    }

    /// How much the caches may take, in bytes.
    private static func cacheLimit() throws -> UInt64 {
        guard let text = ProcessEnvironment.variable("VARVE_CACHE_SIZE"), !text.isEmpty else {
            return CachingStore.usualLimitInBytes
        }
        guard let limit = HumanText.parse(bytes: text) else {
            throw Failure(
                usage: "VARVE_CACHE_SIZE is \"\(text)\", which is no size",
                remedy: "VARVE_CACHE_SIZE=1GiB, or 0 for no cache")
        }
        return limit
    }

    /// Whether this machine keeps what never changes.
    var isCached: Bool { cache != nil }

    /// Warns, loudly, when strangers can read the bucket.
    func warnIfPublic(_ console: Console) {
        guard let bucket else { return }
        let probe = PublicAccessProbe(bucket.client, root: bucket.root)
        let verdict = probe.run(object: ObjectNames.description)
        if verdict.ways.isEmpty { return }
        console.warning(verdict.step.finding)
        console.warning("this repository is not encrypted; \(verdict.step.remedy)")
    }

    /// Leaves nothing behind that only this run needed; what cannot be removed is only told.
    func tidyUp(_ console: Console) {
        cache?.trim()
        tables?.save()
        guard let directory else { return }
        do {
            try directory.removeLeftovers(nowInSeconds: Machine.now().seconds)
        } catch {
            console.warning("cannot remove old temporary files: \(error)")
        }
    }
}

/// A repository with its store.
struct OpenRepository {
    let repository: Repository
    let store: OpenStore

    /// The session that the runs of this machine share; `nil` where each has its own: requests to a
    /// directory cost nothing.
    func standingSession() throws -> StandingSession? {
        guard store.isCached, let bootID = Machine.bootID() else { return nil }
        // A repository that comes into the place of another one has nothing of what that had.
        return StandingSession(
            cacheDirectory: try ProcessEnvironment.cacheDirectory(),
            place: "\(store.objects.location) \(repository.description.id)", bootID: bootID)
    }
}
