package import Chunking

/// Cuts stretches that follow each other where one piece of all of them would be cut.
///
/// Where the marks of a stretch are known, a chunk costs some 64 steps of the hash; otherwise it is
/// looked through from its minimum on. Pure: it reads nothing.
package struct ChunkStitcher {
    private let cutter: ChunkCutter
    /// Where the next chunk begins.
    package private(set) var offset: UInt64 = 0
    /// How many bytes behind that the last stretch has.
    private var restInBytes = 0
    private var previous: FileStretch?
    /// The marks of the rest, and of more before it.
    private var marks: BoundaryMarks?

    /// A stitcher for an input that it sees from its beginning.
    package init(_ cutter: ChunkCutter) { self.cutter = cutter }

    /// Where the next stretch begins.
    package var end: UInt64 { offset + UInt64(restInBytes) }

    /// Goes on somewhere else, where a chunk begins.
    package mutating func skip(to offset: UInt64) {
        self.offset = offset
        restInBytes = 0
        previous = nil
        marks = nil
    }

    /// Cuts what can be cut for certain, and keeps the rest for the next stretch.
    /// - Parameter stretch: the bytes at `end`, with as much room as the largest chunk has, or
    ///   none for the first one.
    /// - Returns: `nil` for less than a chunk.
    package mutating func cut(_ stretch: FileStretch) -> ChunkedBytes? {
        let begin = -restInBytes
        if let previous { stretch.prepend(restInBytes, of: previous) }
        let bytes = stretch.bytes(from: begin)
        takeMarks(of: stretch, bytes)
        var lengths: [Int] = []
        var start = 0
        while start < bytes.count, stretch.isLast || bytes.count - start >= cutter.maximumInBytes {
            let length = length(of: UnsafeRawBufferPointer(rebasing: bytes[start...]))
            lengths.append(length)
            start += length
            offset += UInt64(length)
        }
        restInBytes = bytes.count - start
        previous = stretch
        return lengths.isEmpty ? nil : ChunkedBytes(stretch, from: begin, lengths: lengths)
    }

    private mutating func takeMarks(of stretch: FileStretch, _ bytes: UnsafeRawBufferPointer) {
        guard let next = stretch.marks, marks != nil else {
            marks = stretch.marks
            return
        }
        marks?.append(next, to: bytes, seam: restInBytes, by: cutter)
    }

    private mutating func length(of bytes: UnsafeRawBufferPointer) -> Int {
        marks?.length(of: bytes, at: offset, by: cutter) ?? cutter.length(of: bytes)
    }
}
