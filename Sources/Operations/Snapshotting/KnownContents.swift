import ChunkStorage
import SnapshotModel

/// Whether content that the stat cache names can be relied on; for one thread.
///
/// The cache remembers which tables listed everything when it was written. Tables never change, so
/// while they are all there everything is still listed. When one is gone, merged by another
/// machine most likely, each content is looked up chunk by chunk.
final class KnownContents {
    /// Whether everything that the cache names is known without looking it up.
    let isAllKnown: Bool
    private let index: ChunkIndex
    private let loader: ChunkLoader

    init(isAllKnown: Bool, index: ChunkIndex, loader: ChunkLoader) {
        self.isAllKnown = isAllKnown
        self.index = index
        self.loader = loader
    }

    /// Whether the value of an attribute is listed, or stands in the entry.
    func isKnown(_ attribute: ExtendedAttribute) -> Bool {
        attribute.content.map(isKnown) ?? true
    }

    /// Whether all chunks of the content are listed, those of its lists included.
    func isKnown(_ content: Content) -> Bool {
        if isAllKnown { return true }
        do {
            try index.prepare()
            guard content.chunks.allSatisfy(index.rely) else { return false }
            var isKnown = true
            if content.levels > 0 {
                // Loading a list proves that it is there; what it lists is asked one by one.
                try loader.forEachChunk(of: content) { if !index.rely(on: $0) { isKnown = false } }
            }
            return isKnown
        } catch {
            // A list that cannot be loaded cannot be relied on; the file is read again.
            return false
        }
    }
}
