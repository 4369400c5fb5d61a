import ChunkStorage
import RepositoryFormat
import SnapshotModel
import Synchronization

/// What of the packs cannot be used.
final class DamageMap: Sendable {
    private struct Place: Hashable {
        let pack: PackID
        let block: UInt32
        /// The chunk's offset in the block; `nil` for the whole block.
        let chunk: UInt32?
    }

    private struct State {
        /// How many bytes are really there, for packs that are cut off; 0 for missing ones.
        var sizes: [PackID: UInt64] = [:]
        var places: Set<Place> = []
        var missing: Set<PackID> = []
    }

    private let state = Mutex(State())

    /// Notes that a pack ends after so many bytes.
    func limit(_ pack: PackID, to sizeInBytes: UInt64) {
        state.withLock { $0.sizes[pack] = sizeInBytes }
    }

    /// Notes that a pack is not there.
    func miss(_ pack: PackID) {
        state.withLock { state in
            state.sizes[pack] = 0
            state.missing.insert(pack)
        }
    }

    /// The packs that are not there.
    var missing: Set<PackID> { state.withLock { $0.missing } }

    /// Notes that a block, or one chunk of it, is not what was written.
    func add(_ pack: PackID, blockAt block: UInt32, chunkAt chunk: UInt32? = nil) {
        let place = Place(pack: pack, block: block, chunk: chunk)
        state.withLock { _ = $0.places.insert(place) }
    }

    /// Whether the place of a chunk is good, as far as is known.
    func isGood(_ location: ChunkLocation) -> Bool {
        state.withLock { state in
            if let size = state.sizes[location.pack], location.block.end > size { return false }
            return [nil, location.offset].allSatisfy { chunk in
                let place = Place(
                    pack: location.pack, block: location.block.offset, chunk: chunk)
                return !state.places.contains(place)
            }
        }
    }
}
