import ChunkStorage
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching

extension SnapshotAttempt {
    /// What the parent has under the name of the stream.
    /// - Parameters:
    ///   - cache: of the parent, where there is one.
    ///   - newest: finds the manifest of the parent otherwise.
    /// - Returns: `nil` without a stream, a parent, or an entry of the name.
    func previousEntry(
        _ cache: StatCache?, _ index: ChunkIndex, newest: () throws -> Manifest?
    ) throws -> Entry? {
        guard let name = settings.stream?.name else { return nil }
        if let cache {
            var cursor = cache.directory([]).map(StatCacheCursor.init)
            while let cached = cursor?.next() {
                if cached.name.elementsEqual(name.bytes) { return cached.entry }
            }
            return nil
        }
        guard let parent = try newest() else { return nil }
        let reader = TreeReader(
            try ChunkLoader(ChunkLoader.Shared(store: repository.store, index: index)))
        do {
            return try reader.entry(at: [name], in: parent.root)
        } catch let error as RepositoryError where error.code != .changed {
            // Another one may have been made of a folder; a damaged one is no reason to make none.
            return nil
        }
    }
}
