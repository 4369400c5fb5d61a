import ChunkStorage
import SnapshotModel

/// Whether content that the stat cache names can be relied on; for one thread.
///
/// The cache remembers which tables listed everything when it was written. Tables never change, so
/// while they are all there everything is still listed. When one is gone, merged by another
/// machine most likely, each content is looked up chunk by chunk.
final class KnownContents {
    /// Who tells what is listed; `nil` when everything that the cache names is known.
    private let index: ChunkIndex?
    private let loader: ChunkLoader?

    private init(_ index: ChunkIndex?, _ loader: ChunkLoader?) {
        self.index = index
        self.loader = loader
    }

    /// Asks an index.
    convenience init(index: ChunkIndex, loader: ChunkLoader) { self.init(index, loader) }

    /// Relies on everything.
    static var everything: KnownContents { KnownContents(nil, nil) }

    /// Whether everything that the cache names is known without looking it up.
    var isAllKnown: Bool { index == nil }

    /// Whether the value of an attribute is listed, or stands in the entry.
    func isKnown(_ attribute: ExtendedAttribute) -> Bool {
        attribute.content.map(isKnown) ?? true
    }

    /// Whether all chunks of the content are listed, those of its lists included.
    func isKnown(_ content: Content) -> Bool {
        guard let index else { return true }
        do {
            try index.prepare()
            guard content.chunks.allSatisfy(index.rely) else { return false }
            var isKnown = true
            if content.levels > 0 {
                // Loading a list proves that it is there; what it lists is asked one by one.
                try loader?.forEachChunk(of: content) { if !index.rely(on: $0) { isKnown = false } }
            }
            return isKnown
        } catch {
            // A list that cannot be loaded cannot be relied on; the file is read again.
            return false
        }
    }
}
