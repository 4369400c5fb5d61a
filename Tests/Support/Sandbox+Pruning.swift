import ChunkMarking
import ChunkStorage
package import ObjectStore
package import Pruning
package import RepositoryAccess
package import SnapshotModel
import Synchronization

extension Sandbox {
    /// Prunes the repository.
    /// - Parameters:
    ///   - store: what stands between the run and the store; `nil` for nothing.
    ///   - standing: the session that the machine's snapshots share.
    ///   - change: changes the settings.
    @discardableResult
    package func prune(
        through store: (any ObjectStore)? = nil, standing: StandingSession? = nil,
        change: (inout PruneSettings) -> Void = { _ in }
    ) throws -> PruneReport {
        let meter = TrafficMeter()
        let metered = MeteredStore(store ?? self.store, meter)
        var settings = PruneSettings(
            policy: PrunePolicy(packTargetInBytes: 1024 * 1024), marking: .local,
            uploads: .directory)
        settings.graceInSeconds = 0
        change(&settings)
        var session = session
        session.standing = standing
        let pruner = Pruner(
            repository: try Repository.open(in: metered), meter: meter, settings: settings,
            environment: session, now: now, report: { _ in })
        return try pruner.run()
    }

    /// Forgets snapshots.
    package func forget(
        _ ids: [SnapshotID], through store: (any ObjectStore)? = nil
    ) throws {
        let repository = try open(through: store)
        let wanted = Set(ids)
        try repository.forget(manifests().filter { wanted.contains($0.id) })
    }

    /// The keys below a prefix, ascending.
    package func names(_ prefix: String) throws -> [String] {
        try store.list(prefix: prefix).map(\.key.description)
    }
}
