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
    /// Writes a manifest; the snapshot exists once this returns.
    /// - Returns: the object's size in bytes.
    package func save(_ manifest: Manifest) throws -> Int {
        let bytes = DocumentCodec.encode(manifest, hash: SHA256.digest)
        let name = ObjectNames.manifest(manifest.id, time: manifest.time)
        try store.put(ObjectKey(name), ObjectBody(bytes))
        return bytes.count
    }

    /// The stored bytes of a manifest.
    package func document(of manifest: Manifest) throws -> ObjectBytes {
        let name = ObjectNames.manifest(manifest.id, time: manifest.time)
        return try store.get(ObjectKey(name), .whole)
    }

    /// All snapshots: one LIST and a GET for each, several at once.
    /// - Returns: oldest first; manifests that cannot be read apart.
    package func loadManifests() throws -> (manifests: [Manifest], damaged: [DamagedManifest]) {
        var manifests: [Manifest] = []
        var damaged: [DamagedManifest] = []
        let results = try mapInParallel(manifestKeys(), threadCount: Self.loadingThreads) {
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
    /// - Throws: `RepositoryError` `.noSnapshot`, `.damaged`; `StoreError`.
    package func findSnapshot(_ word: String, _ filter: SnapshotFilter) throws -> Manifest {
        if let age = Self.age(ofLatest: word) { return try latest(age, filter, word) }
        guard word.count >= Self.shortestPrefix, word.utf8.allSatisfy(Self.isHexadecimal) else {
            throw Self.noSnapshot(word, "not an ID, a prefix of one with 4 digits, or \"latest\"")
        }
        let keys = try manifestKeys().filter {
            ObjectNames.snapshotID($0.description)?.description.hasPrefix(word) ?? false
        }
        guard let key = keys.first, let manifest = try loadManifest(key) else {
            throw Self.noSnapshot(word, "no snapshot has an ID that begins like this")
        }
        guard keys.count == 1 else {
            throw Self.noSnapshot(word, "\(keys.count) snapshots have IDs that begin like this")
        }
        return manifest
    }

    /// The newest snapshot that passes the filter, among the newest few of all.
    ///
    /// For finding a parent, which is worth no more than a few requests.
    /// - Returns: `nil` when there is none; manifests that cannot be read are passed over.
    package func recentSnapshot(_ filter: SnapshotFilter) throws -> Manifest? {
        try newest(1, filter, among: Self.recentCount, skipsDamaged: true).first
    }

    private static let recentCount = 16

    private static let shortestPrefix = 4

    private static func isHexadecimal(_ byte: UInt8) -> Bool { Hexadecimal.digit(byte) != nil }

    private static func age(ofLatest word: String) -> Int? {
        if word == "latest" { return 0 }
        guard word.hasPrefix("latest~"), let age = Int(word.dropFirst("latest~".count)), age >= 0
        else { return nil }
        // One more than the age is the number of snapshots to look for.
        return min(age, Int.max - 1)
    }

    private func latest(_ age: Int, _ filter: SnapshotFilter, _ word: String) throws -> Manifest {
        let newest = try newest(age + 1, filter, skipsDamaged: false)
        guard newest.count > age else {
            throw Self.noSnapshot(
                word,
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
        _ count: Int, _ filter: SnapshotFilter, among limit: Int = .max, skipsDamaged: Bool
    ) throws -> [Manifest] {
        var found: [Manifest] = []
        var lastSecond: Substring = ""
        for key in try manifestKeys().reversed().prefix(limit) {
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

    private func manifestKeys() throws -> [ObjectKey] {
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
        guard ObjectNames.manifest(manifest.id, time: manifest.time) == key.description else {
            throw RepositoryError(
                .damaged, "\(key) in \(store.location) is damaged",
                cause: "it is the manifest of snapshot \(manifest.id)")
        }
        return manifest
    }

    private static func sorted(_ manifests: [Manifest]) -> [Manifest] {
        manifests.sorted { $0.time != $1.time ? $0.time < $1.time : $0.id < $1.id }
    }

    private static func noSnapshot(_ word: String, _ cause: String) -> RepositoryError {
        RepositoryError(
            .noSnapshot, "cannot find snapshot \"\(word)\"", cause: cause, remedy: "varve list")
    }
}
