import Chunking
package import FileHandles

/// Reads a file as stretches of whole chunks, and passes over holes without reading them. A stream
/// gives the same chunks as a file with the same bytes.
package struct LargeFileReader {
    /// A stretch of the file.
    package enum Piece {
        /// Chunks with their bytes.
        case chunks(ChunkedBytes)
        /// So many chunks of `length` zeros each.
        case zeros(count: Int, length: Int)
    }

    /// Where the bytes come from.
    private enum Source {
        case file(StretchReader)
        case stream(ByteStream)
    }

    private let source: Source
    private let cutters: FileCutters
    private let cutter: ChunkCutter
    private var stitcher: ChunkStitcher
    /// What was read of a stream to find out what it is.
    private var head: FileStretch?
    private var isAtEnd = false

    /// A reader of a whole file.
    /// - Parameter status: how large the file is, and how much of it is allocated.
    package init(
        _ handle: FileHandle, _ status: FileStatus, _ cutters: FileCutters
    ) throws(SystemCallError) {
        self.cutters = cutters
        let head = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ContentKind.headInBytes, alignment: 16)
        defer { head.deallocate() }
        let count = try handle.read(into: head, at: 0)
        cutter = cutters.cutter(
            forHead: UnsafeRawBufferPointer(rebasing: head[..<count]),
            sizeInBytes: status.sizeInBytes)
        stitcher = ChunkStitcher(cutter)
        source = .file(
            StretchReader(
                handle: handle, status: status, cutter: cutter,
                stretchInBytes: cutters.segmentInBytes))
    }

    /// A reader of a whole stream, from where it is.
    ///
    /// How long it will be nobody knows. Where that would decide, it is taken to be a whole number
    /// of sectors: of what looks like a disk, no other length is to be expected.
    package init(_ stream: ByteStream, _ cutters: FileCutters) throws(SystemCallError) {
        source = .stream(stream)
        self.cutters = cutters
        // As much as every file has that is not taken for a small one, so that a shorter stream is
        // known to its end.
        let head = try FileStretch(
            roomInBytes: 0, mostInBytes: cutters.bufferInBytes, at: 0, markedBy: nil
        ) { buffer throws(SystemCallError) in try stream.read(into: buffer) }
        cutter = cutters.cutter(
            forHead: head.bytes(from: 0), sizeInBytes: UInt64(head.sizeInBytes))
        stitcher = ChunkStitcher(cutter)
        self.head = head
    }

    /// What others may read ahead with; `nil` for a stream.
    package var stretches: StretchReader? {
        if case .file(let reader) = source { reader } else { nil }
    }

    /// The next stretch; `nil` at the end of the file.
    /// - Parameter ahead: gives the stretch that begins at an offset, if it was read already.
    package mutating func next(
        ahead: (_ offset: UInt64) throws(SystemCallError) -> FileStretch? = {
            _ throws(SystemCallError) in nil
        }
    ) throws(SystemCallError) -> Piece? {
        if !isAtEnd, let zeros = skipHole() { return zeros }
        while !isAtEnd {
            let stretch: FileStretch
            if let read = try ahead(stitcher.end) { stretch = read } else { stretch = try read() }
            isAtEnd = stretch.isLast
            if let chunks = stitcher.cut(stretch) { return .chunks(chunks) }
        }
        return nil
    }

    /// Reads what comes next.
    private mutating func read() throws(SystemCallError) -> FileStretch {
        switch source {
        case .file(let reader): return try reader.read(at: stitcher.end)
        case .stream(let stream):
            if let head = head.take() { return head }
            return try FileStretch(
                roomInBytes: cutter.maximumInBytes, mostInBytes: cutters.segmentInBytes,
                at: stitcher.end, markedBy: nil
            ) { buffer throws(SystemCallError) in try stream.read(into: buffer) }
        }
    }

    /// A chunk is a function of the `maximumInBytes` that begin with it, so as long as they all lie
    /// in a hole the chunks are known without reading.
    private mutating func skipHole() -> Piece? {
        let offset = stitcher.offset
        guard case .file(let reader) = source, reader.status.lacksBlocks,
            offset < reader.status.sizeInBytes
        else { return nil }
        let size = reader.status.sizeInBytes
        let data = min(reader.handle.nextData(from: offset) ?? size, size)
        let maximum = UInt64(cutter.maximumInBytes)
        guard data >= offset + maximum else { return nil }
        let length = cutters.withZeros(cutter.maximumInBytes) { cutter.length(of: $0) }
        let count = (data - offset - maximum) / UInt64(length) + 1
        // What was read of it lay in the hole, too.
        stitcher.skip(to: offset + count * UInt64(length))
        return .zeros(count: Int(count), length: length)
    }
}
