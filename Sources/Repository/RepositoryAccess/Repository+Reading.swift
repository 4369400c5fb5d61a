package import ChunkStorage
import ObjectStore
package import SnapshotModel

// What readers see and what they make of something that is missing (Specs/concurrency.md, Readers).

extension Repository {
    /// The index as it is now, for whoever only reads: one LIST, a GET for each table that no cache
    /// has, and one for each act of condemning.
    package func openIndex() throws -> ChunkIndex {
        let index = ChunkIndex(view: { [store] in try RepositoryView.reading(store) }, in: store)
        try index.prepare()
        return index
    }

    /// What the loaders of a snapshot share. They tell apart why a part of it is missing.
    package func makeLoaders(
        for manifest: Manifest, _ index: ChunkIndex,
        cacheInBytes: Int = ChunkLoader.Shared.usualCacheInBytes
    ) -> ChunkLoader.Shared {
        ChunkLoader.Shared(
            store: store, index: index, cacheInBytes: cacheInBytes,
            explainLoss: { dead in try explainLoss(of: manifest, dead) })
    }

    /// Tells why a part of a snapshot is missing: one HEAD. Returns when it is damage.
    /// - Parameter dead: sessions that are dead.
    /// - Throws: `RepositoryError` `.changed` when the snapshot is gone, `.neverCompleted` when a
    ///   dead session has written it.
    func explainLoss(of manifest: Manifest, _ dead: Set<SessionID>) throws {
        let name = "\(manifest.id)".prefix(8)
        guard try has(manifest) else {
            throw RepositoryError(
                .changed, "snapshot \(name) was removed",
                cause: "it was forgotten while it was read, and a prune has deleted a part of it",
                remedy: "choose another one: varve list")
        }
        if dead.contains(manifest.session) {
            throw RepositoryError(
                .neverCompleted, "snapshot \(name) was never completed",
                cause: "whoever made it slept for longer than its session lasts, and a part of it"
                    + " is missing",
                remedy: "choose another one: varve list; or drop it: varve forget \(name)")
        }
    }
}

extension RepositoryView {
    /// What a reader sees of the index.
    ///
    /// What is condemned only tells where to look first, so that an act which is gone by now, or
    /// cannot be read, is passed over.
    static func reading(_ store: any ObjectStore) throws -> ChunkIndex.View {
        let view = try RepositoryView.list(in: store)
        let condemned = try CondemnedPacks.readable(view, in: store)
        return ChunkIndex.View(
            tables: view.tables,
            distrust: Distrust(condemned: condemned, dead: Set(view.dead.keys)))
    }
}
