package import SnapshotModel

/// The lengths of time of which a rule keeps one snapshot each.
package enum RetentionPeriod: String, CaseIterable, Hashable, Sendable {
    /// From the shortest on.
    case minutely, hourly, daily, weekly, monthly, yearly

    /// The name of the slot that has what a clock shows: `2026-11-23 19:55`, `2026-11-23 19`,
    /// `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    ///
    /// Two moments are in one slot exactly when the names are equal; so an hour that the clock
    /// shows twice is one hour.
    package func slot(of fields: CalendarFields) -> String {
        let month = Self.pad(fields.year, 4) + "-" + Self.pad(fields.month)
        let date = month + "-" + Self.pad(fields.day)
        switch self {
        case .minutely: return "\(date) \(Self.pad(fields.hour)):\(Self.pad(fields.minute))"
        case .hourly: return "\(date) \(Self.pad(fields.hour))"
        case .daily: return date
        case .weekly:
            let week = fields.isoWeek
            return Self.pad(week.year, 4) + "-W" + Self.pad(week.week)
        case .monthly: return month
        case .yearly: return Self.pad(fields.year, 4)
        }
    }

    private static func pad(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count))
            + digits
    }
}
