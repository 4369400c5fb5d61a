import SnapshotModel
import Synchronization

/// Which blocks are known to be damaged: none is asked for again and again.
final class BlockHistory: Sendable {
    private struct State {
        var missingPacks: Set<PackID> = []
        var damage: [BlockCache.Key: String] = [:]
        var reread: Set<BlockCache.Key> = []
    }

    private let state = Mutex(State())

    /// Why a block cannot be had; `nil` as long as nothing is known against it.
    func reason(_ key: BlockCache.Key) -> String? {
        state.withLock { state in
            if state.missingPacks.contains(key.pack) { return Self.missing(key.pack) }
            return state.damage[key]
        }
    }

    /// Notes that a pack is not there.
    /// - Returns: the reason for its blocks.
    func noteMissing(_ pack: PackID) -> String {
        state.withLock { _ = $0.missingPacks.insert(pack) }
        return Self.missing(pack)
    }

    /// Whether any pack was missing.
    var hasMissingPacks: Bool { state.withLock { !$0.missingPacks.isEmpty } }

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
