import RepositoryFormat
import SnapshotModel
import Synchronization

/// Plain blocks that were read lately, bounded in bytes.
final class BlockCache: Sendable {
    struct Key: Hashable {
        let pack: PackID
        let offset: UInt32

        /// The block that a chunk is in.
        init(_ location: ChunkLocation) {
            pack = location.pack
            offset = location.block.offset
        }

        init(pack: PackID, offset: UInt32) {
            self.pack = pack
            self.offset = offset
        }
    }

    private struct Slot {
        let block: [UInt8]
        var lastUse: UInt64
    }

    private struct State {
        var slots: [Key: Slot] = [:]
        var sizeInBytes = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacityInBytes: Int

    init(capacityInBytes: Int) { self.capacityInBytes = capacityInBytes }

    subscript(key: Key) -> [UInt8]? {
        state.withLock { state in
            state.clock += 1
            state.slots[key]?.lastUse = state.clock
            return state.slots[key]?.block
        }
    }

    func remove(_ key: Key) {
        state.withLock { state in
            guard let slot = state.slots.removeValue(forKey: key) else { return }
            state.sizeInBytes -= slot.block.count
        }
    }

    func insert(_ block: [UInt8], for key: Key) {
        state.withLock { state in
            state.clock += 1
            if state.slots[key] != nil { return }
            state.slots[key] = Slot(block: block, lastUse: state.clock)
            state.sizeInBytes += block.count
            // Few blocks fit, so looking at all of them costs less than keeping a list in order.
            while state.sizeInBytes > capacityInBytes, state.slots.count > 1,
                let oldest = state.slots.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.slots[oldest.key] = nil
                state.sizeInBytes -= oldest.value.block.count
            }
        }
    }
}
