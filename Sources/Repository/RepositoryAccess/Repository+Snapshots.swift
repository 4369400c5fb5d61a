import ChunkStorage
import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel
import WorkerThreads

/// Which snapshots `latest` and `list` look at.
package struct SnapshotFilter: Sendable {
    /// Only of this host.
    package var host: String?
    /// Only with each of these tags.
    package var tags: [String] = []
    /// Only of exactly this absolute path, among others or alone.
    package var path: [UInt8]?

    /// A filter that lets all pass.
    package init() {}

    /// Whether the snapshot passes.
    package func matches(_ manifest: Manifest) -> Bool {
        if let host, manifest.host != host { return false }
        if let path, !manifest.paths.contains(path) { return false }
        return tags.allSatisfy(manifest.tags.contains)
    }

    var isEmpty: Bool { host == nil && tags.isEmpty && path == nil }
}

/// A manifest that cannot be read, with the reason.
package struct DamagedManifest: Error {
    /// The object's name.
    package let key: ObjectKey
    /// Which check failed.
    package let reason: String
}

extension Repository {
    /// Writes a manifest. The snapshot exists once this has returned and its session has passed
    /// the test of `Session.commits`.
    /// - Returns: the store's clock in the answer.
    @discardableResult
    package func save(_ manifest: Manifest) throws -> StoreTime? {
        let bytes = DocumentCodec.encode(manifest, hash: SHA256.digest)
        return try store.put(Self.key(of: manifest), ObjectBody(bytes))
    }

    /// Removes a manifest that was written too late for its session, as far as that is allowed:
    /// nobody was told of it, and nobody relies on it.
    package func withdraw(_ manifest: Manifest) throws(StoreError) {
        do {
            try store.delete([Self.key(of: manifest)])
        } catch {
            guard error.code == .permissionDenied else { throw error }
        }
    }

    private static func key(of manifest: Manifest) -> ObjectKey {
        ObjectKey(ObjectNames.manifest(manifest.id, time: manifest.time))
    }

    /// The stored bytes of a manifest.
    package func document(of manifest: Manifest) throws -> ObjectBytes {
        let name = ObjectNames.manifest(manifest.id, time: manifest.time)
        return try store.get(ObjectKey(name), .whole)
    }

    /// Whether a snapshot was not forgotten since: one HEAD.
    package func has(_ manifest: Manifest) throws -> Bool {
        try hasManifest(manifest.id, time: manifest.time)
    }

