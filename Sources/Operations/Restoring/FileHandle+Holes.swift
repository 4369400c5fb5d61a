import ChunkStorage
import FileHandles

extension FileHandle {
    /// The unit in which file systems allocate, mostly.
    private static let pageInBytes = 4096

    /// Writes bytes to where nothing was written before, but for pages that are zeros.
    func writeData(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(SystemCallError) {
        // What is not written yet begins here.
        var start = 0
        var position = 0
        while position < bytes.count {
            let within = Int((offset + UInt64(position)) % UInt64(Self.pageInBytes))
            let end = min(position + Self.pageInBytes - within, bytes.count)
            // The ends of the bytes may lie within a page; their neighbours may be zeros, too.
            if UnsafeRawBufferPointer(rebasing: bytes[position..<end]).isAllZero {
                try write(bytes, start..<position, at: offset)
                start = end
            }
            position = end
        }
        try write(bytes, start..<bytes.count, at: offset)
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, at offset: UInt64
    ) throws(SystemCallError) {
        guard !range.isEmpty else { return }
        try write(
            UnsafeRawBufferPointer(rebasing: bytes[range]), at: offset + UInt64(range.lowerBound))
    }
}
