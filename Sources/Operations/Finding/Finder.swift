package import ChunkStorage
package import RepositoryAccess
package import SnapshotModel

/// Finds entries in snapshots, on the calling thread.
///
/// Trees are never in memory: listings are read entry by entry, and what was found in those that
/// several snapshots share is remembered within a bound. So many snapshots that are much alike take
/// little longer than one.
package final class Finder {
    private let repository: Repository
    private let index: ChunkIndex
    private let settings: FindSettings
    private let report: (Manifest, FindEvent) -> Void

    /// How much of the listings comes with one request: a search reads most of them.
    private static let metadataWindowInBytes = 2 * 1024 * 1024

    /// - Parameter report: called with each event, on the calling thread, in the order of the
    ///   snapshots and within one in that of its tree.
    package init(
        _ repository: Repository, _ index: ChunkIndex, _ settings: FindSettings,
        report: @escaping (Manifest, FindEvent) -> Void
    ) {
        self.repository = repository
        self.index = index
        self.settings = settings
        self.report = report
    }

    /// Searches snapshots, one after the other.
    /// - Throws: `StoreError`; `RepositoryError` `.changed`, `.neverCompleted` unless snapshots
    ///   that are lost are passed over.
    package func run(_ manifests: [Manifest]) throws -> FindCounts {
        var current: Manifest?
        let search = TreeSearch(settings) { [report] event in
            if let current { report(current, event) }
        }
        var lost: UInt64 = 0
        for manifest in manifests {
            current = manifest
            let shared = repository.makeLoaders(for: manifest, index)
            let loader = try ChunkLoader(
                shared, metadataWindowInBytes: Self.metadataWindowInBytes)
            do {
                try search.search(manifest.root, TreeReader(loader))
            } catch let error as RepositoryError
                where settings.passesOverLost && Self.isLoss(error)
            {
                lost += 1
                report(manifest, .lost(reason: "\(error)"))
            }
        }
        var counts = search.counts
        counts.snapshots = UInt64(manifests.count) - lost
        counts.lost = lost
        return counts
    }

    private static func isLoss(_ error: RepositoryError) -> Bool {
        error.code == .changed || error.code == .neverCompleted
    }
}
