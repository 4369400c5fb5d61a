import ChunkStorage
import RepositoryFormat
import SnapshotModel
import Synchronization

/// What of the packs cannot be used.
final class DamageMap: Sendable {
    private struct Block: Hashable {
        let pack: PackID
        let offset: UInt32
    }

    private struct Chunk: Hashable {
        let pack: PackID
        let id: ChunkID
    }

    private struct State {
        /// How many bytes are really there, for packs that are cut off; 0 for missing ones.
        var sizes: [PackID: UInt64] = [:]
        var blocks: Set<Block> = []
        var chunks: Set<Chunk> = []
    }

    private let state = Mutex(State())

    /// Notes that a pack ends after so many bytes.
    func limit(_ pack: PackID, to sizeInBytes: UInt64) {
        state.withLock { $0.sizes[pack] = sizeInBytes }
    }

    /// Notes that a chunk in a pack has other bytes than its name says.
    func add(_ pack: PackID, _ chunk: ChunkID) {
        state.withLock { _ = $0.chunks.insert(Chunk(pack: pack, id: chunk)) }
    }

    /// Notes that a block cannot be read at all.
    func add(_ pack: PackID, blockAt offset: UInt32) {
        state.withLock { _ = $0.blocks.insert(Block(pack: pack, offset: offset)) }
    }

    /// Whether a place of a chunk is good, as far as is known.
    func isGood(_ id: ChunkID, at location: ChunkLocation) -> Bool {
        state.withLock { state in
            if let size = state.sizes[location.pack], location.block.end > size { return false }
            return !state.chunks.contains(Chunk(pack: location.pack, id: id))
                && !state.blocks.contains(
                    Block(pack: location.pack, offset: location.block.offset))
        }
    }
}
