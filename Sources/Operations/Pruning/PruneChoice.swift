import ChunkMarking
import RepositoryAccess
import SnapshotModel

/// Chooses the packs that a prune gives up.
struct PruneChoice {
    let plan: PrunePlan

    /// - Parameter ended: sessions that nobody has to care for any more, beside those that the view
    ///   shows: the pruner's own, and such as it has just declared dead.
    /// - Throws: `FormatError` when a table has an entry that breaks a rule.
    init(
        _ looker: RepositoryLooker, _ look: RepositoryLook, _ settings: PruneSettings,
        ended: Set<SessionID>
    ) throws {
        let standing = look.standing
        var usages = try UsageCounter.count(looker.marks) { standing($0) == .stays }
        let listed = Set(usages.map(\.id))
        for (id, pack) in look.packs where !listed.contains(id) && standing(id) == .stays {
            usages.append(
                PackUsage(unlisted: id, sizeInBytes: pack.sizeInBytes, isYoung: false))
        }
        let others = look.view.openSessions.filter { !ended.contains($0) }
        for number in usages.indices {
            usages[number].isYoung = Self.isYoung(look.packs[usages[number].id], others, look)
        }
        plan = PrunePlanner.plan(usages, settings.policy)
    }

    /// Whether an open session may be at work with a pack: one that is older than the pack. To give
    /// such a pack up would be safe and in vain.
    private static func isYoung(
        _ pack: SeenPack?, _ sessions: [SessionID], _ look: RepositoryLook
    ) -> Bool {
        guard let written = pack?.modified else { return false }
        return sessions.contains { id in
            guard let session = look.view.sessions[id], session.leaseInSeconds > 0,
                let opened = session.modified
            else { return false }
            return opened <= written
        }
    }
}
