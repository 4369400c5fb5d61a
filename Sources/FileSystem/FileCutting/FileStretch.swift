package import Chunking
import WorkerThreads

/// Bytes of a file, and what is known of them before it is known where chunks begin.
package final class FileStretch: @unchecked Sendable {
    // @unchecked: the bytes are filled before the object is made. The room is filled by the one
    // stitcher that takes the stretch, before anybody else sees the chunks.

    /// Stretches come and go by the thousand, and few of them are there at a time.
    private static let pool = MemoryPool(capacityInBytes: 8 * 1024 * 1024)

    private let pooled: PooledMemory
    private let roomInBytes: Int
    /// How many bytes of the file it has.
    package let sizeInBytes: Int
    /// Whether the file ends with it.
    package let isLast: Bool
    /// Where chunks may end; `nil` if nobody has looked, or in vain.
    let marks: BoundaryMarks?

    /// Has memory filled.
    /// - Parameters:
    ///   - roomInBytes: for the rest of the stretch before; the largest chunk, or 0 for the first
    ///     stretch of all.
    ///   - mostInBytes: how much may come. Less is the end of the file.
    ///   - offset: where in the file.
    ///   - cutter: looks for marks; `nil` to do without.
    ///   - fill: fills memory from its start, and tells how far.
    package init<Failure: Error>(
        roomInBytes: Int, mostInBytes: Int, at offset: UInt64, markedBy cutter: ChunkCutter?,
        fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        pooled = Self.pool.take(capacity: roomInBytes + mostInBytes)
        self.roomInBytes = roomInBytes
        do throws(Failure) {
            let bytes = UnsafeMutableRawBufferPointer(
                rebasing: pooled.bytes[roomInBytes..<roomInBytes + mostInBytes])
            sizeInBytes = try fill(bytes)
            marks = cutter?.marks(
                in: UnsafeRawBufferPointer(rebasing: bytes[..<sizeInBytes]), at: offset)
        } catch {
            Self.pool.give(pooled)
            throw error
        }
        isLast = sizeInBytes < mostInBytes
    }

    deinit { Self.pool.give(pooled) }

    private var memory: UnsafeMutableRawBufferPointer { pooled.bytes }

    /// Puts the last bytes of the stretch before in front of these.
    /// - Parameter count: no more than there is room for.
    func prepend(_ count: Int, of previous: FileStretch) {
        memory[(roomInBytes - count)..<roomInBytes].copyBytes(
            from: previous.bytes(from: previous.sizeInBytes - count))
    }

    /// The bytes from one on.
    /// - Parameter position: counted from the first byte of the stretch; less than 0 for what was
    ///   put in front of it.
    func bytes(from position: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: memory[(roomInBytes + position)..<(roomInBytes + sizeInBytes)])
    }
}
