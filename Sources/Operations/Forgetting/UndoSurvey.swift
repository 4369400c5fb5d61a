import ChunkMarking
import ChunkStorage
import ObjectStore
import SnapshotModel

/// Finds out whether everything that forgotten snapshots need can be relied on.
struct UndoSurvey {
    let store: any ObjectStore
    /// Prepared; it is told to rely on what is needed.
    let index: ChunkIndex
    let settings: MarkSettings

    /// Walks through the trees of some snapshots; what they share is read once, unless something is
    /// missing.
    /// - Returns: what becomes of those that cannot be brought back.
    /// - Throws: `StoreError`, `Interrupted`.
    func losses(of manifests: [Manifest]) throws -> [SnapshotID: UndoResult.Outcome] {
        guard let loss = try loss(of: manifests, makeMarker()) else { return [:] }
        if manifests.count == 1 { return [manifests[0].id: loss] }
        // To tell whose it is, they are marked one after the other; after one that lacks something
        // marking begins anew, or the next one would be blamed for it.
        var losses: [SnapshotID: UndoResult.Outcome] = [:]
        var marker = makeMarker()
        for manifest in manifests {
            guard let loss = try self.loss(of: [manifest], marker) else { continue }
            losses[manifest.id] = loss
            marker = makeMarker()
        }
        return losses
    }

    private func makeMarker() -> Marker { Marker(store: store, index: index, settings) }

    /// Marks what some snapshots need, and asks for each marked chunk whether it can be relied on.
    private func loss(of manifests: [Manifest], _ marker: Marker) throws -> UndoResult.Outcome? {
        let report = try marker.mark(manifests)
        let distrusted = marker.marks.countNeeded { !index.rely(on: $0) }
        let gone = report.missing + distrusted
        if gone > 0 { return .collected(chunks: gone) }
        if report.isComplete { return nil }
        let reason = report.examples.first.map { "chunk \($0.chunk): \($0.reason)" }
        return .damaged(reason: reason ?? "listings cannot be read")
    }
}
