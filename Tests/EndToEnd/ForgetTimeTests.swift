import Foundation
import TestSupport
import Testing

/// What clocks and zones do to `forget`.
struct ForgetTimeTests {
    private var shelf: SnapshotShelf

    init() throws { shelf = try SnapshotShelf() }

    /// The numbers of the snapshots that rules keep in a zone.
    private func kept(_ arguments: String..., zone: String = "UTC") throws -> [Int] {
        let run = try shelf.tool.start(
            ["forget", "--dry-run", "--json"] + arguments, environment: ["TZ": zone]
        ).wait()
        #expect(run.exitCode == 0, "\(run.text)\(run.error)")
        return try run.objects().filter { $0["action"] as? String == "keep" }
            .compactMap { Int(($0["id"] as? String ?? "").prefix(8)) }
    }

    /// So many seconds from now.
    private func moment(_ seconds: Double) -> String {
        let formatter = ISO8601DateFormatter()
        return formatter.string(from: Date().addingTimeInterval(seconds))
    }

    @Test mutating func `days are those of the local zone`() throws {
        for time in ["2026-01-10T21:30:00Z", "2026-01-10T23:30:00Z", "2026-01-11T04:30:00Z"] {
            try shelf.plant(time)
        }
        // One day and the next; all on the 11th; all on the 10th.
        #expect(try kept("--keep-daily", "all") == [2, 3])
        #expect(try kept("--keep-daily", "-1", zone: "Asia/Tokyo") == [3])
        #expect(try kept("--keep-daily", "5", zone: "America/New_York") == [3])
        #expect(try kept("--keep-daily", "5", zone: "Europe/Berlin") == [1, 3])
    }

    @Test mutating func `an hour that the clock shows twice is one`() throws {
        // On 25 October 2026 clocks in Berlin go back at 01:00 UTC.
        for time in ["2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z", "2026-10-25T02:15:00Z"] {
            try shelf.plant(time)
        }
        #expect(try kept("--keep-hourly", "9") == [1, 2, 3])
        #expect(try kept("--keep-hourly", "9", zone: "Europe/Berlin") == [2, 3])
        let run = try shelf.forget("--keep-hourly", "9", zone: "Europe/Berlin")
        #expect(run.lines[1] == "  forget  00000001  2026-10-25 02:15:00+02:00")
        #expect(
            run.lines[2] == "  keep    00000002  2026-10-25 02:15:00+01:00  hourly 2026-10-25 02")
    }

    @Test mutating func `a day before is the same time of day, though clocks have changed`() throws
    {
        // On 29 March 2026 clocks in Berlin go forward: the day has 23 hours.
        for time in ["2026-03-28T18:30:00Z", "2026-03-28T19:30:00Z", "2026-03-29T18:00:00Z"] {
            try shelf.plant(time)
        }
        #expect(try kept("--keep-within", "1d") == [1, 2, 3])
        #expect(try kept("--keep-within", "1d", zone: "Europe/Berlin") == [2, 3])
        #expect(try kept("--keep-within", "24h", zone: "Europe/Berlin") == [1, 2, 3])
    }

    @Test mutating func `a snapshot from the future does not move the span`() throws {
        let hour = 3600.0
        try shelf.plant(moment(-72 * hour))
        try shelf.plant(moment(-20 * hour))
        try shelf.plant(moment(-1 * hour))
        // Somebody's clock is five days ahead.
        try shelf.plant(moment(5 * 24 * hour))
        #expect(try kept("--keep-within", "24h") == [2, 3, 4])
        // It is the newest all the same.
        #expect(try kept("--keep-last", "1") == [4])
        #expect(try kept("--keep-daily", "1") == [4])
        #expect(try shelf.forget("--keep-within", "24h").exitCode == 0)
        #expect(try shelf.numbers() == [2, 3, 4])
    }

    @Test mutating func `when all are from the future all are within the span`() throws {
        try shelf.plant("9998-01-01T00:00:00Z")
        try shelf.plant("9999-12-31T23:59:59Z")
        #expect(try kept("--keep-within", "1h") == [1, 2])
        #expect(try kept("--keep-yearly", "1") == [2])
        #expect(try shelf.forget("--keep-last", "1", zone: "Asia/Tokyo").exitCode == 0)
    }

    @Test mutating func `rules that are applied again forget nothing more`() throws {
        for day in 10...29 {
            try shelf.plant("2026-10-\(day)T00:30:00Z")
            try shelf.plant("2026-10-\(day)T22:30:00Z")
        }
        let rules = ["--keep-last", "3", "--keep-daily", "5", "--keep-weekly", "4"]
        let arguments = ["forget", "--json"] + rules
        let zone = ["TZ": "Europe/Berlin"]
        let first = try shelf.tool.start(arguments, environment: zone).wait()
        let second = try shelf.tool.start(arguments, environment: zone).wait()
        #expect(try first.objects().last?["forgotten"] as? Int ?? 0 > 20)
        #expect(try second.objects().last?["forgotten"] as? Int == 0)
        let kept = try first.objects().last?["kept"] as? Int
        #expect(try second.objects().last?["kept"] as? Int == kept)
    }
}
