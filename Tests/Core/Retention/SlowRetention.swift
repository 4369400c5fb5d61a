import Foundation
import Retention
import SnapshotModel

/// A policy applied in the most obvious way, with the local time of each snapshot as a text.
struct SlowRetention {
    let policy: RetentionPolicy
    let hours: Int?
    let now: Timestamp
    let zone: ZoneTable

    /// The reasons for each snapshot of one group.
    func reasons(_ group: [RetentionCandidate]) -> [SnapshotID: [String]] {
        var reasons: [SnapshotID: [String]] = [:]
        let sorted = group.sorted { left, right in
            left.time == right.time ? left.id > right.id : left.time > right.time
        }
        for (place, snapshot) in sorted.enumerated() {
            var texts: [String] = []
            if isAmongLast(place) { texts.append("last \(place + 1)") }
            if let hours, isWithin(snapshot, hours, sorted) { texts.append("within \(hours)h") }
            for period in ["minutely", "hourly", "daily", "weekly", "monthly", "yearly"] {
                let slot = name(period, snapshot)
                if isKept(period, slot, snapshot, sorted) { texts.append("\(period) \(slot)") }
            }
            for tag in snapshot.tags.sorted() where policy.tags.contains(tag) {
                texts.append("tag \(tag)")
            }
            reasons[snapshot.id] = texts
        }
        return reasons
    }

    private func isAmongLast(_ place: Int) -> Bool {
        switch policy.last {
        case .atMost(let count): place < count
        case .all: true
        case nil: false
        }
    }

    private func isWithin(
        _ snapshot: RetentionCandidate, _ hours: Int, _ group: [RetentionCandidate]
    ) -> Bool {
        guard let newest = group.map(\.time).filter({ $0 <= now }).max() else { return true }
        let start = Timestamp(
            seconds: newest.seconds - Int64(3600 * hours), nanoseconds: newest.nanoseconds)
        return snapshot.time > start
    }

    private func isKept(
        _ period: String, _ slot: String, _ snapshot: RetentionCandidate,
        _ sorted: [RetentionCandidate]
    ) -> Bool {
        guard let kind = RetentionPeriod(rawValue: period), let count = policy.periods[kind] else {
            return false
        }
        // Names of slots in the order of their newest snapshots.
        var names: [String] = []
        for other in sorted where !names.contains(name(period, other)) {
            names.append(name(period, other))
        }
        let isFirst = sorted.first { name(period, $0) == slot }?.id == snapshot.id
        switch count {
        case .all: return isFirst
        case .atMost(let most): return isFirst && names.prefix(most).contains(slot)
        }
    }

    private func name(_ period: String, _ snapshot: RetentionCandidate) -> String {
        let seconds = snapshot.time.seconds
        let local = Timestamp(
            seconds: seconds + Int64(zone.offset(at: seconds)), nanoseconds: 0)
        let text = CalendarTime.iso8601(local).replacing("T", with: " ")
        let lengths = ["minutely": 16, "hourly": 13, "daily": 10, "monthly": 7, "yearly": 4]
        if let length = lengths[period] { return String(text.prefix(length)) }
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.yearForWeekOfYear, .weekOfYear],
            from: Date(timeIntervalSince1970: Double(local.seconds)))
        let week = parts.weekOfYear ?? 0
        return "\(parts.yearForWeekOfYear ?? 0)-W\(week < 10 ? "0" : "")\(week)"
    }
}
