// Finds one entry of a directory without reading all of its listing: entries ascend by name, so the
// chunks can be halved until the place is found. What is read is read as in a walk, verified chunk
// by chunk; what is not read is not looked at, so damage elsewhere in the listing does no harm.

import ChunkStorage
import RepositoryFormat
import SnapshotModel

/// Looks for a name in a listing, for one thread.
struct ListingSearch {
    /// Shorter listings are read from their start: they mostly lie in one block.
    private static let fewChunks = 64

    private let loader: ChunkLoader
    private let chunks: [ChunkID]
    private let name: FileName

    init(_ loader: ChunkLoader, _ listing: Content, for name: FileName) throws {
        self.loader = loader
        self.name = name
        var chunks: [ChunkID] = []
        try loader.forEachChunk(of: listing) { chunks.append($0) }
        self.chunks = chunks
    }

    /// Finds the entry.
    /// - Returns: `nil` when the listing does not have it.
    /// - Throws: `RepositoryError` `.damaged`; `FormatError` when a line breaks a rule.
    func entry() throws -> Entry? {
        let first = chunks.count > Self.fewChunks ? try findChunk() : 0
        var decoder = ListingDecoder()
        for position in first..<chunks.count {
            let entries = try loader.load(chunks[position]) { bytes in
                let isCut = position == first && first > 0
                return try decoder.decode(isCut ? Self.wholeLines(of: bytes) : bytes)
            }
            for entry in entries where !(entry.name < name) {
                return entry.name == name ? entry : nil
            }
        }
        try decoder.finish()
        return nil
    }

    /// The chunk in which, or behind which, the line of the name begins.
    private func findChunk() throws -> Int {
        // Invariant: the first whole line of `low`, or the listing's start, is not behind the name;
        // that of `high`, if there is one, is.
        var (low, high) = (0, chunks.count)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            guard let (position, first) = try firstLine(from: middle, before: high) else {
                high = middle
                continue
            }
            if name < first { high = middle } else { low = position }
        }
        return low
    }

    /// The first line that begins in one of some chunks, all but those that begin with a chunk.
    /// - Returns: `nil` when none of them has a whole one.
    private func firstLine(
        from start: Int, before end: Int
    ) throws -> (position: Int, name: FileName)? {
        for position in start..<end {
            let found = try loader.load(chunks[position]) { bytes -> FileName? in
                let rest = Self.wholeLines(of: bytes)
                guard let end = rest.firstIndex(of: Self.lineFeed) else { return nil }
                var decoder = ListingDecoder()
                return try decoder.decode(UnsafeRawBufferPointer(rebasing: rest[...end])).first?
                    .name
            }
            if let found { return (position, found) }
        }
        return nil
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// What stands behind the first end of a line: a chunk may begin anywhere in one.
    private static func wholeLines(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let end = bytes.firstIndex(of: lineFeed) else {
            return UnsafeRawBufferPointer(rebasing: bytes[bytes.endIndex...])
        }
        return UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
    }
}
