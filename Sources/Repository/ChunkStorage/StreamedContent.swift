package import Chunking
package import SnapshotModel

/// Saves bytes that come piece by piece, such as a listing, as content cut by the general sizes.
package struct StreamedContent {
    private let stream: ChunkStream
    private let cutter: ChunkCutter
    private var content: ContentBuilder
    private var buffer: [UInt8] = []

    /// Content that is saved through `stream`.
    package init(to stream: ChunkStream, cutter: ChunkCutter) {
        self.stream = stream
        self.cutter = cutter
        content = ContentBuilder(listsTo: stream)
    }

    /// Appends bytes.
    package mutating func append(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
        // Cutting when two chunks have gathered moves each byte of the buffer once, not often.
        if buffer.count >= 2 * cutter.maximumInBytes { cut(isLast: false) }
    }

    /// The content of all that was appended.
    package mutating func finish() -> Content {
        cut(isLast: true)
        return content.finish()
    }

    private mutating func cut(isLast: Bool) {
        var start = 0
        buffer.withUnsafeBytes { bytes in
            while start < bytes.count, isLast || bytes.count - start >= cutter.maximumInBytes {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
                let length = cutter.length(of: rest)
                let id = stream.save(UnsafeRawBufferPointer(rebasing: rest[..<length]))
                content.append(id, sizeInBytes: length)
                start += length
            }
        }
        buffer.removeFirst(start)
    }
}
