/// How the blocks of a run were compressed.
package struct CompressionSummary: Hashable, Sendable {
    /// Plain bytes of the blocks that were compressed at each level.
    package private(set) var bytesAtLevel: [Int: UInt64] = [:]
    /// Bytes of the blocks that are stored as they are.
    package private(set) var rawBytes: UInt64 = 0

    /// No blocks.
    package init() {}

    /// Counts a block.
    /// - Parameter level: `nil` for one that is stored as it is.
    package mutating func add(plainLength: Int, level: Int?) {
        if let level {
            bytesAtLevel[level, default: 0] += UInt64(plainLength)
        } else {
            rawBytes += UInt64(plainLength)
        }
    }

    /// The level of most bytes; the weaker one of two; `nil` when nothing was compressed.
    package var usualLevel: Int? {
        bytesAtLevel.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