    /// Whether the manifest of a snapshot is there: one HEAD.
    package func hasManifest(_ id: SnapshotID, time: Timestamp) throws -> Bool {
        do {
            _ = try store.head(ObjectKey(ObjectNames.manifest(id, time: time)))
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// All snapshots: one LIST and a GET for each, several at once.
    /// - Returns: oldest first; manifests that cannot be read apart.
    package func loadManifests() throws -> (manifests: [Manifest], damaged: [DamagedManifest]) {
        try loadManifests(try manifestKeys())
    }

    /// The manifests of these names: a GET for each, several at once.
    /// - Returns: as above; what has vanished is left out.
    package func loadManifests(
        _ keys: [ObjectKey]
    ) throws -> (manifests: [Manifest], damaged: [DamagedManifest]) {
        var manifests: [Manifest] = []
        var damaged: [DamagedManifest] = []
        let results = try mapInParallel(keys, threadCount: Self.loadingThreads) {
            key -> Result<Manifest?, DamagedManifest> in
            do {
                return .success(try loadManifest(key))
            } catch let error as RepositoryError {
                return .failure(DamagedManifest(key: key, reason: error.cause))
            }
        }
        for result in results {
            switch result {
            case .success(let manifest): manifests += manifest.map { [$0] } ?? []
            case .failure(let manifest): damaged.append(manifest)
            }
        }
        return (Self.sorted(manifests), damaged)
    }

    /// How many manifests are asked for at once.
    private static let loadingThreads = 8

    /// The snapshot that a user's word names: an ID, a prefix of at least four digits, `latest`,
    /// or `latest~N`, the Nth before the latest.
    /// - Parameter now: where the newest ones are looked for first; `nil` to list all of them.
    /// - Throws: `RepositoryError` `.noSnapshot`, `.damaged`; `StoreError`.
    package func findSnapshot(
        _ word: String, _ filter: SnapshotFilter, now: Timestamp? = nil
    ) throws -> Manifest {
        if let now, let age = Self.age(ofLatest: word) {
            let recent = try newest(
                age + 1, filter, among: recentKeys(now)[...], skipsDamaged: false)
            if recent.count > age { return recent[age] }
        }
        return try findSnapshots([word], filter)[0]
    }

    /// The snapshots that several words name, as one LIST shows them.
    /// - Returns: one for each word, in their order.
    /// - Throws: as `findSnapshot`, for one of the words that name none.
    package func findSnapshots(_ words: [String], _ filter: SnapshotFilter) throws -> [Manifest] {
        for word in words where Self.age(ofLatest: word) == nil {
            try SnapshotWord(word).check(or: "\"latest\"")
        }
        let keys = try manifestKeys()
        return try mapInParallel(words, threadCount: Self.loadingThreads) {
            try findSnapshot($0, filter, among: keys)
        }
    }

    private func findSnapshot(
        _ word: String, _ filter: SnapshotFilter, among listed: [ObjectKey]
    ) throws -> Manifest {
        if let age = Self.age(ofLatest: word) { return try latest(age, filter, word, listed) }
        return try loadSnapshot(SnapshotWord(word), among: listed)
    }

    /// The manifest whose name has an ID that begins like a word.
    /// - Parameter keys: of manifests, or of forgotten ones.
    /// - Throws: as `findSnapshot`.
    func loadSnapshot(_ word: SnapshotWord, among keys: [ObjectKey]) throws -> Manifest {
        let found = keys.filter(word.names)
        guard let key = found.first, let manifest = try loadManifest(key) else {
            throw word.noSnapshot("no \(word.kind) has an ID that begins like this")
        }
        guard found.count == 1 else {
            throw word.noSnapshot("\(found.count) \(word.kind)s have IDs that begin like this")
        }
        return manifest
    }

    /// The newest snapshot that passes the filter, among the newest few of all.
    ///
    /// For finding a parent, which is worth no more than a few requests.
    /// - Parameter now: where they are looked for first; `nil` to list all of them.
    /// - Returns: `nil` when there is none; manifests that cannot be read are passed over.
    package func recentSnapshot(
        _ filter: SnapshotFilter, now: Timestamp? = nil
    ) throws -> Manifest? {
        var keys: [ObjectKey] = []
        if let now { keys = try recentKeys(now) }
        if keys.isEmpty { keys = try manifestKeys() }
        return try newest(
            1, filter, among: keys.suffix(Self.recentCount), skipsDamaged: true
        ).first
    }

    /// The names of the manifests of the last two days and of all later ones, oldest first: one
    /// LIST, however many snapshots there are. Names begin with the time, so nothing newer is left
    /// out, whatever the clocks were that told it.
    private func recentKeys(_ now: Timestamp) throws -> [ObjectKey] {
        let start = max(now.seconds, Self.recentInSeconds) - Self.recentInSeconds
        let floor = Timestamp(seconds: start, nanoseconds: 0)
        let name = ObjectKey(ObjectNames.manifests(since: floor))
        return try store.list(prefix: ObjectNames.snapshots, after: name).map(\.key)
            .filter { ObjectNames.snapshotID($0.description) != nil }
    }

    /// Who makes a snapshot each day finds the last one, and a thousand of them take one answer.
    private static let recentInSeconds: Int64 = 48 * 3600

    /// The newest snapshot of a host and of exactly these paths that is newer than another one:
    /// one LIST when there is none, and a GET for each manifest that may be it.
    /// - Parameters:
    ///   - id: the other one, begun at `time`.
    ///   - passedOver: snapshots that are known to be others; those that turn out to be are added.
    /// - Returns: `nil` when there is none; manifests that cannot be read are passed over.
    package func newestSnapshot(
        ofHost host: String, paths: [[UInt8]], after id: SnapshotID, begunAt time: Timestamp,
        passedOver: inout Set<SnapshotID>
    ) throws -> Manifest? {
        // Names tell the time to the second only, so the second itself is looked at, too.
        let floor = ObjectKey(ObjectNames.manifests(since: time))
        let keys = try store.list(prefix: ObjectNames.snapshots, after: floor).map(\.key)
        var found: [Manifest] = []
        for key in keys.reversed() {
            guard let candidate = ObjectNames.snapshotID(key.description), candidate != id,
                !passedOver.contains(candidate)
            else { continue }
            if let best = found.first, !Self.isSameSecond(key, best) { break }
            do {
                guard let manifest = try loadManifest(key) else { continue }
                if manifest.host == host, manifest.paths == paths,
                    (manifest.time, manifest.id) > (time, id)
                {
                    found.append(manifest)
                } else {
                    passedOver.insert(candidate)
                }
            } catch let error as RepositoryError where error.code == .damaged {
                passedOver.insert(candidate)
            }
        }
        return Self.sorted(found).last
    }

    private static func isSameSecond(_ key: ObjectKey, _ manifest: Manifest) -> Bool {
        key.description.hasPrefix(ObjectNames.manifests(since: manifest.time))
    }

    private static let recentCount = 16

    private static func age(ofLatest word: String) -> Int? {
        if word == "latest" { return 0 }
        guard word.hasPrefix("latest~"), let age = Int(word.dropFirst("latest~".count)), age >= 0
        else { return nil }
        // One more than the age is the number of snapshots to look for.
        return min(age, Int.max - 1)
    }

    private func latest(
        _ age: Int, _ filter: SnapshotFilter, _ word: String, _ keys: [ObjectKey]
    ) throws -> Manifest {
        let newest = try newest(age + 1, filter, among: keys[...], skipsDamaged: false)
        guard newest.count > age else {
            throw SnapshotWord(word).noSnapshot(
                newest.isEmpty
                    ? (filter.isEmpty ? "there are no snapshots" : "no snapshot passes the filter")
                    : "there are only \(newest.count)")
        }
        return newest[age]
    }

    /// The newest `count` snapshots, newest first.
    ///
    /// Names tell the time to the second only, so all of the last second are read before order
    /// within it is settled.
    private func newest(
        _ count: Int, _ filter: SnapshotFilter, among keys: ArraySlice<ObjectKey>,
        skipsDamaged: Bool
    ) throws -> [Manifest] {
        var found: [Manifest] = []
        var lastSecond: Substring = ""
        for key in keys.reversed() {
            let second = key.description.prefix { $0 != "-" }
            if found.count >= count, second != lastSecond { break }
            lastSecond = second
            do {
                if let manifest = try loadManifest(key), filter.matches(manifest) {
                    found.append(manifest)
                }
            } catch let error as RepositoryError where skipsDamaged && error.code == .damaged {
                continue
            }
        }
        return Array(Self.sorted(found).reversed().prefix(count))
    }

    func manifestKeys() throws -> [ObjectKey] {
        try store.list(prefix: ObjectNames.snapshots).map(\.key)
            .filter { ObjectNames.snapshotID($0.description) != nil }
    }

    /// - Returns: `nil` when the snapshot was forgotten since the LIST.
    private func loadManifest(_ key: ObjectKey) throws -> Manifest? {
        let manifest: Manifest
        do {
            manifest = try store.load(key) {
                try DocumentCodec.decodeManifest($0.bytes, hash: SHA256.digest)
            }
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as FormatError {
            throw Self.documentError(error, key, in: store)
        }
        try check(manifest, isNamed: key)
        return manifest
    }

    /// Makes sure that an object is the manifest, or the forgotten one, that its name says.
    func check(_ manifest: Manifest, isNamed key: ObjectKey) throws {
        let names = [
            ObjectNames.manifest(manifest.id, time: manifest.time),
            ObjectNames.forgotten(manifest.id, time: manifest.time),
        ]
        guard names.contains(key.description) else {
            throw RepositoryError(
                .damaged, "\(key) in \(store.location) is damaged",
                cause: "it is the manifest of snapshot \(manifest.id)")
        }
    }

    private static func sorted(_ manifests: [Manifest]) -> [Manifest] {
        manifests.sorted { $0.time != $1.time ? $0.time < $1.time : $0.id < $1.id }
    }
}
