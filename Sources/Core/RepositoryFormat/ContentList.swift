package import SnapshotModel

/// Lists of chunk IDs that are themselves stored as chunks (Specs/repository-format.md section 6).
///
/// A list ends where an ID says so, so a change in the middle of a long list changes one list
/// chunk, as a change in the middle of a file changes one chunk.
package enum ContentList {
    /// Whether the list ends behind `id`, which is its `count`th.
    package static func ends(behind id: ChunkID, count: Int) -> Bool {
        if count >= FormatLimits.listMaximum { return true }
        return count >= FormatLimits.listMinimum
            && id.digest.word3 & FormatLimits.listBoundaryMask == 0
    }

    /// The bytes of a list chunk: the IDs one behind the other.
    package static func encode(_ ids: some Collection<ChunkID>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * Digest256.byteCount)
        for id in ids { id.digest.append(to: &bytes) }
        return bytes
    }

    /// The IDs of a list chunk.
    /// - Throws: `.malformed` when the size is no multiple of 32, zero or beyond the limit.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> [ChunkID] {
        let count = bytes.count / Digest256.byteCount
        guard bytes.count % Digest256.byteCount == 0, (1...FormatLimits.listMaximum) ~= count,
            let base = bytes.baseAddress
        else {
            throw FormatError(.malformed, in: "list of chunks", at: 0, "\(bytes.count) bytes")
        }
        return (0..<count).map {
            ChunkID(Digest256(loading: base + $0 * Digest256.byteCount))
        }
    }
}
