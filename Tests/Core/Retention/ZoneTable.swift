import Retention

/// A zone of the world as a table of its changes.
struct ZoneTable: Sendable, CustomStringConvertible {
    let description: String
    /// The offset before the first change, in seconds.
    let first: Int
    /// When the offset changes, in seconds since 1970, and to what.
    let changes: [(at: Int64, offset: Int)]

    func offset(at seconds: Int64) -> Int {
        changes.last { $0.at <= seconds }?.offset ?? first
    }

    var clock: LocalClock { LocalClock { offset(at: $0) } }

    static let utc = ZoneTable(description: "UTC", first: 0, changes: [])
    /// 2026-03-29 and 2026-10-25, at 01:00 UTC.
    static let berlin = ZoneTable(
        description: "Europe/Berlin", first: 3600,
        changes: [(1_774_746_000, 7200), (1_792_890_000, 3600)])
    /// 2026-04-04 at 15:00 UTC and 2026-10-03 at 15:30 UTC, by half an hour.
    static let lordHowe = ZoneTable(
        description: "Australia/Lord_Howe", first: 39_600,
        changes: [(1_775_314_800, 37_800), (1_791_041_400, 39_600)])
    /// 2011-12-30 was left out: from UTC-10 to UTC+14.
    static let apia = ZoneTable(
        description: "Pacific/Apia", first: -36_000, changes: [(1_325_239_200, 50_400)])
    static let all = [utc, berlin, lordHowe, apia]
}
