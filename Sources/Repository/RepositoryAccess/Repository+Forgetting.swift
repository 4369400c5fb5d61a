import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
package import SnapshotModel
import WorkerThreads

extension Repository {
    /// How many snapshots are forgotten together: what one DELETE of S3 takes.
    package static let forgettingBatch = 1000
    /// How many copies are made at once: as many as a bucket has connections unless told otherwise.
    private static let copyingThreads = 16

    /// Forgets snapshots: a copy of each manifest is stored below `forgotten/`, and when that was
    /// answered, the manifest is deleted. In batches, so that a run which ends early has done a
    /// part: at every moment each snapshot has its manifest, or the copy, or both. To be repeated
    /// without harm.
    ///
    /// For n snapshots n PUT, n GET of what no cache has, and a DELETE for each batch. A copy that
    /// is there already is written anew, so that its age is that of this forgetting. What somebody
    /// else has forgotten meanwhile counts as forgotten.
    /// - Parameters:
    ///   - manifests: of different snapshots.
    ///   - report: gets the number of those that are forgotten, after each batch.
    /// - Throws: `RepositoryError` `.damaged`; `StoreError`, of a DELETE on `snapshots/` where the
    ///   client may not do that.
    package func forget(
        _ manifests: [Manifest], report: (_ forgotten: Int) -> Void = { _ in }
    ) throws {
        for start in stride(from: 0, to: manifests.count, by: Self.forgettingBatch) {
            let batch = Array(manifests[start...].prefix(Self.forgettingBatch))
            let copied = try mapInParallel(batch, threadCount: Self.copyingThreads, keepCopy)
            let keys = copied.compactMap(\.self)
            if !keys.isEmpty { try store.delete(keys) }
            report(start + batch.count)
        }
    }

    /// Copies a manifest byte for byte to where those of forgotten snapshots are.
    /// - Returns: the manifest's own key; `nil` when it is gone.
    private func keepCopy(of manifest: Manifest) throws -> ObjectKey? {
        let key = ObjectKey(ObjectNames.manifest(manifest.id, time: manifest.time))
        guard let bytes = try verifiedBytes(key) else { return nil }
        let copy = ObjectKey(ObjectNames.forgotten(manifest.id, time: manifest.time))
        try store.put(copy, ObjectBody(bytes.copy()))
        return key
    }

    /// The bytes of a manifest, which nothing has garbled on their way.
    /// - Returns: `nil` when the object is gone.
    private func verifiedBytes(_ key: ObjectKey) throws -> ObjectBytes? {
        do {
            return try store.load(key) { bytes in
                let manifest = try DocumentCodec.decodeManifest(bytes.bytes, hash: SHA256.digest)
                try check(manifest, isNamed: key)
                return bytes
            }
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as FormatError {
            throw Self.documentError(error, key, in: store)
        }
    }

    /// The snapshots that are forgotten and whose copies are still there: two LISTs and a GET for
    /// each, several at once. A snapshot that is in `snapshots/` is not forgotten, whatever copy an
    /// interrupted run has left of it.
    /// - Returns: oldest first; copies that cannot be read apart.
    package func loadForgotten() throws -> (manifests: [Manifest], damaged: [DamagedManifest]) {
        // In this order: what moves between the two requests is seen by one of them.
        let present = Set(try manifestKeys().map { ObjectNames.snapshotID($0.description) })
        let copies = try store.list(prefix: ObjectNames.forgotten).map(\.key).filter { key in
            guard let id = ObjectNames.forgottenID(key.description) else { return false }
            return !present.contains(id)
        }
        return try loadManifests(copies)
    }
}
