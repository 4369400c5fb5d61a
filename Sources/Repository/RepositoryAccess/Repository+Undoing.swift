package import ObjectStore
import RepositoryFormat
package import SnapshotModel

/// A snapshot that is forgotten and whose manifest is still kept.
package struct ForgottenSnapshot: Sendable {
    /// The manifest as it was.
    package let manifest: Manifest
    /// Snapshots that differ from it in name and session only: what earlier runs have brought back,
    /// or have begun to.
    package let twins: [Manifest]
}

extension Repository {
    /// The forgotten snapshots that words name: two LISTs and a GET for each; and a GET for each
    /// snapshot of the same second.
    /// - Parameter words: IDs, or prefixes of at least four digits, of what `loadForgotten` shows;
    ///   several may name the same.
    /// - Returns: each once, in the order of the words.
    /// - Throws: `RepositoryError` `.noSnapshot`, `.damaged`; `StoreError`.
    package func findForgotten(_ words: [String]) throws -> [ForgottenSnapshot] {
        let words = words.map { SnapshotWord($0, isForgotten: true) }
        for word in words { try word.check() }
        // In this order: what moves between the two requests is seen by one of them.
        let present = try manifestKeys()
        let ids = Set(present.compactMap { ObjectNames.snapshotID($0.description) })
        let copies = try store.list(prefix: ObjectNames.forgotten).map(\.key).filter { key in
            ObjectNames.forgottenID(key.description).map { !ids.contains($0) } ?? false
        }
        var seen: Set<SnapshotID> = []
        var found: [ForgottenSnapshot] = []
        for word in words {
            let manifest = try loadSnapshot(word, among: copies)
            guard seen.insert(manifest.id).inserted else { continue }
            found.append(
                ForgottenSnapshot(
                    manifest: manifest, twins: try twins(of: manifest, among: present)))
        }
        return found
    }

    private func twins(of manifest: Manifest, among keys: [ObjectKey]) throws -> [Manifest] {
        let second = ObjectNames.manifests(since: manifest.time)
        let candidates = keys.filter { $0.description.hasPrefix(second) }
        // What cannot be read is nobody's twin.
        return try loadManifests(candidates).manifests.filter { candidate in
            var twin = manifest
            (twin.id, twin.session, twin.nonce) = (
                candidate.id, candidate.session, candidate.nonce
            )
            return twin == candidate
        }
    }

    /// Removes the copy that is left of a forgotten snapshot which is back.
    /// - Returns: `false` when that is not permitted.
    package func removeCopy(of manifest: Manifest) throws(StoreError) -> Bool {
        do {
            let name = ObjectNames.forgotten(manifest.id, time: manifest.time)
            try store.delete([ObjectKey(name)])
            return true
        } catch {
            guard error.code == .permissionDenied else { throw error }
            return false
        }
    }
}
