// Collects what nothing needs, while others go on (Specs/concurrency.md). The steps, each safe to
// be the last one of a process that dies:
//
//     look -> plan -> copy what victims hold -> condemn -> seal -> [wait] -> look again -> copy ->
//     rewrite tables -> delete packs -> second seal -> [wait] -> remove the marks
//
// Read next: RepositoryLook (what is seen), PrunePlanner (what is chosen), PruneRun (the steps).

import ChunkStorage
package import ObjectStore
package import RepositoryAccess
import RepositoryFormat
package import SnapshotModel
import WorkerThreads

/// Prunes one repository.
package struct Pruner: Sendable {
    private let repository: Repository
    private let meter: TrafficMeter
    private let settings: PruneSettings
    private let environment: SessionEnvironment
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (PruneEvent) -> Void

    /// - Parameters:
    ///   - meter: counts the requests of the repository's store.
    ///   - now: the time of this machine, for the journal alone.
    ///   - report: called from the calling thread.
    package init(
        repository: Repository, meter: TrafficMeter, settings: PruneSettings,
        environment: SessionEnvironment, now: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable (PruneEvent) -> Void
    ) {
        self.repository = repository
        self.meter = meter
        self.settings = settings
        self.environment = environment
        self.now = now
        self.report = report
    }

    /// Prunes, or only plans to.
    ///
    /// Whatever it throws, everything that snapshots need is there, and another prune goes on where
    /// this one ended.
    /// - Throws: `RepositoryError` `.damaged` when damage might need what would be deleted,
    ///   `.changed`; `StoreError`; `Interrupted`.
    package func run() throws -> PruneReport {
        settings.isDryRun ? try plan() : try prune()
    }

    /// What a prune would do; writes nothing.
    private func plan() throws -> PruneReport {
        var view = try RepositoryView.list(in: repository.store)
        let condemned = try CondemnedPacks.load(&view, in: repository.store)
        let looker = RepositoryLooker(repository, settings, session: nil)
        report(.step("reading listings"))
        let look = try looker.first(view, condemned, now: nil)
        let plan = try PruneChoice(looker, look, settings, ended: []).plan
        var result = PruneReport()
        result.estimate = plan.estimate
        result.keptInBytes = plan.estimate.keptInBytes
        result.freedInBytes = plan.estimate.freedInBytes
        result.deletedPacks = plan.victims.count
        result.repackedInBytes = plan.estimate.repackedInBytes
        result.waitingPacks = look.condemnedPacks.count { look.packs[$0] != nil }
        result.forgottenSnapshots = looker.roots.forgotten.count
        return result
    }

    private func prune() throws -> PruneReport {
        try findOutWhetherItMayDelete()
        Session.closeStanding(in: repository.store, environment)
        for _ in 1..<Self.attempts {
            do {
                return try pruneOnce()
            } catch let error as RepositoryError where error.code == .changed {
                report(.warning("beginning anew: \(error.cause)"))
            }
        }
        return try pruneOnce()
    }

    /// How often a run begins anew that others have taken for dead, or have overtaken.
    private static let attempts = 5

    private func pruneOnce() throws -> PruneReport {
        var environment = environment
        environment.standing = nil
        let chain = SessionChain(repository, environment, purpose: "prune", meter: meter)
        defer { chain.close() }
        let session = try chain.open()
        return try chain.withSession { _ in
            let run = PruneRun(
                repository: repository, settings: settings, session: session,
                makeRandomBits: environment.makeRandomBits, now: now, report: report)
            return try run.run()
        }
    }

    /// Asks for the right to delete before anything is written, by deleting what is not there.
    private func findOutWhetherItMayDelete() throws {
        let bits = environment.makeRandomBits()
        let digest = Digest256(hexadecimal: "\(Nonce(bits))\(Nonce(bits))")
        guard let digest else { preconditionFailure("two nonces have 64 digits") }
        try repository.store.delete([
            ObjectKey(ProtocolMarker.closed(SessionID(bits)).name),
            ObjectKey(ObjectNames.pack(PackID(digest))),
        ])
    }
}
