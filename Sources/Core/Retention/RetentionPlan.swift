// Which snapshots a policy keeps, and why (Specs/retention.md). Pure: snapshots, time and zone come
// in, nothing is deleted here. The rules look at one group at a time, newest snapshot first, and do
// not know of each other.

package import SnapshotModel

/// What becomes of one snapshot.
package struct RetentionDecision: Hashable, Sendable {
    /// The snapshot.
    package let snapshot: RetentionCandidate
    /// The rules that keep it: last, within, periods from the shortest on, tags by their bytes.
    package let reasons: [RetentionReason]

    /// Whether a rule keeps it.
    package var isKept: Bool { !reasons.isEmpty }
}

/// What becomes of the snapshots of one group.
package struct RetentionGroup: Hashable, Sendable {
    /// What they have in common.
    package let key: GroupKey
    /// All of them, oldest first; those of one moment by their IDs. At least one.
    package let decisions: [RetentionDecision]

    /// Whether the policy would forget all of them.
    package var keepsNothing: Bool { !decisions.contains(where: \.isKept) }
}

/// What a policy makes of snapshots.
package struct RetentionPlan: Hashable, Sendable {
    /// The groups, sorted.
    package let groups: [RetentionGroup]

    /// Applies a policy to each group for itself.
    ///
    /// Takes O(n log n) time; the order of `snapshots` does not matter.
    /// - Parameters:
    ///   - snapshots: with different IDs.
    ///   - now: the time. Snapshots from the future, which a wrong clock has made, are not taken
    ///     for the newest by the rule `within`.
    ///   - clock: tells the minutes, hours, days, ... apart.
    package init(
        _ snapshots: [RetentionCandidate], _ policy: RetentionPolicy,
        by grouping: SnapshotGrouping = .usual, now: Timestamp, clock: LocalClock
    ) {
        let newestFirst = snapshots.sorted { ($0.time, $0.id) > ($1.time, $1.id) }
        groups = Dictionary(grouping: newestFirst, by: grouping.key(of:))
            .sorted { $0.key < $1.key }
            .map { key, newestFirst in
                let rules = GroupRules(newestFirst, policy, now: now, clock)
                return RetentionGroup(key: key, decisions: rules.decisions().reversed())
            }
    }

    /// The groups of which nothing would be kept.
    package var emptiedGroups: [RetentionGroup] { groups.filter(\.keepsNothing) }
}

/// A policy on its way through a group.
private struct GroupRules {
    private let newestFirst: [RetentionCandidate]
    private let policy: RetentionPolicy
    private let clock: LocalClock
    /// What is newer than this is within the span of the policy; `nil` for everything.
    private let start: Timestamp?

    init(
        _ newestFirst: [RetentionCandidate], _ policy: RetentionPolicy, now: Timestamp,
        _ clock: LocalClock
    ) {
        self.newestFirst = newestFirst
        self.policy = policy
        self.clock = clock
        let newest = newestFirst.first { $0.time <= now }
        start = newest.flatMap { policy.within?.before($0.time, in: clock) }
    }

    /// - Returns: newest first.
    func decisions() -> [RetentionDecision] {
        var slots: [RetentionPeriod: Set<String>] = [:]
        return newestFirst.enumerated().map { index, snapshot in
            var reasons: [RetentionReason] = []
            if let last = policy.last, last.allows(index) { reasons.append(.last(index + 1)) }
            if let span = policy.within, start.map({ snapshot.time > $0 }) ?? true {
                reasons.append(.within(span))
            }
            let fields = clock.fields(at: snapshot.time)
            for period in RetentionPeriod.allCases {
                guard let count = policy.periods[period] else { continue }
                let slot = period.slot(of: fields)
                // The newest snapshot of a slot comes first and opens it.
                guard count.allows(slots[period, default: []].count),
                    slots[period, default: []].insert(slot).inserted
                else { continue }
                reasons.append(.period(period, slot: slot))
            }
            let tags = policy.tags.intersection(snapshot.tags)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            reasons += tags.map(RetentionReason.tag)
            return RetentionDecision(snapshot: snapshot, reasons: reasons)
        }
    }
}
