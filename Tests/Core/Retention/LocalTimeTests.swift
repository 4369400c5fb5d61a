import Retention
import SnapshotModel
import TestSupport
import Testing

/// What clocks show where summer comes and goes, and what a day or a month ago is there.
struct LocalTimeTests {
    private func time(_ text: String) throws -> Timestamp {
        try #require(CalendarTime.parse(iso8601: text))
    }

    private func slot(
        _ period: RetentionPeriod, _ text: String, _ zone: ZoneTable
    ) throws -> String {
        period.slot(of: zone.clock.fields(at: try time(text)))
    }

    @Test func `the hour that is there twice is one hour`() throws {
        let twice = ["2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z"]
        for text in twice {
            #expect(try slot(.hourly, text, .berlin) == "2026-10-25 02")
            #expect(try slot(.minutely, text, .berlin) == "2026-10-25 02:15")
        }
        #expect(try slot(.hourly, "2026-10-24T23:59:59Z", .berlin) == "2026-10-25 01")
        #expect(try slot(.hourly, "2026-10-25T02:00:00Z", .berlin) == "2026-10-25 03")
    }

    @Test func `an hour may last for ninety minutes, or for thirty`() throws {
        for text in ["2026-04-04T14:00:00Z", "2026-04-04T14:59:59Z", "2026-04-04T15:29:59Z"] {
            #expect(try slot(.hourly, text, .lordHowe) == "2026-04-05 01")
        }
        #expect(try slot(.hourly, "2026-04-04T15:30:00Z", .lordHowe) == "2026-04-05 02")
        #expect(try slot(.hourly, "2026-10-03T15:29:59Z", .lordHowe) == "2026-10-04 01")
        #expect(try slot(.minutely, "2026-10-03T15:30:00Z", .lordHowe) == "2026-10-04 02:30")
    }

    @Test func `days begin at local midnight, and may be left out`() throws {
        #expect(try slot(.daily, "2026-03-28T22:59:59Z", .berlin) == "2026-03-28")
        #expect(try slot(.daily, "2026-03-28T23:00:00Z", .berlin) == "2026-03-29")
        #expect(try slot(.daily, "2026-03-29T21:59:59Z", .berlin) == "2026-03-29")
        #expect(try slot(.daily, "2026-03-29T22:00:00Z", .berlin) == "2026-03-30")
        #expect(try slot(.daily, "2011-12-30T09:59:59Z", .apia) == "2011-12-29")
        #expect(try slot(.daily, "2011-12-30T10:00:00Z", .apia) == "2011-12-31")
    }

    @Test(arguments: [
        ("2026-12-31T23:00:00Z", "2026-W53", "2027-01", "2027"),
        ("2025-12-28T22:59:59Z", "2025-W52", "2025-12", "2025"),
        ("2025-12-28T23:00:00Z", "2026-W01", "2025-12", "2025"),
        ("2027-01-03T23:00:00Z", "2027-W01", "2027-01", "2027"),
    ])
    func `weeks belong to the year of their Thursday`(
        text: String, week: String, month: String, year: String
    ) throws {
        #expect(try slot(.weekly, text, .berlin) == week)
        #expect(try slot(.monthly, text, .berlin) == month)
        #expect(try slot(.yearly, text, .berlin) == year)
    }

    @Test(arguments: [
        // Hours are real ones, days those of the calendar.
        ("24h", "2026-10-25T12:00:00Z", "2026-10-24T12:00:00Z"),
        ("1d", "2026-10-25T12:00:00Z", "2026-10-24T11:00:00Z"),
        ("24h", "2026-03-29T12:00:00Z", "2026-03-28T12:00:00Z"),
        ("1d", "2026-03-29T12:00:00Z", "2026-03-28T13:00:00Z"),
        // 02:30 was there twice on that day, and not at all on this one.
        ("1d", "2026-10-26T01:30:00Z", "2026-10-25T00:30:00Z"),
        ("1d", "2026-03-30T00:30:00Z", "2026-03-29T00:30:00Z"),
        // The newest snapshot is from the second 02:30 itself.
        ("1h", "2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"),
        // Months are as long as they are.
        ("1m", "2026-03-31T10:00:00Z", "2026-02-28T11:00:00Z"),
        ("1y", "2028-02-29T10:00:00Z", "2027-02-28T10:00:00Z"),
        ("4y", "2028-02-29T10:00:00Z", "2024-02-29T10:00:00Z"),
        ("1m", "2026-01-15T10:00:00Z", "2025-12-15T10:00:00Z"),
        ("13m", "2026-01-15T10:00:00Z", "2024-12-15T10:00:00Z"),
        ("1m1w1d1h", "2026-03-31T10:00:00Z", "2026-02-20T10:00:00Z"),
        ("1y6m", "2026-07-15T10:00:00Z", "2025-01-15T11:00:00Z"),
    ])
    func `so long ago is where the calendar has it`(
        span: String, from: String, expected: String
    ) throws {
        let start = try CalendarSpan(parsing: span).before(
            try time(from), in: ZoneTable.berlin.clock)
        #expect(CalendarTime.iso8601(start) == expected)
    }

    @Test(arguments: seeds(count: 20))
    func `longer ago is never later`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let (zone, start) = generator.zoneAndStart()
            let moment = Timestamp(seconds: start, nanoseconds: 1)
            for unit in ["y", "m", "w", "d", "h"] {
                let count = generator.number(in: 1...40)
                let shorter = try CalendarSpan(parsing: "\(count)\(unit)")
                let longer = try CalendarSpan(parsing: "\(count + 1)\(unit)")
                let starts = [longer, shorter].map { $0.before(moment, in: zone.clock) }
                // Not earlier either where the day between was left out.
                #expect(starts[0] <= starts[1] && starts[1] < moment, "\(zone) \(count)\(unit)")
            }
        }
    }
}
