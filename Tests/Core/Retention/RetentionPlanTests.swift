import Retention
import SnapshotModel
import TestSupport
import Testing

/// What is true of every policy and every history.
struct RetentionPlanTests {
    private struct Case {
        var generator: SeededGenerator
        let zone: ZoneTable
        let snapshots: [RetentionCandidate]
        let policy: RetentionPolicy
        let hours: Int?
        let now: Timestamp
        let grouping: SnapshotGrouping

        init(_ seed: UInt64) throws {
            generator = SeededGenerator(seed: seed)
            let (zone, start) = generator.zoneAndStart()
            self.zone = zone
            snapshots = generator.history(from: start, count: 0...40)
            (policy, hours) = try generator.policy()
            grouping = SnapshotGrouping(byHost: generator.oneIn(2), byPaths: generator.oneIn(2))
            // Some of them are from the future now and then.
            now =
                generator.oneIn(3)
                ? snapshots.randomElement(using: &generator)?.time
                    ?? Timestamp(seconds: 0, nanoseconds: 0)
                : Timestamp(seconds: 1 << 40, nanoseconds: 0)
        }

        func plan(
            _ snapshots: [RetentionCandidate]? = nil, _ policy: RetentionPolicy? = nil
        ) -> RetentionPlan {
            RetentionPlan(
                snapshots ?? self.snapshots, policy ?? self.policy, by: grouping, now: now,
                clock: zone.clock)
        }
    }

    private func kept(_ plan: RetentionPlan) -> [RetentionCandidate] {
        plan.groups.flatMap { $0.decisions.filter(\.isKept).map(\.snapshot) }
    }

    @Test(arguments: seeds(count: 150))
    func `the plan is that of the slow and obvious way`(seed: UInt64) throws {
        let example = try Case(seed)
        let slow = SlowRetention(
            policy: example.policy, hours: example.hours, now: example.now, zone: example.zone)
        let groups = example.plan().groups
        #expect(groups.flatMap(\.decisions).count == example.snapshots.count)
        for group in groups {
            let expected = slow.reasons(group.decisions.map(\.snapshot))
            for decision in group.decisions {
                #expect(
                    decision.reasons.map(\.description) == expected[decision.snapshot.id],
                    "\(example.zone)")
            }
            #expect(group.keepsNothing == expected.values.allSatisfy(\.isEmpty))
            let times = group.decisions.map(\.snapshot.time)
            #expect(times == times.sorted())
        }
    }

    @Test(arguments: seeds(count: 100))
    func `the order of the snapshots does not matter`(seed: UInt64) throws {
        var example = try Case(seed)
        let other = example.snapshots.shuffled(using: &example.generator)
        #expect(example.plan() == example.plan(other))
    }

    @Test(arguments: seeds(count: 100))
    func `groups do not know of each other`(seed: UInt64) throws {
        let example = try Case(seed)
        let groups = example.plan().groups
        for group in groups {
            let alone = example.plan(group.decisions.map(\.snapshot))
            #expect(alone.groups == [group])
            for snapshot in group.decisions.map(\.snapshot) {
                if example.grouping.byHost { #expect(snapshot.host == group.key.host) }
                if example.grouping.byPaths { #expect(Set(snapshot.paths) == group.paths) }
            }
        }
        #expect(groups.map(\.key) == groups.map(\.key).sorted())
        #expect(Set(groups.map(\.key)).count == groups.count)
    }

    @Test(arguments: seeds(count: 100))
    func `applied again the same policy forgets nothing more`(seed: UInt64) throws {
        let example = try Case(seed)
        let once = kept(example.plan())
        let again = example.plan(once)
        #expect(kept(again) == once)
    }

    @Test(arguments: seeds(count: 200))
    func `who asks for more loses nothing`(seed: UInt64) throws {
        var example = try Case(seed)
        var more = example.policy
        func larger(_ count: KeepCount?) -> KeepCount? {
            switch count {
            case .atMost(let count):
                example.generator.oneIn(4)
                    ? .all : .atMost(count + example.generator.number(in: 0...3))
            case .all: .all
            case nil: example.generator.keepCount()
            }
        }
        more.last = larger(more.last)
        for period in RetentionPeriod.allCases {
            more.periods[period] = larger(more.periods[period])
        }
        more.tags.insert("z")
        let hours = (example.hours ?? 0) + example.generator.number(in: 1...30)
        more.within = try CalendarSpan(parsing: "\(hours)h")
        let (few, many) = (Set(kept(example.plan())), Set(kept(example.plan(nil, more))))
        #expect(few.isSubset(of: many))
    }

    @Test func `without rules nothing is kept, and that can be told`() throws {
        let example = try Case(1)
        let plan = example.plan(nil, RetentionPolicy())
        #expect(RetentionPolicy().isEmpty)
        #expect(kept(plan).isEmpty)
        #expect(!plan.groups.isEmpty)
        #expect(plan.emptiedGroups == plan.groups)
        #expect(example.plan([]).groups.isEmpty)
    }

    @Test func `a group without the tag is emptied, the other is not`() {
        let snapshots = ["a", "b"].enumerated().map { number, host in
            RetentionCandidate(
                id: SnapshotID(RandomBits(high: 0, low: UInt64(number))),
                time: Timestamp(seconds: 0, nanoseconds: 0), host: host, paths: [],
                tags: host == "a" ? ["x"] : [])
        }
        var policy = RetentionPolicy()
        policy.tags = ["x"]
        #expect(!policy.isEmpty)
        let plan = RetentionPlan(
            snapshots, policy, now: Timestamp(seconds: 1, nanoseconds: 0), clock: .utc)
        #expect(plan.groups.map(\.keepsNothing) == [false, true])
        #expect(plan.emptiedGroups.map(\.key.host) == ["b"])
    }

    @Test(arguments: [Int64.min, Int64.max])
    func `moments beyond all calendars do no harm`(seconds: Int64) throws {
        let snapshot = RetentionCandidate(
            id: SnapshotID(RandomBits(high: 0, low: 1)),
            time: Timestamp(seconds: seconds, nanoseconds: 0), host: "", paths: [])
        var policy = RetentionPolicy()
        policy.within = try CalendarSpan(parsing: "1000y12000m52200w366000d8784000h")
        for period in RetentionPeriod.allCases { policy.periods[period] = .all }
        let plan = RetentionPlan(
            [snapshot], policy, now: snapshot.time, clock: ZoneTable.lordHowe.clock)
        #expect(plan.groups.first?.decisions.first?.reasons.count ?? 0 >= 6)
    }
}

extension RetentionGroup {
    /// The paths of the group, as a set.
    fileprivate var paths: Set<[UInt8]>? { key.paths.map { Set($0) } }
}
