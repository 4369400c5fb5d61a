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
    /// So much may be gathered when nothing is freed: fewer packs are fewer requests.
    private static let gatheredInBytes: UInt64 = 8 * 1024 * 1024

    private let policy: PrunePolicy
    private let packs: [PackUsage]
    private var plan = PrunePlan()
    private var victims: Set<PackID> = []

    /// Chooses victims.
    ///
    /// Packs with nothing live in them are deleted. Then those with the most waste for each live
    /// byte are copied, until the policy is content. Then small packs are gathered, if there are
    /// many.
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
        var (repacked, freed): (UInt64, UInt64) = (0, 0)
        for pack in candidates.filter({ $0.unusedInBytes > 0 }).sorted(by: Self.isWorse) {
            if plan.estimate.unusedAfterInBytes <= policy.limit(ofTotal: plan.estimate.keptInBytes)
            {
                return
            }
            guard hasBudget(for: pack.liveInBytes) else { continue }
            let worth = Self.worth
            // The next ones have less waste for each byte, so they would not pay either.
            guard
                (repacked + pack.liveInBytes) * worth.freed
                    <= (freed + pack.unusedInBytes) * worth.repacked
            else { return }
            repacked += pack.liveInBytes
            freed += pack.unusedInBytes
            repack(pack)
        }
    }

    private mutating func gatherSmall() {
        let small = candidates.filter { $0.sizeInBytes < policy.packTargetInBytes / 2 }
            .sorted { ($0.sizeInBytes, $0.id) < ($1.sizeInBytes, $1.id) }
        var counts: [Int: Int] = [:]
        for pack in small { counts[Self.tier(pack.sizeInBytes), default: 0] += 1 }
        let full = counts.filter { $0.value >= Self.packsPerTier }.keys.max()
        guard let full else { return }
        var gathered: [PackUsage] = []
        var bytes: UInt64 = 0
        for pack in small where Self.tier(pack.sizeInBytes) <= full {
            let next = bytes + pack.liveInBytes
            guard hasBudget(for: next), isWorth(gathering: next) else { break }
            gathered.append(pack)
            bytes += pack.liveInBytes
        }
        // Fewer make no difference worth their copies.
        guard gathered.count >= Self.packsPerTier else { return }
        for pack in gathered { repack(pack) }
        plan.estimate.gatheredPacks = gathered.count
    }

    /// Whether so much may be gathered, besides what is copied already.
    private func isWorth(gathering bytes: UInt64) -> Bool {
        let (worth, estimate) = (Self.worth, plan.estimate)
        if estimate.freedInBytes == 0 { return bytes <= Self.gatheredInBytes }
        return (estimate.repackedInBytes + bytes) * worth.freed
            <= estimate.freedInBytes * worth.repacked
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
