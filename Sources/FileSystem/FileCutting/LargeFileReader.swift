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
        /// A file with the status that it had at first.
        case file(FileHandle, FileStatus)
        case stream(ByteStream)
    }

    private let source: Source
    private let cutters: FileCutters
    private let cutter: ChunkCutter
    /// Where the next chunk begins.
    private var offset: UInt64 = 0
    /// Bytes that were read and not cut yet; they begin at `offset`.
    private var rest: [UInt8] = []
    private var isAtEnd = false

    /// A reader of a whole file.
    /// - Parameter status: how large the file is, and how much of it is allocated.
    package init(
        _ handle: FileHandle, _ status: FileStatus, _ cutters: FileCutters
    ) throws(SystemCallError) {
        source = .file(handle, status)
        self.cutters = cutters
        let head = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ContentKind.headInBytes, alignment: 16)
        defer { head.deallocate() }
        let count = try handle.read(into: head, at: 0)
        cutter = cutters.cutter(
            forHead: UnsafeRawBufferPointer(rebasing: head[..<count]),
            sizeInBytes: status.sizeInBytes)
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
        let head = UnsafeMutableRawBufferPointer.allocate(
            byteCount: cutters.bufferInBytes, alignment: 16)
        defer { head.deallocate() }
        let count = try stream.read(into: head)
        let bytes = UnsafeRawBufferPointer(rebasing: head[..<count])
        cutter = cutters.cutter(forHead: bytes, sizeInBytes: UInt64(count))
        rest = Array(bytes)
    }

    /// The next stretch; `nil` at the end of the file.
    package mutating func next() throws(SystemCallError) -> Piece? {
        if isAtEnd { return nil }
        if let zeros = skipHole() { return zeros }
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: cutters.segmentInBytes + cutter.maximumInBytes, alignment: 4096)
        memory.copyBytes(from: rest)
        let count: Int
        do throws(SystemCallError) {
            count = try read(into: UnsafeMutableRawBufferPointer(rebasing: memory[rest.count...]))
        } catch {
            memory.deallocate()
            throw error
        }
        let filled = rest.count + count
        isAtEnd = filled < memory.count
        let lengths = cut(UnsafeRawBufferPointer(rebasing: memory[..<filled]))
        if lengths.isEmpty {
            memory.deallocate()
            return nil
        }
        return .chunks(ChunkedBytes(memory: memory, lengths: lengths))
    }

    /// Reads what stands behind the rest.
    private func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int {
        switch source {
        case .file(let handle, _): try handle.read(into: buffer, at: offset + UInt64(rest.count))
        case .stream(let stream): try stream.read(into: buffer)
        }
    }

    /// Cuts what can be cut for certain, and keeps the rest for the next segment.
    private mutating func cut(_ bytes: UnsafeRawBufferPointer) -> [Int] {
        var lengths: [Int] = []
        var start = 0
        while start < bytes.count, isAtEnd || bytes.count - start >= cutter.maximumInBytes {
            let length = cutter.length(of: UnsafeRawBufferPointer(rebasing: bytes[start...]))
            lengths.append(length)
            start += length
        }
        rest = Array(bytes[start...])
        offset += UInt64(start)
        return lengths
    }

    /// A chunk is a function of the `maximumInBytes` that begin with it, so as long as they all lie
    /// in a hole the chunks are known without reading.
    private mutating func skipHole() -> Piece? {
        guard case .file(let handle, let status) = source, status.lacksBlocks,
            offset < status.sizeInBytes
        else { return nil }
        let data = min(handle.nextData(from: offset) ?? status.sizeInBytes, status.sizeInBytes)
        let maximum = UInt64(cutter.maximumInBytes)
        guard data >= offset + maximum else { return nil }
        let length = cutters.withZeros(cutter.maximumInBytes) { cutter.length(of: $0) }
        let count = (data - offset - maximum) / UInt64(length) + 1
        offset += count * UInt64(length)
        // What was read ahead lay in the hole, too.
        rest = []
        return .zeros(count: Int(count), length: length)
    }
}
