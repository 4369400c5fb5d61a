import Cryptography
package import SnapshotModel

/// Tells chunks of zeros by their names, without reading them.
package struct ZeroChunks {
    /// Holes are cut into pages, or into pieces of the largest size: all are whole pages. So few
    /// lengths need the hash that this costs nothing.
    private static let stepInBytes: UInt32 = 4096
    /// What is hashed at once.
    private static let pieceInBytes = 64 * 1024

    private var ids: [UInt32: ChunkID] = [:]

    /// Knows no length yet.
    package init() {}

    /// Whether a chunk is all zeros. Those that are no whole number of pages count as data.
    /// - Parameter length: of the chunk, in bytes, as an index table tells.
    package mutating func contains(_ id: ChunkID, length: UInt32) -> Bool {
        guard length > 0, length % Self.stepInBytes == 0 else { return false }
        if let known = ids[length] { return known == id }
        let made = Self.id(length: Int(length))
        ids[length] = made
        return made == id
    }

    private static func id(length: Int) -> ChunkID {
        let zeros = [UInt8](repeating: 0, count: min(length, pieceInBytes))
        var hash = SHA256()
        var rest = length
        while rest > 0 {
            let count = min(rest, zeros.count)
            zeros.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            rest -= count
        }
        return ChunkID(hash.finish())
    }
}
