/// Consecutive chunks of a file with their bytes.
package final class ChunkedBytes: @unchecked Sendable {
    // @unchecked: `memory` is filled before the object is made and only read afterwards.

    private let memory: UnsafeMutableRawBufferPointer
    /// The length of each chunk in bytes.
    package let lengths: [Int]

    /// Takes over memory that begins with the chunks.
    init(memory: UnsafeMutableRawBufferPointer, lengths: [Int]) {
        self.memory = memory
        self.lengths = lengths
    }

    deinit { memory.deallocate() }

    /// The bytes of all the chunks.
    package var sizeInBytes: Int { lengths.reduce(0, +) }

    /// Calls `body` with the bytes of each chunk, in order.
    package func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var start = 0
        for length in lengths {
            try body(UnsafeRawBufferPointer(rebasing: memory[start..<start + length]))
            start += length
        }
    }
}
