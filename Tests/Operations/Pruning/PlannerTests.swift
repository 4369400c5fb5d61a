import Pruning
import SnapshotModel
import TestSupport
import Testing

/// What a plan of a prune keeps to, whatever the packs are like.
struct PlannerTests {
    private static let target: UInt64 = 32 * 1024 * 1024

    private static func policy(
        _ unused: PrunePolicy.MaximumUnused = PrunePolicy.usualMaximumUnused,
        repack: UInt64? = nil
    ) -> PrunePolicy {
        PrunePolicy(
            maximumUnused: unused, maximumRepackInBytes: repack, packTargetInBytes: target)
    }

    /// Packs near the size of the target, so that none of them is small.
    private static func largePacks(
        _ count: ClosedRange<Int>, _ generator: inout SeededGenerator
    ) -> [PackUsage] {
        generator.array(count) { generator in
            let size = UInt64(generator.number(in: 20...32)) * 1024 * 1024
            let live = generator.oneIn(4) ? 0 : UInt64.random(in: 0...size, using: &generator)
            let dead = UInt64.random(in: 0...size - live, using: &generator)
            return PackUsage(
                id: PackID(generator.digest()), sizeInBytes: size,
                liveDataInBytes: live - live / 8, liveMetadataInBytes: live / 8,
                duplicateInBytes: size - live - dead, deadInBytes: dead,
                isYoung: generator.oneIn(8))
        }
    }

    /// Packs far below the target, each with a table that is neither used nor unused.
    /// - Parameter wasted: at most so many hundredths of each are unused.
    private static func smallPacks(
        _ count: ClosedRange<Int>, wasted: Int = 0, _ generator: inout SeededGenerator
    ) -> [PackUsage] {
        generator.array(count) { generator in
            let size = UInt64(generator.number(in: 200...200_000))
            let dead = size * UInt64(generator.number(in: 0...wasted)) / 100
            return PackUsage(
                id: PackID(generator.digest()), sizeInBytes: size,
                liveDataInBytes: (size - dead) / 10 * 9, deadInBytes: dead)
        }
    }

    private static func anyPacks(_ generator: inout SeededGenerator) -> [PackUsage] {
        // Often nothing is unused, or little; sometimes packs of the lower tiers only.
        let large = generator.oneIn(2) ? [] : largePacks(0...20, &generator)
        let wasted = [0, 1, 10, 50, 100][generator.number(in: 0...4)]
        let small = smallPacks(0...100, wasted: wasted, &generator)
        return large + small
    }

    private static func anyPolicy(_ generator: inout SeededGenerator) -> PrunePolicy {
        let unused: PrunePolicy.MaximumUnused =
            switch generator.number(in: 0...3) {
            case 0: .unlimited
            case 1: .bytes(UInt64(generator.number(in: 0...50)) * 1024 * 1024)
            default: .fraction(Double(generator.number(in: 0...100)) / 200)
            }
        let repack = generator.oneIn(2) ? UInt64(generator.number(in: 0...200_000_000)) : nil
        return policy(unused, repack: repack)
    }

