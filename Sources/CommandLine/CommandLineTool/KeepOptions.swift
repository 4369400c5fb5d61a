internal import ArgumentParser
import Retention

/// Which snapshots a policy keeps, and how it is applied.
struct KeepOptions: ParsableArguments {
    // What follows such an option is its value, also with a minus in front: -1 stands for all.

    @Option(
        parsing: .unconditional, help: "Keep the newest N of each group; N may be \"all\".",
        transform: { try explained($0, KeepCount.init) })
    var keepLast: KeepCount?

    @Option(
        parsing: .unconditional,
        help: "Keep what is that much older than the newest of the group at most: 36h, 7d, 1y6m.",
        transform: { try explained($0, CalendarSpan.init) })
    var keepWithin: CalendarSpan?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N minutes.",
        transform: { try explained($0, KeepCount.init) })
    var keepMinutely: KeepCount?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N hours.",
        transform: { try explained($0, KeepCount.init) })
    var keepHourly: KeepCount?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N days.",
        transform: { try explained($0, KeepCount.init) })
    var keepDaily: KeepCount?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N weeks.",
        transform: { try explained($0, KeepCount.init) })
    var keepWeekly: KeepCount?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N months.",
        transform: { try explained($0, KeepCount.init) })
    var keepMonthly: KeepCount?

    @Option(
        parsing: .unconditional, help: "Keep the newest snapshot of each of the last N years.",
        transform: { try explained($0, KeepCount.init) })
    var keepYearly: KeepCount?

    @Option(help: "Keep what has this tag; may be given several times.")
    var keepTag: [String] = []

    @Option(
        help: """
            What snapshots have in common that a policy is applied to together: host, path, \
            "host,path", or "" for nothing. (default: host,path)
            """,
        transform: { try explained($0, SnapshotGrouping.init) })
    var groupBy: SnapshotGrouping?

    @Flag(help: "Forget all snapshots of a group of which the rules keep none.")
    var allowEmpty = false

    /// The rules.
    var policy: RetentionPolicy {
        var policy = RetentionPolicy()
        policy.last = keepLast
        policy.within = keepWithin
        let periods: [(RetentionPeriod, KeepCount?)] = [
            (.minutely, keepMinutely), (.hourly, keepHourly), (.daily, keepDaily),
            (.weekly, keepWeekly), (.monthly, keepMonthly), (.yearly, keepYearly),
        ]
        for (period, count) in periods { policy.periods[period] = count }
        policy.tags = Set(keepTag)
        return policy
    }

    /// Whether there is anything that snapshots forgotten by name have no use for.
    var isGiven: Bool { !policy.isEmpty || groupBy != nil || allowEmpty }
}

private func explained<Value>(
    _ text: String, _ parse: (String) throws(PolicyError) -> Value
) throws -> Value {
    do {
        return try parse(text)
    } catch {
        throw ValueProblem("\(error)", try: error.remedy)
    }
}
