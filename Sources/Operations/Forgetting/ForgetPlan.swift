package import RepositoryAccess
package import Retention
import SnapshotModel

/// Which snapshots are forgotten by rules.
package struct ForgetSettings: Sendable {
    /// What is kept.
    package var policy = RetentionPolicy()
    /// To which snapshots the policy is applied together.
    package var grouping = SnapshotGrouping.usual
    /// Which snapshots the policy is about; all others stay.
    package var filter = SnapshotFilter()
    /// Whether all snapshots of a group may be forgotten.
    package var allowsEmpty = false

    /// No rules: everything would be forgotten, which `allowsEmpty` has to allow.
    package init() {}
}

/// What is to become of snapshots; nothing has been changed yet.
package struct ForgetPlan: Sendable {
    /// The groups, sorted, with a decision on each snapshot.
    package let groups: [RetentionGroup]
    /// Manifests that cannot be read, so that nobody knows which group they belong to; they stay.
    package let damaged: [DamagedManifest]
    /// What is to be forgotten, group by group, oldest first.
    let forgotten: [Manifest]
    /// Whether a group may be emptied.
    let allowsEmpty: Bool

    init(
        _ plan: RetentionPlan, of manifests: [Manifest], damaged: [DamagedManifest] = [],
        allowsEmpty: Bool
    ) {
        groups = plan.groups
        self.damaged = damaged
        self.allowsEmpty = allowsEmpty
        // No two snapshots have the same ID; should a store show one twice, either will do.
        let known = Dictionary(
            manifests.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        forgotten = plan.groups.flatMap(\.decisions).filter { !$0.isKept }
            .compactMap { known[$0.snapshot.id] }
    }

    /// How many snapshots are kept.
    package var keptCount: Int { groups.reduce(0) { $0 + $1.keptCount } }

    /// How many snapshots are to be forgotten.
    package var forgottenCount: Int { forgotten.count }

    /// The groups of which the rules keep nothing, although that is not allowed.
    var forbidden: [RetentionGroup] { allowsEmpty ? [] : groups.filter(\.keepsNothing) }
}

extension RetentionGroup {
    /// How many of the group's snapshots are kept.
    package var keptCount: Int { decisions.count(where: \.isKept) }
}