    @Test(arguments: seeds(count: 200))
    func `the same packs give the same plan in any order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let packs = Self.anyPacks(&generator)
        let policy = Self.anyPolicy(&generator)
        let plan = PrunePlanner.plan(packs, policy)
        for _ in 0..<3 {
            #expect(PrunePlanner.plan(packs.shuffled(using: &generator), policy) == plan)
        }
    }

    @Test(arguments: seeds(count: 200))
    func `limits hold and estimates add up`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = Self.anyPacks(&generator)
        let policy = Self.anyPolicy(&generator)
        let plan = PrunePlanner.plan(packs, policy)
        let byID = Dictionary(uniqueKeysWithValues: packs.map { ($0.id, $0) })
        let deleted = plan.deletes.compactMap { byID[$0] }
        let repacked = plan.repacks.compactMap { byID[$0] }
        #expect(deleted.count == plan.deletes.count && repacked.count == plan.repacks.count)
        #expect(Set(plan.victims).count == plan.victims.count)
        #expect((deleted + repacked).allSatisfy { !$0.isYoung })
        // All that can go without a copy goes, and only that.
        #expect(
            Set(plan.deletes)
                == Set(packs.filter { $0.liveInBytes == 0 && !$0.isYoung }.map(\.id)))
        #expect(repacked.allSatisfy { $0.liveInBytes > 0 })
        let estimate = plan.estimate
        let copied = repacked.reduce(0) { $0 + $1.liveInBytes }
        #expect(estimate.repackedInBytes == copied)
        if let most = policy.maximumRepackInBytes { #expect(copied <= most) }
        let freed = (deleted + repacked).reduce(0) { $0 + $1.sizeInBytes - $1.liveInBytes }
        #expect(estimate.freedInBytes == freed)
        let total = packs.reduce(0) { $0 + $1.sizeInBytes }
        #expect(estimate.totalInBytes == total && estimate.keptInBytes == total - freed)
        let kept = packs.filter { !plan.victims.contains($0.id) }
        #expect(estimate.unusedAfterInBytes == kept.reduce(0) { $0 + $1.unusedInBytes })
        #expect(estimate.deletedPacks == deleted.count)
        #expect(estimate.repackedPacks == repacked.count)
        #expect(estimate.packs == packs.count)
    }

    @Test(arguments: seeds(count: 500))
    func `when anything is unused, all copies come to one and a half times what goes at most`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        let packs = Self.anyPacks(&generator)
        let plan = PrunePlanner.plan(packs, Self.anyPolicy(&generator))
        let repacked = plan.estimate.repackedInBytes
        guard packs.contains(where: { $0.unusedInBytes > 0 }) else {
            #expect(repacked <= 8 * 1024 * 1024)
            return
        }
        #expect(repacked * 2 <= plan.estimate.freedInBytes * 3)
        // Tables of packs are not what pays: the copies have some, too.
        let victims = Set(plan.victims)
        let unused = packs.filter { victims.contains($0.id) }.reduce(0) { $0 + $1.unusedInBytes }
        #expect(repacked * 2 <= unused * 3)
    }

    /// Every choice of packs to copy, from none to all.
    private func choices(_ packs: [PackUsage]) -> [[PackUsage]] {
        (0..<1 << packs.count).map { bits in
            packs.indices.filter { bits & 1 << $0 != 0 }.map { packs[$0] }
        }
    }

    private func live(_ packs: [PackUsage]) -> UInt64 { packs.reduce(0) { $0 + $1.liveInBytes } }
    private func unused(_ packs: [PackUsage]) -> UInt64 {
        packs.reduce(0) { $0 + $1.unusedInBytes }
    }

    @Test(arguments: seeds(count: 100))
    func `no choice of packs does with much less copying, or gets rid of much more`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        // None is small, so all are chosen for their waste.
        let packs = Self.largePacks(1...9, &generator).map { pack in
            var pack = pack
            pack.isYoung = false
            return pack
        }
        let fraction = generator.oneIn(2) ? 0.1 : 0.02
        let plan = PrunePlanner.plan(packs, Self.policy(.fraction(fraction)))
        let candidates = packs.filter { $0.liveInBytes > 0 }
        // What goes without copies pays, too.
        let free = unused(packs.filter { $0.liveInBytes == 0 })
        let affordable = choices(candidates).filter {
            live($0) * 2 <= (free + unused($0)) * 3
        }
        let chosen = packs.filter { plan.repacks.contains($0.id) }
        let total = candidates.reduce(0) { $0 + $1.sizeInBytes }
        func isReached(_ choice: [PackUsage]) -> Bool {
            let left = unused(candidates) - unused(choice)
            return left <= UInt64(fraction * Double(total - unused(choice)))
        }
        // Whatever keeps the rules can be reached by taking the worst packs first, up to the pack
        // that crosses the line.
        if isReached(chosen) {
            let best = affordable.filter(isReached).map(live).min() ?? .max
            #expect(live(chosen) <= best + (chosen.map(\.liveInBytes).max() ?? 0))
            return
        }
        let most = affordable.map(unused).max() ?? 0
        #expect(most < unused(chosen) + (candidates.map(\.unusedInBytes).max() ?? 0))
        // Each further pack would break the rule.
        for pack in candidates where !plan.repacks.contains(pack.id) && pack.unusedInBytes > 0 {
            let more = chosen + [pack]
            #expect(live(more) * 2 > (free + unused(more)) * 3)
        }
    }

    @Test func `many small packs become few, and a few are left alone`() {
        var generator = SeededGenerator(seed: 3)
        let many = Self.smallPacks(10_000...10_000, &generator)
        let plan = PrunePlanner.plan(many, Self.policy(.unlimited))
        #expect(plan.estimate.gatheredPacks == plan.repacks.count)
        // The smallest first, up to 8 MiB, for nothing pays for them.
        let limit: UInt64 = 8 * 1024 * 1024
        #expect((limit / 10 * 9...limit).contains(plan.estimate.repackedInBytes))
        let gathered = Set(plan.repacks)
        let largest = many.filter { gathered.contains($0.id) }.map(\.liveInBytes).max() ?? 0
        #expect(many.allSatisfy { $0.liveInBytes >= largest || gathered.contains($0.id) })
        // Beside much that is deleted, copying all of them pays.
        let unused = PackUsage(
            id: PackID(generator.digest()), sizeInBytes: 1_000_000_000,
            deadInBytes: 1_000_000_000)
        let whole = PrunePlanner.plan(many + [unused], Self.policy(.unlimited))
        #expect(many.count - whole.repacks.count < 100)
        #expect(whole.deletes == [unused.id])
        let few = Self.smallPacks(15...15, &generator)
        #expect(PrunePlanner.plan(few, Self.policy(.unlimited)).repacks.isEmpty)
    }

    @Test func `small packs with waste pay for gathering others, and those that do not stay`() {
        var generator = SeededGenerator(seed: 8)
        func packs(_ count: Int, live: UInt64, dead: UInt64) -> [PackUsage] {
            (0..<count).map { _ in
                PackUsage(
                    id: PackID(generator.digest()), sizeInBytes: live + dead,
                    liveDataInBytes: live, deadInBytes: dead)
            }
        }
        let full = packs(40, live: 10_000, dead: 0)
        // Nothing pays for these: a little waste ends the allowance.
        let little = packs(1, live: 10_000, dead: 1)
        #expect(PrunePlanner.plan(full + little, Self.policy(.unlimited)).repacks.isEmpty)
        // 20 packs may have 270,000 bytes copied, 250,000 more than they need themselves.
        let bad = packs(20, live: 1000, dead: 9000)
        let plan = PrunePlanner.plan(full + bad, Self.policy(.unlimited))
        #expect(Set(plan.repacks).isSuperset(of: bad.map(\.id)))
        #expect(plan.estimate.gatheredPacks == 45)
        #expect(plan.estimate.repackedInBytes == 270_000)
    }

    @Test func `gathering small packs after each few snapshots copies each byte a few times`() {
        var generator = SeededGenerator(seed: 4)
        var packs: [PackUsage] = []
        var copied: UInt64 = 0
        var written: UInt64 = 0
        for _ in 0..<2000 {
            let size: UInt64 = 10_000
            written += size
            packs.append(
                PackUsage(
                    id: PackID(generator.digest()), sizeInBytes: size, liveDataInBytes: size))
            let plan = PrunePlanner.plan(packs, Self.policy())
            if plan.repacks.isEmpty { continue }
            copied += plan.estimate.repackedInBytes
            packs.removeAll { plan.repacks.contains($0.id) }
            packs.append(
                PackUsage(
                    id: PackID(generator.digest()), sizeInBytes: plan.estimate.repackedInBytes,
                    liveDataInBytes: plan.estimate.repackedInBytes))
        }
        #expect(packs.count < 60)
        #expect(copied < 5 * written)
    }

    @Test func `a pack that no table lists is deleted unless it is young`() {
        var generator = SeededGenerator(seed: 5)
        let old = PackUsage(
            unlisted: PackID(generator.digest()), sizeInBytes: 100, isYoung: false)
        let young = PackUsage(
            unlisted: PackID(generator.digest()), sizeInBytes: 100, isYoung: true)
        let plan = PrunePlanner.plan([old, young], Self.policy())
        #expect(plan.deletes == [old.id])
        #expect(plan.estimate.freedInBytes == 100)
        #expect(plan.estimate.unusedAfterInBytes == 100)
    }

    @Test func `nothing gives an empty plan`() {
        #expect(PrunePlanner.plan([], Self.policy()) == PrunePlan())
    }
}
