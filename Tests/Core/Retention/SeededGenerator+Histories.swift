import Retention
import SnapshotModel
import TestSupport

extension SeededGenerator {
    /// A zone, and a moment near one of its changes.
    mutating func zoneAndStart() -> (zone: ZoneTable, start: Int64) {
        let zone = pick(ZoneTable.all)
        let start = zone.changes.isEmpty ? 1_795_463_701 : pick(zone.changes.map(\.at))
        return (zone, start + Int64(number(in: -5_000_000...500_000)))
    }

    /// Snapshots at all distances, several at one moment among them, in any order.
    mutating func history(from start: Int64, count: ClosedRange<Int>) -> [RetentionCandidate] {
        var seconds = start
        let snapshots = array(count) { generator in
            let most = generator.pick([0, 1, 100, 2000, 10_000, 90_000, 700_000, 5_000_000])
            seconds += Int64(generator.number(in: 0...most))
            return RetentionCandidate(
                id: SnapshotID(using: &generator),
                time: Timestamp(
                    seconds: seconds, nanoseconds: UInt32(generator.number(in: 0...1))),
                host: generator.pick(["a", "b"]),
                paths: generator.pick([[[1]], [[1], [2]], [[2], [1]]]),
                tags: generator.array(0...2) { $0.pick(["x", "y", "z"]) }.reduce(into: []) {
                    if !$0.contains($1) { $0.append($1) }
                })
        }
        return snapshots.shuffled(using: &self)
    }

    mutating func keepCount() -> KeepCount? {
        oneIn(2) ? nil : oneIn(6) ? .all : .atMost(number(in: 1...6))
    }

    /// A policy of some rules, perhaps none.
    mutating func policy() throws -> (policy: RetentionPolicy, hours: Int?) {
        var policy = RetentionPolicy()
        policy.last = keepCount()
        for period in RetentionPeriod.allCases { policy.periods[period] = keepCount() }
        if oneIn(3) { policy.tags = Set(array(0...2) { $0.pick(["x", "y", "w"]) }) }
        let hours = oneIn(2) ? pick([1, 2, 24, 36, 1000]) : nil
        policy.within = try hours.map { try CalendarSpan(parsing: "\($0)h") }
        return (policy, hours)
    }
}
