package import SnapshotModel

/// What clocks show somewhere on Earth; given by the caller, for the core does not ask the system.
package struct LocalClock: Sendable {
    private let offset: @Sendable (Int64) -> Int

    /// Moments beyond all calendars count as the first or last of the years 0000 to 9999.
    private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// A clock.
    /// - Parameter offsetInSeconds: what the clock shows more than UTC at a moment, which comes in
    ///   seconds since 1970; less than a day. It must always say the same of the same moment.
    package init(offsetInSeconds: @escaping @Sendable (Int64) -> Int) { offset = offsetInSeconds }

    /// The clock that shows UTC.
    package static let utc = LocalClock { _ in 0 }

    /// What the clock shows.
    package func fields(at time: Timestamp) -> CalendarFields {
        let seconds = clamped(time)
        return CalendarFields(secondsSince1970: seconds + Int64(offset(seconds)))
    }

    /// The first moment at which the clock shows something, in seconds since 1970; where it leaps
    /// over that, the earlier one of those that the two offsets around the leap give.
    func moment(showing fields: CalendarFields) -> Int64 {
        let shown = fields.secondsSince1970
        let day: Int64 = 86_400
        // No offset is longer than a day, so one of these two is valid at the moment that is meant.
        let candidates = [shown - day, shown + day].map { shown - Int64(offset($0)) }
        let right = candidates.filter { $0 + Int64(offset($0)) == shown }
        // Neither list is empty: the first has two elements, the second is not used empty.
        return (right.isEmpty ? candidates : right).min()!
    }

    func clamped(_ time: Timestamp) -> Int64 {
        min(max(time.seconds, Self.range.lowerBound), Self.range.upperBound)
    }
}
