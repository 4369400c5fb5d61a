/// What a calendar and a clock show, without saying where on Earth they hang.
///
/// Proleptic Gregorian calendar after Howard Hinnant's "chrono-Compatible Low-Level Date
/// Algorithms"; leap seconds do not exist in POSIX time.
package struct CalendarFields: Hashable, Sendable {
    /// The year; may be negative.
    package var year: Int
    /// From 1 to 12.
    package var month: Int
    /// From 1 to 31.
    package var day: Int
    /// From 0 to 23.
    package var hour: Int
    /// From 0 to 59.
    package var minute: Int
    /// From 0 to 59.
    package var second: Int

    private static let secondsPerDay: Int64 = 86_400

    /// What is shown so many seconds after 1970-01-01T00:00:00 of the same calendar.
    package init(secondsSince1970 seconds: Int64) {
        let rest = Int(((seconds % Self.secondsPerDay) + Self.secondsPerDay) % Self.secondsPerDay)
        let days = Int(
            seconds / Self.secondsPerDay - (seconds % Self.secondsPerDay < 0 ? 1 : 0))
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest % 3600 / 60
        second = rest % 60
    }

    /// The inverse of `init(secondsSince1970:)`.
    ///
    /// Days beyond the month's last one go on in the next month, and so do months in the next year.
    package var secondsSince1970: Int64 {
        Int64(dayNumber) * Self.secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
    }

    /// The number of days since 1970-01-01.
    package var dayNumber: Int { Self.dayNumber(year: year, month: month, day: day) }

    /// The number of days from 1970-01-01 to a date.
    /// - Parameter month: from 1 to 12.
    package static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// How many days a month has.
    /// - Parameter month: from 1 to 12.
    package static func daysInMonth(_ month: Int, year: Int) -> Int {
        let next = month == 12 ? (year: year + 1, month: 1) : (year: year, month: month + 1)
        return dayNumber(year: next.year, month: next.month, day: 1)
            - dayNumber(year: year, month: month, day: 1)
    }

    /// The week of ISO 8601: it begins on Monday, and belongs to the year that has its Thursday.
    package var isoWeek: (year: Int, week: Int) {
        // 1970-01-01 was a Thursday; 0 is Monday.
        let weekday = ((dayNumber + 3) % 7 + 7) % 7
        let thursday = dayNumber - weekday + 3
        let year = Self(secondsSince1970: Int64(thursday) * Self.secondsPerDay).year
        let first = Self.dayNumber(year: year, month: 1, day: 1)
        return (year, (thursday - first) / 7 + 1)
    }
}
