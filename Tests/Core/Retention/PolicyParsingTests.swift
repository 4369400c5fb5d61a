import Retention
import Testing

/// How people write policies.
struct PolicyParsingTests {
    @Test(arguments: [
        ("1", KeepCount.atMost(1)), ("007", .atMost(7)), ("1000000", .atMost(1_000_000)),
        ("all", .all), ("-1", .all),
    ])
    func `counts are numbers, or all`(text: String, count: KeepCount) throws {
        #expect(try KeepCount(parsing: text) == count)
        #expect(try KeepCount(parsing: count.description) == count)
    }

    @Test(arguments: [
        ("0", "0 keeps nothing"), ("-0", "0 keeps nothing"), ("-2", "\"-2\" is negative"),
        ("-99999999999999999999", "the number is negative"),
        ("1000001", "more than 1000000 are meant to be all"),
        ("99999999999999999999", "more than 1000000 are meant to be all"),
        ("", "\"\" is no number"), ("-", "\"-\" is no number"), ("--1", "\"--1\" is no number"),
        ("+1", "\"+1\" is no number"), ("1 ", "\"1 \" is no number"),
        ("ALL", "\"ALL\" is no number"),
        ("1.5", "\"1.5\" is no number"), ("\u{663}", "the text is no number"),
        ("\u{1B}[2J", "the text is no number"),
    ])
    func `other counts are refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: PolicyError.self) { try KeepCount(parsing: text) }
        #expect(error?.description == reason)
        #expect(error?.remedy.contains("a number from 1 to 1000000, or all") == true)
    }

    @Test(arguments: [
        ("36h", "36h"), ("7d", "7d"), ("2w", "2w"), ("6m", "6m"), ("1y", "1y"), ("1y6m", "1y6m"),
        ("1y2m3w4d5h", "1y2m3w4d5h"), ("007d", "7d"), ("1000y", "1000y"), ("8784000h", "8784000h"),
    ])
    func `lengths of time are numbers with units`(text: String, shown: String) throws {
        #expect(try CalendarSpan(parsing: text).description == shown)
        #expect(try CalendarSpan(parsing: shown) == CalendarSpan(parsing: text))
    }

    @Test(arguments: [
        ("", "it is empty"), ("7", "a unit is missing behind a number"),
        ("1y7", "a unit is missing behind a number"), ("h", "a number is missing before a unit"),
        ("1yh", "a number is missing before a unit"), ("-1h", "a number is missing before a unit"),
        ("1h2d", "larger units come first, each once"),
        ("1h1h", "larger units come first, each once"), ("1s", "a unit is not known"),
        ("1Y", "a unit is not known"), ("1 h", "a unit is not known"), ("0h", "0 of a unit"),
        ("1y0m", "0 of a unit"), ("1001y", "it is more than 1000 years"),
        ("8784001h", "it is more than 1000 years"), ("1.5h", "a unit is not known"),
        ("99999999999999999999h", "a number is too large"),
        ("\u{663}h", "a number is missing before a unit"),
    ])
    func `other lengths are refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: PolicyError.self) { try CalendarSpan(parsing: text) }
        #expect(error?.description.hasSuffix("is no length of time: \(reason)") == true)
        #expect(error?.remedy.contains("1y6m") == true)
    }

    @Test func `a text that no terminal should see is not repeated`() {
        for text in ["\u{1B}[2J", "1\u{202E}h", String(repeating: "1", count: 10_000)] {
            let error = #expect(throws: PolicyError.self) { try CalendarSpan(parsing: text) }
            #expect(error?.description.hasPrefix("the text is no") == true)
        }
    }

    @Test(arguments: [
        ("", false, false), ("host", true, false), ("path", false, true), ("paths", false, true),
        ("host,path", true, true), ("path,host", true, true),
    ])
    func `groups are by host, by path, by both or by neither`(
        text: String, byHost: Bool, byPaths: Bool
    ) throws {
        let expected = SnapshotGrouping(byHost: byHost, byPaths: byPaths)
        #expect(try SnapshotGrouping(parsing: text) == expected)
    }

    @Test(arguments: [",", "host,", "tag", "host,host", "path,paths", "Host", "host path"])
    func `other groups are refused`(text: String) {
        let error = #expect(throws: PolicyError.self) { try SnapshotGrouping(parsing: text) }
        #expect(error?.description == "\"\(text)\" is no way to group snapshots")
    }
}
