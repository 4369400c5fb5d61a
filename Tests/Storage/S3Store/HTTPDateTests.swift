import SnapshotModel
import TestSupport
import Testing

@testable import S3Store

/// Dates in headers.
struct HTTPDateTests {
    @Test(
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 24 May 2013 00:00:00 GMT", 1_369_353_600),
            ("Tue, 24 Nov 2026 12:00:00 GMT", 1_795_521_600),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("  Thu,  29 Feb 2024 23:59:59 UTC ", 1_709_251_199),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ] as [(String, Int64)])
    func `the usual form is read`(_ text: String, _ seconds: Int64) {
        #expect(HTTPDate.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "GMT", "Tue, 24 Nov 2026 12:00:00", "Tue, 24 Nov 2026 12:00:00 CET",
        "Tue, 24 Nov 2026 24:00:00 GMT", "Tue, 31 Nov 2026 12:00:00 GMT",
        "Tue, 24 nov 2026 12:00:00 GMT", "Tue, 4 Nov 2026 12:00:00 GMT",
        "Tuesday, 24-Nov-26 12:00:00 GMT", "Tue Nov 24 12:00:00 2026",
        "2026-11-24T12:00:00Z", "Tue, 24 Nov 12026 12:00:00 GMT", "Tue, -4 Nov 2026 12:00:00 GMT",
        "Tue, 24 Nov 2026 12:00:00 GMT GMT", "Tue, \u{662}4 Nov 2026 12:00:00 GMT",
    ])
    func `no other form is`(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test(arguments: seeds(count: 4))
    func `every second of the years 0 to 9999 is read as it was written`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        for _ in 0..<200 {
            let seconds = Int64(generator.number(in: -62_167_219_200...253_402_300_799))
            let iso = CalendarTime.iso8601(Timestamp(seconds: seconds, nanoseconds: 0))
            let parts = iso.split { "-T:Z".contains($0) }.map(String.init)
            let month = Int(parts[1]).map { months[$0 - 1] } ?? ""
            let text =
                "Day, \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
            #expect(HTTPDate.parse(text) == seconds, "\(text)")
        }
    }
}
