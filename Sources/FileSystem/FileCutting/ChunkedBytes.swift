/// Consecutive chunks of a file with their bytes.
package struct ChunkedBytes: Sendable {
    private let stretch: FileStretch
    /// Where the first one begins in the stretch.
    private let start: Int
    /// The length of each chunk in bytes.
    package let lengths: [Int]

    init(_ stretch: FileStretch, from start: Int, lengths: [Int]) {
        self.stretch = stretch
        self.start = start
        self.lengths = lengths
    }

    /// The bytes of all the chunks.
    package var sizeInBytes: Int { lengths.reduce(0, +) }

    /// Calls `body` with the bytes of each chunk, in order.
    package func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        let bytes = stretch.bytes(from: start)
        var start = 0
        for length in lengths {
            try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
            start += length
        }
    }
}
