import Foundation
import Retention
import SnapshotModel
import TestSupport
import Testing

/// Histories of which Tests/Golden/make-retention.py has found on its own what is kept.
struct GoldenRetentionTests {
    private struct Golden: Decodable {
        let cases: [Case]
    }

    private struct Case: Decodable {
        struct Snapshot: Decodable {
            let id: String
            let time: String
            let host: String
            let paths: [String]
            let tags: [String]
        }

        let name: String
        let changes: [[Int64]]
        let policy: [String: String]
        let tags: [String]
        let groupBy: String
        let now: String
        let snapshots: [Snapshot]
        let reasons: [String: [String]]
        let emptied: Int
    }

    @Test func `what is kept is what the golden file keeps`() throws {
        let golden = try JSONDecoder().decode(Golden.self, from: Data(goldenFile("retention.json")))
        #expect(golden.cases.count == 7)
        for example in golden.cases {
            let plan = try plan(example)
            var reasons: [String: [String]] = [:]
            for decision in plan.groups.flatMap(\.decisions) {
                reasons["\(decision.snapshot.id)"] = decision.reasons.map(\.description)
            }
            #expect(reasons == example.reasons, "\(example.name)")
            #expect(plan.emptiedGroups.count == example.emptied, "\(example.name)")
        }
    }

    private func plan(_ example: Case) throws -> RetentionPlan {
        var policy = RetentionPolicy()
        for (rule, text) in example.policy {
            switch rule {
            case "last": policy.last = try KeepCount(parsing: text)
            case "within": policy.within = try CalendarSpan(parsing: text)
            default:
                let period = try #require(RetentionPeriod(rawValue: rule))
                policy.periods[period] = try KeepCount(parsing: text)
            }
        }
        policy.tags = Set(example.tags)
        let zone = ZoneTable(
            description: example.name, first: Int(example.changes[0][1]),
            changes: example.changes.map { ($0[0], Int($0[1])) })
        let snapshots = try example.snapshots.map { snapshot in
            RetentionCandidate(
                id: try #require(SnapshotID(hexadecimal: snapshot.id)),
                time: try #require(CalendarTime.parse(iso8601: snapshot.time)),
                host: snapshot.host, paths: snapshot.paths.map { Array($0.utf8) },
                tags: snapshot.tags)
        }
        return RetentionPlan(
            snapshots, policy, by: try SnapshotGrouping(parsing: example.groupBy),
            now: try #require(CalendarTime.parse(iso8601: example.now)), clock: zone.clock)
    }
}
