import Synchronization

/// One bit for each entry of an index table; any number of threads set and read them.
package final class ChunkBits: @unchecked Sendable {
    // @unchecked: the words are atomic, and their memory lives as long as this object.

    private static let bitsPerWord = 64

    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// All bits are clear.
    package init(count: Int) {
        wordCount = (count + Self.bitsPerWord - 1) / Self.bitsPerWord
        words = .allocate(capacity: wordCount)
        for word in 0..<wordCount { (words + word).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: wordCount)
        words.deallocate()
    }

    /// Whether a bit is set.
    package subscript(position: Int) -> Bool {
        let word = words[position / Self.bitsPerWord].load(ordering: .relaxed)
        return word & Self.mask(position) != 0
    }

    /// Sets a bit.
    /// - Returns: whether it was clear; of several threads that set it at once, one gets `true`.
    @discardableResult
    package func set(_ position: Int) -> Bool {
        // Most chunks are set often, and reading a word disturbs no other thread.
        if self[position] { return false }
        let mask = Self.mask(position)
        let old = words[position / Self.bitsPerWord].bitwiseOr(mask, ordering: .relaxed).oldValue
        return old & mask == 0
    }

    /// How many bits are set.
    package var count: Int {
        (0..<wordCount).reduce(0) { $0 + words[$1].load(ordering: .relaxed).nonzeroBitCount }
    }

    private static func mask(_ position: Int) -> UInt64 { 1 << UInt64(position % bitsPerWord) }
}
