import ChunkStorage
import FileTree
package import ObjectStore
import RepositoryAccess
import RepositoryFormat
package import SnapshotModel

/// Snapshots that the tool would not make, and objects that are not what they were.
extension Sandbox {
    /// Saves a snapshot whose root has any bytes as its listing.
    package func plant(listing: [UInt8]) throws -> SnapshotID {
        var generator = SeededGenerator(seed: makeRandomBits().low)
        // Cut small, for a chunk has a largest size; cuts may fall anywhere.
        let chunks = stride(from: 0, to: listing.count, by: 4096).map { start in
            Array(listing[start..<min(listing.count, start + 4096)])
        }
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let content = Content(sizeInBytes: UInt64(listing.count), levels: 0, chunks: ids)
        return try plant(root: content)
    }

    /// Saves a snapshot whose root has any content and attributes.
    package func plant(
        root: Content, _ attributes: [ExtendedAttribute] = []
    ) throws -> SnapshotID {
        var generator = SeededGenerator(seed: makeRandomBits().low)
        let metadata = Metadata(
            mode: 0o755, userID: Machine.userID, groupID: Machine.groupID,
            modified: Timestamp(seconds: 0, nanoseconds: 0))
        let manifest = Manifest(
            id: SnapshotID(using: &generator),
            time: Timestamp(seconds: 1_800_000_000, nanoseconds: 0),
            session: SessionID(using: &generator), nonce: Nonce(using: &generator),
            root: RootEntry(
                content: root, metadata: metadata, extendedAttributes: attributes))
        _ = try open().save(manifest)
        return manifest.id
    }

    /// Saves content as one chunk.
    package func saveContent(_ bytes: [UInt8]) throws -> Content {
        var generator = SeededGenerator(seed: makeRandomBits().low)
        let ids = try saveChunks([bytes], to: store, generator.sessionIdentity())
        return Content(sizeInBytes: UInt64(bytes.count), levels: 0, chunks: ids)
    }

    /// Lines of a listing, in the given order.
    package func listing(_ entries: [Entry]) -> [UInt8] {
        var writer = JSONWriter()
        for entry in entries { EntryCodec.append(entry, to: &writer) }
        return writer.bytes
    }

    /// The names of the objects below a prefix.
    package func keys(_ prefix: String) throws -> [ObjectKey] {
        try store.list(prefix: prefix).map(\.key)
    }

    /// Replaces the bytes of an object.
    package func alter(_ key: ObjectKey, _ change: (inout [UInt8]) -> Void) throws {
        var bytes = try store.get(key, .whole).array
        change(&bytes)
        try store.put(key, ObjectBody(bytes))
    }
}
