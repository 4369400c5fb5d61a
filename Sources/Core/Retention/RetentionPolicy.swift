/// Which snapshots to keep; a snapshot is kept when one of the rules keeps it (Specs/retention.md).
package struct RetentionPolicy: Hashable, Sendable {
    /// Keeps the newest ones.
    package var last: KeepCount?
    /// Keeps those that are newer than so long before the newest.
    package var within: CalendarSpan?
    /// Keeps the newest one of each of the newest minutes, hours, ... that have any.
    package var periods: [RetentionPeriod: KeepCount] = [:]
    /// Keeps those that have one of the tags.
    package var tags: Set<String> = []

    /// No rules: nothing is kept.
    package init() {}

    /// Whether there are no rules, so that nothing would ever be kept.
    package var isEmpty: Bool {
        last == nil && within == nil && periods.isEmpty && tags.isEmpty
    }
}

/// A rule that keeps a snapshot, as told to people.
package enum RetentionReason: Hashable, Sendable, CustomStringConvertible {
    /// The snapshot's place, from the newest one on, which is 1.
    case last(Int)
    /// It is not that much older than the newest one.
    case within(CalendarSpan)
    /// It is the newest one of a slot, which has a name.
    case period(RetentionPeriod, slot: String)
    /// It has a tag.
    case tag(String)

    /// `last 1`, `within 36h`, `daily 2026-11-23`, `tag X`; the tag as it is, with all characters.
    package var description: String {
        switch self {
        case .last(let place): "last \(place)"
        case .within(let span): "within \(span)"
        case .period(let period, let slot): "\(period.rawValue) \(slot)"
        case .tag(let tag): "tag \(tag)"
        }
    }
}
