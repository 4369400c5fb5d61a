import SnapshotModel
import TestSupport
import Testing

struct CalendarTimeTests {
    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z", "19700101T000000Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z", "19691231T235959Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z", "20000229T000000Z"),
            (1_795_463_701, 123_456_789, "2026-11-23T19:55:01.123456789Z", "20261123T195501Z"),
            (4_107_542_400, 1, "2100-03-01T00:00:00.000000001Z", "21000301T000000Z"),
            (-2_203_891_200, 0, "1900-03-01T00:00:00Z", "19000301T000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59Z", "99991231T235959Z"),
            (-62_167_219_200, 0, "0000-01-01T00:00:00Z", "00000101T000000Z"),
            (-62_162_121_600, 0, "0000-02-29T00:00:00Z", "00000229T000000Z"),
        ] as [(Int64, UInt32, String, String)])
    func knownMomentsAreWrittenAndReadAsTheCalendarSays(
        seconds: Int64, nanoseconds: UInt32, long: String, compact: String
    ) {
        let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        #expect(CalendarTime.iso8601(time) == long)
        #expect(CalendarTime.compact(time) == compact)
        #expect(CalendarTime.parse(iso8601: long) == time)
    }

    @Test(arguments: seeds(count: 16))
    func textGivesTheMomentBack(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let time = generator.calendarTimestamp()
            #expect(CalendarTime.parse(iso8601: CalendarTime.iso8601(time)) == time)
        }
    }

    @Test(arguments: seeds(count: 8))
    func textSortsAsTimeDoes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let times = (0..<100).map { _ in generator.calendarTimestamp() }.sorted()
        let texts = times.map { CalendarTime.compact($0) }
        #expect(texts == texts.sorted())
    }

    @Test func daysFollowOneAnotherThroughFourCenturies() {
        var expected = (year: 1970, month: 1, day: 1)
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var isLeap = false
        for number in 0..<146_097 {
            // Asking for every 13th day hits each day of the year and stays fast.
            if number % 13 == 0 {
                let time = Timestamp(seconds: Int64(number) * 86_400, nanoseconds: 0)
                let text = CalendarTime.compact(time).prefix(8)
                #expect(Int(text) == expected.year * 10_000 + expected.month * 100 + expected.day)
            }
            expected.day += 1
            if expected.day > lengths[expected.month - 1] + (expected.month == 2 && isLeap ? 1 : 0)
            {
                expected = (expected.year, expected.month + 1, 1)
            }
            if expected.month == 13 {
                expected = (expected.year + 1, 1, 1)
                isLeap =
                    expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0)
            }
        }
        #expect(expected == (2370, 1, 1))
    }

    @Test(arguments: [
        "", "2026", "2026-11-23", "2026-11-23T19:55:01", "2026-11-23T19:55:01z",
        "2026-11-23t19:55:01Z", "2026-11-23 19:55:01Z", "2026-11-23T19:55:01+00:00",
        "2026-11-23T19:55:01Z ", " 2026-11-23T19:55:01Z", "2026-11-23T19:55:01Z\n",
        "2026-00-23T19:55:01Z", "2026-13-23T19:55:01Z", "2026-11-00T19:55:01Z",
        "2026-11-31T19:55:01Z", "2026-02-29T19:55:01Z", "2100-02-29T19:55:01Z",
        "2026-11-99T19:55:01Z", "2026-11-23T24:00:00Z", "2026-11-23T19:60:01Z",
        "2026-11-23T19:55:60Z", "2026-11-23T19:55:01.Z", "2026-11-23T19:55:01.1Z",
        "2026-11-23T19:55:01.000000000Z", "2026-11-23T19:55:01.0000000001Z",
        "2026-11-23T19:55:01,123456789Z", "-026-11-23T19:55:01Z", "+026-11-23T19:55:01Z",
        "12026-11-23T19:55:01Z", "2026-1-23T19:55:01Z", "２026-11-23T19:55:01Z",
    ])
    func refusesEveryOtherText(text: String) {
        #expect(CalendarTime.parse(iso8601: text) == nil)
    }

    @Test(arguments: seeds(count: 8))
    func damagedTextIsRefusedOrIsTheTextOfItsMoment(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let text = CalendarTime.iso8601(generator.calendarTimestamp())
            let damaged = String(decoding: generator.damaged(Array(text.utf8)), as: UTF8.self)
            if let time = CalendarTime.parse(iso8601: damaged) {
                #expect(CalendarTime.iso8601(time) == damaged)
            }
        }
    }

    @Test(arguments: [Int64.min, Int64.max])
    func momentsBeyondAllCalendarsStillHaveText(seconds: Int64) {
        let text = CalendarTime.iso8601(Timestamp(seconds: seconds, nanoseconds: 0))
        #expect(text.hasSuffix("Z"))
        #expect(CalendarTime.parse(iso8601: text) == nil)
    }
}
