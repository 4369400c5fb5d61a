import Foundation
import SnapshotModel
import TestSupport
import Testing

/// What a calendar shows, which Foundation's says, too.
struct CalendarFieldsTests {
    private static let calendar = {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        return calendar
    }()

    @Test(arguments: seeds(count: 16))
    func `weeks and months are those of another calendar`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            // From 1600 on: before, Foundation's calendar is the Julian one.
            let seconds = Int64(generator.number(in: -11_676_096_000...253_402_300_799))
            let fields = CalendarFields(secondsSince1970: seconds)
            #expect(fields.secondsSince1970 == seconds)
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = Self.calendar.dateComponents(
                [.year, .month, .day, .yearForWeekOfYear, .weekOfYear], from: date)
            #expect(fields.isoWeek.year == parts.yearForWeekOfYear)
            #expect(fields.isoWeek.week == parts.weekOfYear)
            #expect(
                [fields.year, fields.month, fields.day]
                    == [parts.year, parts.month, parts.day])
            #expect(
                CalendarFields.daysInMonth(fields.month, year: fields.year)
                    == Self.calendar.range(of: .day, in: .month, for: date)?.count)
        }
    }

    @Test(arguments: [
        ("2026-01-01T00:00:00Z", 2026, 1), ("2025-12-28T23:59:59Z", 2025, 52),
        ("2025-12-29T00:00:00Z", 2026, 1), ("2026-12-31T00:00:00Z", 2026, 53),
        ("2027-01-03T23:59:59Z", 2026, 53), ("2027-01-04T00:00:00Z", 2027, 1),
        ("2024-12-30T00:00:00Z", 2025, 1), ("1969-12-31T23:59:59Z", 1970, 1),
        ("0000-01-01T00:00:00Z", -1, 52),
    ])
    func `weeks are those of ISO 8601`(text: String, year: Int, week: Int) throws {
        let time = try #require(CalendarTime.parse(iso8601: text))
        let found = CalendarFields(secondsSince1970: time.seconds).isoWeek
        #expect(found == (year, week))
    }

    @Test func `days that are too many go on in the next month`() {
        var fields = CalendarFields(secondsSince1970: 0)
        fields.day += 365
        #expect(fields.secondsSince1970 == 365 * 86_400)
        fields.day -= 1000
        #expect(fields.secondsSince1970 == (365 - 1000) * 86_400)
    }
}
