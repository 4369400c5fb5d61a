#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A local file that is written beside its final path and appears there complete or not at all.
///
/// For caches and journals: `finish` renames without waiting for the disk, because whatever reads
/// such a file checks it and does without it. Any number of threads and processes may write the
/// same path at once; the last one to finish wins.
package final class ReplacedFile {
    private let file: FileHandle
    private let temporaryPath: [UInt8]
    private let finalPath: [UInt8]
    private var buffer: [UInt8] = []
    private var offset: UInt64 = 0
    private var isFinished = false

    /// Bytes are written in pieces of about this size.
    private static let bufferInBytes = 256 * 1024

    /// Begins the file; its folder must exist.
    package init(path: [UInt8]) throws(SystemCallError) {
        finalPath = path
        // Drawn, and made exclusively: whoever writes into a file that another one has renamed
        // already would change it in its place, under the eyes of those who have mapped it.
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        temporaryPath = path + Array(".\(random).new".utf8)
        file = try FileHandle.open(path: temporaryPath, flags: O_RDWR | O_CREAT | O_EXCL)
    }

    deinit {
        if !isFinished {
            _ = temporaryPath.withCString { unlink($0) }
        }
    }

    /// The number of bytes appended so far.
    package var sizeInBytes: UInt64 { offset + UInt64(buffer.count) }

    /// Appends bytes.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        if bytes.count >= Self.bufferInBytes {
            try flush()
            try file.write(bytes, at: offset)
            offset += UInt64(bytes.count)
            return
        }
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferInBytes { try flush() }
    }

    /// Changes bytes that were appended before.
    package func change(
        at position: UInt64, count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        try flush()
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { bytes.deallocate() }
        let read = try file.read(into: bytes, at: position)
        let there = UnsafeMutableRawBufferPointer(rebasing: bytes[..<read])
        body(there)
        try file.write(UnsafeRawBufferPointer(there), at: position)
    }

    /// Calls `body` with all bytes that were appended, piece by piece.
    package func forEachPiece(
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        try flush()
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferInBytes, alignment: 16)
        defer { bytes.deallocate() }
        var position: UInt64 = 0
        while position < offset {
            let count = try file.read(into: bytes, at: position)
            // Nobody else shortens a file whose name was drawn.
            if count == 0 { return }
            body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            position += UInt64(count)
        }
    }

    /// Gives the file its final path.
    package func finish() throws(SystemCallError) {
        try flush()
        try FileHandle.rename(temporaryPath, to: finalPath)
        isFinished = true
    }

    private func flush() throws(SystemCallError) {
        try Self.write(buffer, to: file, at: offset)
        offset += UInt64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func write(
        _ bytes: [UInt8], to file: FileHandle, at offset: UInt64
    ) throws(SystemCallError) {
        var failure: SystemCallError?
        bytes.withUnsafeBytes { bytes in
            do throws(SystemCallError) {
                try file.write(bytes, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
