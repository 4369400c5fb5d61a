import ObjectStore
package import RepositoryAccess
package import Retention
package import SnapshotModel

/// Forgets snapshots: by rules, or by name. First a plan is made, which can be shown; then it is
/// carried out.
///
/// Needs no session, and nothing that other machines do meanwhile harms: a snapshot that is made
/// after the plan is not in it.
package struct Forgetter: Sendable {
    private let repository: Repository

    /// Forgets snapshots of a repository.
    package init(_ repository: Repository) { self.repository = repository }

    /// Applies rules to all snapshots: one LIST, and a GET for each manifest that no cache has.
    /// - Parameters:
    ///   - now: the time; decides only which snapshots are from the future.
    ///   - clock: tells days, weeks, ... apart.
    package func plan(
        _ settings: ForgetSettings, now: Timestamp, clock: LocalClock
    ) throws -> ForgetPlan {
        let (all, damaged) = try repository.loadManifests()
        let manifests = all.filter(settings.filter.matches)
        let plan = RetentionPlan(
            manifests.map(RetentionCandidate.init), settings.policy, by: settings.grouping,
            now: now, clock: clock)
        return ForgetPlan(
            plan, of: manifests, damaged: damaged, allowsEmpty: settings.allowsEmpty)
    }

    /// Finds the snapshots that words name: one LIST, and a GET for each. All of them are found, or
    /// it fails.
    /// - Parameters:
    ///   - words: IDs, prefixes of IDs, `latest` or `latest~N`; several may name the same snapshot.
    ///   - filter: the snapshots among which `latest` looks.
    /// - Returns: a plan that keeps nothing, with the usual groups.
    /// - Throws: `RepositoryError` `.noSnapshot`, `.damaged`; `StoreError`.
    package func plan(naming words: [String], _ filter: SnapshotFilter) throws -> ForgetPlan {
        var seen: Set<SnapshotID> = []
        let manifests = try repository.findSnapshots(words, filter)
            .filter { seen.insert($0.id).inserted }
        // Without rules nothing is kept, so neither time nor clock matters.
        let plan = RetentionPlan(
            manifests.map(RetentionCandidate.init), RetentionPolicy(),
            now: Timestamp(seconds: 0, nanoseconds: 0), clock: .utc)
        return ForgetPlan(plan, of: manifests, allowsEmpty: true)
    }

    /// Makes sure that a plan may be carried out.
    /// - Throws: `ForgetError` `.keepsNothing`.
    package func check(_ plan: ForgetPlan) throws {
        let groups = plan.forbidden
        if !groups.isEmpty { throw ForgetError.keepsNothing(of: groups, plan.forgottenCount) }
    }

    /// Forgets what a plan says.
    /// - Parameter report: gets the number of snapshots that are forgotten, now and then.
    /// - Throws: `ForgetError`; `RepositoryError` `.damaged` for a manifest that was damaged since.
    package func carryOut(
        _ plan: ForgetPlan, report: (_ forgotten: Int) -> Void = { _ in }
    ) throws {
        try check(plan)
        var done = 0
        do {
            try repository.forget(plan.forgotten) { forgotten in
                done = forgotten
                report(forgotten)
            }
        } catch let error as StoreError {
            throw ForgetError.unfinished(done, of: plan.forgottenCount, error)
        }
    }
}
