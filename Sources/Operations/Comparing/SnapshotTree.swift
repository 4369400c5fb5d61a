import ChunkStorage
import Cryptography
import FileHandles
package import RepositoryAccess
package import SnapshotModel

/// A snapshot's tree, or a part of it.
package final class SnapshotTree: ComparedTree {
    private final class Stream: EntryStream {
        private var cursor: ListingCursor

        init(_ cursor: ListingCursor) { self.cursor = cursor }

        func next() throws -> Entry? { try cursor.next() }
    }

    private let reader: TreeReader
    private let prefix: [UInt8]

    /// A tree.
    /// - Parameter prefix: the path of the compared folder within the snapshot, for messages.
    package init(_ reader: TreeReader, below prefix: [FileName] = []) {
        self.reader = reader
        self.prefix = Array(prefix.map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
    }

    /// The entries of a folder.
    package func entries(of listing: Content, path: [UInt8]) throws -> any EntryStream {
        let path = path.isEmpty ? prefix : prefix.appending(component: path)
        return Stream(try ListingCursor(reader, listing, path: path))
    }

    /// Never asked: the content of each file is known.
    package func has(_ content: Content, path: [UInt8]) throws -> Bool {
        preconditionFailure("snapshots know the content of their files")
    }

    /// The hash of the names of a file's chunks.
    package func digest(of content: Content, path: [UInt8]) throws -> Digest256 {
        var digest = ChunkListDigest()
        try reader.loader.forEachChunk(of: content) { digest.add($0) }
        return digest.finish()
    }
}

/// The hash of a list of chunks, without the list in memory.
struct ChunkListDigest: ~Copyable {
    private var hash = SHA256()
    private var bytes: [UInt8] = []

    mutating func add(_ id: ChunkID) {
        id.digest.append(to: &bytes)
        // Some chunks at a time are enough to make the calls cheap.
        if bytes.count >= 4096 { flush() }
    }

    private mutating func flush() {
        bytes.withUnsafeBytes { hash.update($0) }
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func finish() -> Digest256 {
        flush()
        return hash.finish()
    }
}
