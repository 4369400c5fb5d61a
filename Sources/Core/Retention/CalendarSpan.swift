package import SnapshotModel

/// A length of time as people count it: a month is as long as the month is.
package struct CalendarSpan: Hashable, Sendable, CustomStringConvertible {
    private enum Unit: CaseIterable {
        case years, months, weeks, days, hours

        var letter: Character {
            switch self {
            case .years: "y"
            case .months: "m"
            case .weeks: "w"
            case .days: "d"
            case .hours: "h"
            }
        }

        /// A thousand years, in each unit.
        var limit: Int {
            switch self {
            case .years: 1000
            case .months: 12_000
            case .weeks: 52_200
            case .days: 366_000
            case .hours: 8_784_000
            }
        }
    }

    private var counts: [Unit: Int] = [:]

    /// Reads numbers with units behind them, the largest unit first and each one once: `36h`, `7d`,
    /// `2w`, `6m`, `1y6m`.
    package init(parsing text: String) throws(PolicyError) {
        let quoted = PolicyError.quote(text)
        func failure(_ cause: String) -> PolicyError {
            PolicyError(
                "\(quoted) is no length of time: \(cause)",
                remedy: "numbers with y, m, w, d or h, such as 36h, 7d, 2w, 6m or 1y6m")
        }
        var units = Unit.allCases[...]
        var number: Int?
        for character in text {
            if let digit = character.wholeNumberValue, character.isASCII {
                // Longer numbers are beyond every limit; this many digits do not overflow.
                guard (number ?? 0) < 100_000_000 else { throw failure("a number is too large") }
                number = 10 * (number ?? 0) + digit
                continue
            }
            guard let value = number else { throw failure("a number is missing before a unit") }
            guard let index = units.firstIndex(where: { $0.letter == character }) else {
                let isUnit = Unit.allCases.contains { $0.letter == character }
                throw failure(
                    isUnit ? "larger units come first, each once" : "a unit is not known")
            }
            guard value > 0 else { throw failure("0 of a unit") }
            guard value <= units[index].limit else { throw failure("it is more than 1000 years") }
            counts[units[index]] = value
            units = units[(index + 1)...]
            number = nil
        }
        guard number == nil else { throw failure("a unit is missing behind a number") }
        guard !counts.isEmpty else { throw failure("it is empty") }
    }

    /// The moment that is so long before another.
    ///
    /// Years, months, weeks and days lead to the same time of day by the calendar and clock of the
    /// zone; where the month is shorter, to its last day. Where the clock shows that time twice, or
    /// leaps over it, the earlier moment counts. Hours are real hours, of 3600 seconds.
    package func before(_ time: Timestamp, in zone: LocalClock) -> Timestamp {
        let hours = Int64(counts[.hours] ?? 0) * 3600
        let start =
            isHoursOnly ? zone.clamped(time) : zone.moment(showing: date(before: time, zone))
        return Timestamp(seconds: start - hours, nanoseconds: time.nanoseconds)
    }

    private var isHoursOnly: Bool { counts.keys.allSatisfy { $0 == .hours } }

    private func date(before time: Timestamp, _ zone: LocalClock) -> CalendarFields {
        var fields = zone.fields(at: time)
        let months =
            12 * fields.year + fields.month - 1
            - 12 * (counts[.years] ?? 0) - (counts[.months] ?? 0)
        // Rounded down, also for years before 0.
        fields.year = (months - ((months % 12) + 12) % 12) / 12
        fields.month = months - 12 * fields.year + 1
        fields.day = min(
            fields.day, CalendarFields.daysInMonth(fields.month, year: fields.year))
        // A day before the first one is in the month before: `secondsSince1970` allows that.
        fields.day -= 7 * (counts[.weeks] ?? 0) + (counts[.days] ?? 0)
        return fields
    }

    /// What `init(parsing:)` reads.
    package var description: String {
        Unit.allCases.compactMap { unit in counts[unit].map { "\($0)\(unit.letter)" } }.joined()
    }
}
