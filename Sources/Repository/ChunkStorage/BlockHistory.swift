import SnapshotModel
import Synchronization

/// Which blocks are known to be damaged: none is asked for again and again.
final class BlockHistory: Sendable {
    private struct State {
        /// With the number of looks at the tables that had begun before.
        var missingPacks: [PackID: Int] = [:]
        var damage: [BlockCache.Key: String] = [:]
        var reread: Set<BlockCache.Key> = []
    }

    private let state = Mutex(State())

    /// Why a block cannot be had; `nil` as long as nothing is known against it.
    func reason(_ key: BlockCache.Key) -> String? {
        state.withLock { state in
            if state.missingPacks[key.pack] != nil { return Self.missing(key.pack) }
            return state.damage[key]
        }
    }

    /// Notes that a pack is not there.
    /// - Parameter looks: how many looks at the tables had begun.
    /// - Returns: the reason for its blocks.
    func noteMissing(_ pack: PackID, looks: Int) -> String {
        state.withLock { state in
            if state.missingPacks[pack] == nil { state.missingPacks[pack] = looks }
        }
        return Self.missing(pack)
    }

    /// How many looks at the tables had begun when the last of these packs was missed.
    /// - Returns: `nil` when none of them was.
    func looks(beforeMissing packs: some Sequence<PackID>) -> Int? {
        state.withLock { state in packs.compactMap { state.missingPacks[$0] }.max() }
    }

    /// Notes that a block was damaged when it was read twice.
    func noteDamage(_ key: BlockCache.Key, _ reason: String) {
        state.withLock { $0.damage[key] = reason }
    }

    /// Notes that a block is read once more.
    /// - Returns: `false` when that was noted before.
    func noteReread(_ key: BlockCache.Key) -> Bool {
        state.withLock { $0.reread.insert(key).inserted }
    }

    private static func missing(_ pack: PackID) -> String { "pack \(pack) is missing" }
}
