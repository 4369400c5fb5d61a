import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel
import TestSupport
import Testing

/// Forgetting by rules.
struct PolicyTests {
    /// A few rules, in the plainest words: what is kept of one group, sorted oldest first.
    private static func kept(
        of group: [Manifest], last: Int?, days: Int?, tag: String?
    ) -> Set<SnapshotID> {
        var kept: Set<SnapshotID> = []
        if let last { kept.formUnion(group.suffix(last).map(\.id)) }
        if let days {
            var newestOfDay: [Int64: SnapshotID] = [:]
            for manifest in group { newestOfDay[manifest.time.seconds / 86_400] = manifest.id }
            let newest = newestOfDay.keys.sorted().suffix(days)
            kept.formUnion(newest.compactMap { newestOfDay[$0] })
        }
        if let tag { kept.formUnion(group.filter { $0.tags.contains(tag) }.map(\.id)) }
        return kept
    }

    @Test(arguments: seeds(count: 24))
    func `what is left is what a plain model keeps, and the rest is below forgotten`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        var history = try History(seed: seed)
        var (present, gone): (Set<String>, Set<String>) = ([], [])
        for _ in 0..<3 {
            try history.grow(generator.number(in: 0...15))
            present.formUnion(history.manifests.map(History.name).filter { !gone.contains($0) })
            let last = generator.oneIn(2) ? generator.number(in: 1...4) : nil
            let days = last == nil || generator.oneIn(2) ? generator.number(in: 1...5) : nil
            let tag = generator.oneIn(3) ? "keep" : nil
            let host = generator.oneIn(4) ? "river" : nil
            let groups = Dictionary(
                grouping: history.manifests.filter { manifest in
                    present.contains(History.name(manifest))
                        && manifest.host == host ?? manifest.host
                }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
            ) { [$0.host] + $0.paths.map { String(decoding: $0, as: UTF8.self) } }
            var forgotten: Set<String> = []
            for group in groups.values {
                let kept = Self.kept(of: group, last: last, days: days, tag: tag)
                forgotten.formUnion(group.filter { !kept.contains($0.id) }.map(History.name))
            }
            let plan = try history.forget { settings in
                settings.policy.last = last.map(KeepCount.atMost)
                settings.policy.periods[.daily] = days.map(KeepCount.atMost)
                settings.policy.tags = Set(tag.map { [$0] } ?? [])
                settings.filter.host = host
            }
            present.subtract(forgotten)
            gone.formUnion(forgotten)
            #expect(plan.forgottenCount == forgotten.count)
            #expect(plan.groups.count == groups.count)
            #expect(
                plan.keptCount + plan.forgottenCount == groups.values.reduce(0) { $0 + $1.count })
            #expect(try history.names(ObjectNames.snapshots) == present)
            #expect(try history.names(ObjectNames.forgotten) == gone)
        }
    }

    @Test func `rules that are applied again forget nothing more`() throws {
        var history = try History()
        try history.grow(40)
        let change: (inout ForgetSettings) -> Void = { settings in
            settings.policy.last = .atMost(2)
            settings.policy.periods[.daily] = .atMost(3)
        }
        #expect(try history.forget(change).forgottenCount > 0)
        #expect(try history.forget(change).forgottenCount == 0)
    }

    @Test func `a plan changes nothing`() throws {
        var history = try History()
        try history.grow(20)
        let before = try history.store.list(prefix: "")
        let recording = RecordingStore(history.store)
        let forgetter = Forgetter(try Repository.open(in: recording))
        let plan = try history.makePlan(forgetter) { $0.policy.last = .atMost(1) }
        #expect(plan.forgottenCount > 0)
        #expect(try history.store.list(prefix: "") == before)
        #expect(recording.calls.allSatisfy { [.get, .list].contains($0.operation) })
    }

    @Test func `a group of which nothing would be kept is refused, and all others with it`() throws
    {
        var history = try History()
        try history.save(at: 0, host: "lake", tags: ["gold"])
        try history.save(at: 1, host: "lake")
        try history.save(at: 2, host: "river")
        let error = #expect(throws: ForgetError.self) {
            try history.forget { $0.policy.tags = ["gold"] }
        }
        #expect(error?.code == .keepsNothing)
        #expect(error?.groups.map(\.key.host) == ["river"])
        #expect(try history.names(ObjectNames.snapshots).count == 3)
        #expect(try history.names(ObjectNames.forgotten).isEmpty)
        let plan = try history.forget { settings in
            settings.policy.tags = ["gold"]
            settings.allowsEmpty = true
        }
        #expect(plan.forgottenCount == 2)
        #expect(
            try history.names(ObjectNames.snapshots) == [History.name(history.manifests[0])])
    }

    @Test func `damaged manifests are left alone, and count for nothing`() throws {
        var history = try History()
        for second in 0..<5 { try history.save(at: Int64(second)) }
        let damaged = ObjectKey(ObjectNames.snapshots + History.name(history.manifests[4]))
        let faulty = FaultyStore(history.store)
        try faulty.flip(damaged, bit: 1000)
        let plan = try history.forget(through: faulty) { $0.policy.last = .atMost(2) }
        #expect(plan.damaged.map(\.key) == [damaged])
        // Two that can be read are kept beside it.
        let left = history.manifests.suffix(3).map(History.name)
        #expect(try history.names(ObjectNames.snapshots) == Set(left))
    }

    @Test func `without rules all that pass the filter are forgotten, if that is allowed`() throws {
        var history = try History()
        try history.save(at: 0, host: "lake")
        try history.save(at: 1, host: "river")
        #expect(throws: ForgetError.self) { try history.forget { $0.filter.host = "river" } }
        try history.forget { settings in
            settings.filter.host = "river"
            settings.allowsEmpty = true
        }
        #expect(
            try history.names(ObjectNames.snapshots) == [History.name(history.manifests[0])])
    }
}
