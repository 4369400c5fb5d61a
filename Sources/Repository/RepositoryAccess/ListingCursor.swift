import ChunkStorage
import RepositoryFormat
package import SnapshotModel

/// Reads the entries of a directory one by one, as they are asked for, on the thread of its reader.
///
/// What is in memory is the names of the listing's chunks and the entries of one of them, so that
/// many listings may be under way at once.
package struct ListingCursor {
    /// How many chunks are looked up before the first of them is read.
    private static let chunksAhead = 512

    private let loader: ChunkLoader
    private let path: [UInt8]
    private let sizeInBytes: UInt64
    private let chunks: [ChunkID]
    private var position = 0
    private var readInBytes: UInt64 = 0
    private var decoder = ListingDecoder()
    private var entries: ArraySlice<Entry> = []

    /// A cursor before the first entry.
    /// - Parameter path: of the directory within the snapshot, for messages.
    /// - Throws: `RepositoryError` `.damaged` when a list of chunks cannot be read.
    package init(_ reader: TreeReader, _ listing: Content, path: [UInt8]) throws {
        loader = reader.loader
        self.path = path
        sizeInBytes = listing.sizeInBytes
        var chunks: [ChunkID] = []
        try loader.forEachChunk(of: listing) { chunks.append($0) }
        self.chunks = chunks
    }

    /// The next entry, ascending by name.
    /// - Returns: `nil` behind the last one.
    /// - Throws: as `TreeReader.forEachEntry`; the cursor must not be used any more then.
    package mutating func next() throws -> Entry? {
        while entries.isEmpty {
            guard position < chunks.count else {
                try finish()
                return nil
            }
            try readChunk()
        }
        return entries.popFirst()
    }

    private mutating func readChunk() throws {
        if position % Self.chunksAhead == 0, chunks.count > 1 {
            let ahead = chunks[position...].prefix(Self.chunksAhead)
            loader.expect(try ahead.compactMap { try loader.shared.index.locations(of: $0).first })
        }
        let id = chunks[position]
        position += 1
        do {
            entries = try loader.load(id) { bytes in
                readInBytes += UInt64(bytes.count)
                return try decoder.decode(bytes)[...]
            }
        } catch let error as FormatError {
            throw TreeReader.damaged(path, error)
        }
    }

    private func finish() throws {
        do {
            try decoder.finish()
        } catch {
            throw TreeReader.damaged(path, error)
        }
        guard readInBytes == sizeInBytes else {
            throw RepositoryError(
                .damaged, "the listing of /\(DisplayText.escape(path)) is damaged",
                cause: "\(readInBytes) bytes, expected \(sizeInBytes)", remedy: "varve check")
        }
    }
}
