// Decides which packs a prune gives up: pure, a function of how well they are used. Any choice is
// safe, for whatever is needed is copied before a pack goes; this is about what it costs.

import SnapshotModel

/// Chooses the victims of a prune.
package struct PrunePlanner {
    /// Copying this many times what it frees is the most that is worth it.
    private static let worth: (repacked: UInt64, freed: UInt64) = (3, 2)
    /// Packs up to this size are all in the first tier; each further one has four times as much.
    private static let firstTierInBytes: UInt64 = 64 * 1024
    private static let tierFactor: UInt64 = 4
    /// So many packs of a tier are gathered. Each byte then is copied once for each tier.
    private static let packsPerTier = 16
    /// So much may be gathered where nothing at all is unused: fewer packs are fewer requests.
    private static let gatheredInBytes: UInt64 = 8 * 1024 * 1024

    private let policy: PrunePolicy
    private let packs: [PackUsage]
    private var plan = PrunePlan()
    private var victims: Set<PackID> = []

    /// Chooses victims.
    ///
    /// Packs with nothing live in them are deleted. Then those with the most waste for each live
    /// byte are copied, until the policy is content. Then small packs are gathered, if there are
    /// many. When anything is unused, all that is copied comes to one and a half times of what
    /// is freed at most.
    /// - Parameter packs: all that are there and not condemned, in any order; each once.
    /// - Returns: the same plan for the same packs, whatever their order.
    package static func plan(_ packs: [PackUsage], _ policy: PrunePolicy) -> PrunePlan {
        var planner = PrunePlanner(packs, policy)
        planner.deleteUnused()
        planner.repackWaste()
        planner.gatherSmall()
        planner.plan.deletes.sort()
        planner.plan.repacks.sort()
        return planner.plan
    }

    private init(_ packs: [PackUsage], _ policy: PrunePolicy) {
        self.policy = policy
        self.packs = packs.sorted { $0.id < $1.id }
        plan.estimate.packs = packs.count
        plan.estimate.totalInBytes = packs.reduce(0) { $0 + $1.sizeInBytes }
        plan.estimate.unusedBeforeInBytes = packs.reduce(0) { $0 + $1.unusedInBytes }
        plan.estimate.unusedAfterInBytes = plan.estimate.unusedBeforeInBytes
    }

    /// Packs that may be copied.
    private var candidates: [PackUsage] {
        packs.filter { !$0.isYoung && $0.liveInBytes > 0 && !victims.contains($0.id) }
    }

    private mutating func deleteUnused() {
        for pack in packs where !pack.isYoung && pack.liveInBytes == 0 {
            give(up: pack)
            plan.deletes.append(pack.id)
            plan.estimate.deletedPacks += 1
            plan.estimate.freedInBytes += pack.sizeInBytes
        }
    }

    private mutating func repackWaste() {
        for pack in candidates.filter({ $0.unusedInBytes > 0 }).sorted(by: Self.isWorse) {
            if plan.estimate.unusedAfterInBytes <= policy.limit(ofTotal: plan.estimate.keptInBytes)
            {
                return
            }
            // A smaller one of those that follow may still be worth it.
            guard hasBudget(for: pack.liveInBytes), isWorth(copying: pack) else { continue }
            repack(pack)
        }
    }

    private mutating func gatherSmall() {
        let small = candidates.filter { $0.sizeInBytes < policy.packTargetInBytes / 2 }
        var counts: [Int: Int] = [:]
        for pack in small { counts[Self.tier(pack.sizeInBytes), default: 0] += 1 }
        let full = counts.filter { $0.value >= Self.packsPerTier }.keys.max()
        guard let full else { return }
        // The cheapest first, so that as many as possible are gathered for what may be copied.
        let cheapest = small.filter { Self.tier($0.sizeInBytes) <= full }
            .sorted { (Self.cost($0), $0.id) < (Self.cost($1), $1.id) }
        let (before, hasWaste) = (self, plan.estimate.unusedBeforeInBytes > 0)
        for pack in cheapest where hasBudget(for: pack.liveInBytes) {
            guard hasWaste ? isWorth(copying: pack) : isAllowed(pack) else { break }
            repack(pack)
            plan.estimate.gatheredPacks += 1
        }
        // Fewer make no difference worth their copies.
        if plan.estimate.gatheredPacks < Self.packsPerTier { self = before }
    }

    /// Whether all copies, with those of this pack, are worth what goes that is unused, be it in
    /// packs that are deleted as they are.
    ///
    /// A pack's own table of chunks does not count as freed, for the copies need one too.
    private func isWorth(copying pack: PackUsage) -> Bool {
        let (worth, estimate) = (Self.worth, plan.estimate)
        let freed = estimate.unusedBeforeInBytes - estimate.unusedAfterInBytes
        return (estimate.repackedInBytes + pack.liveInBytes) * worth.freed
            <= (freed + pack.unusedInBytes) * worth.repacked
    }

    /// Whether a pack may be gathered without anything that pays for it.
    private func isAllowed(_ pack: PackUsage) -> Bool {
        plan.estimate.repackedInBytes + pack.liveInBytes <= Self.gatheredInBytes
    }

    /// What copying a pack costs beyond what its own waste pays for; less than 0 where that pays
    /// for others too.
    private static func cost(_ pack: PackUsage) -> Int64 {
        // Only small packs are gathered, so neither product is near the limit.
        Int64(pack.liveInBytes * worth.freed) - Int64(pack.unusedInBytes * worth.repacked)
    }

    private func hasBudget(for bytes: UInt64) -> Bool {
        policy.maximumRepackInBytes.map { plan.estimate.repackedInBytes + bytes <= $0 } ?? true
    }

    private mutating func repack(_ pack: PackUsage) {
        give(up: pack)
        plan.repacks.append(pack.id)
        plan.estimate.repackedPacks += 1
        plan.estimate.repackedInBytes += pack.liveInBytes
        plan.estimate.freedInBytes += pack.sizeInBytes - pack.liveInBytes
    }

    private mutating func give(up pack: PackUsage) {
        victims.insert(pack.id)
        plan.estimate.unusedAfterInBytes -= pack.unusedInBytes
    }

    /// Whether a pack has more waste for each live byte; of equal ones, more waste.
    private static func isWorse(_ left: PackUsage, _ right: PackUsage) -> Bool {
        // Multiplied out, for a quotient would not tell all packs apart.
        let ratios = (
            left.unusedInBytes.multipliedFullWidth(by: right.liveInBytes),
            right.unusedInBytes.multipliedFullWidth(by: left.liveInBytes)
        )
        if ratios.0 != ratios.1 {
            return (ratios.0.high, ratios.0.low) > (ratios.1.high, ratios.1.low)
        }
        return left.unusedInBytes != right.unusedInBytes
            ? left.unusedInBytes > right.unusedInBytes : left.id < right.id
    }

    private static func tier(_ sizeInBytes: UInt64) -> Int {
        var tier = 0
        var limit = firstTierInBytes
        while sizeInBytes > limit {
            limit *= tierFactor
            tier += 1
        }
        return tier
    }
}
