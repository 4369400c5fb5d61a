// Files and directories by descriptor. Everything below a root is opened step by step with
// O_NOFOLLOW relative to its directory, so nobody can lead a reader or a writer elsewhere by
// swapping a directory for a symbolic link.

import Synchronization

#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

/// An open file or directory; closed when the last reference goes.
package final class FileHandle: Sendable {
    /// The descriptor, open for as long as this object lives.
    package let descriptor: CInt
    /// The path that it was opened by, for messages.
    package let path: [UInt8]
    /// Whether its entries were read, if it is a directory.
    let wasRead = Atomic(false)

    /// Takes over a descriptor.
    init(owning descriptor: CInt, path: [UInt8]) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens a path.
    /// - Parameter flags: of `open`; `O_CLOEXEC` is added.
    package static func open(
        path: [UInt8], flags: CInt, mode: FileMode = 0o600
    ) throws(SystemCallError) -> FileHandle {
        try open(in: AT_FDCWD, name: path, path: path, flags: flags, mode: mode)
    }

    /// Opens an entry of this directory; `O_NOFOLLOW` is added.
    package func open(
        name: [UInt8], flags: CInt, mode: FileMode = 0o600
    ) throws(SystemCallError) -> FileHandle {
        try Self.open(
            in: descriptor, name: name, path: path.appending(component: name),
            flags: flags | O_NOFOLLOW, mode: mode)
    }

    private static func open(
        in directory: CInt, name: [UInt8], path: [UInt8], flags: CInt, mode: FileMode
    ) throws(SystemCallError) -> FileHandle {
        while true {
            let descriptor = name.withCString { openat(directory, $0, flags | O_CLOEXEC, mode) }
            if descriptor >= 0 { return FileHandle(owning: descriptor, path: path) }
            if errno != EINTR { throw .last("open", path) }
        }
    }

    /// The status of the open file.
    package func status(
        _ detail: FileStatus.Detail = .usual
    ) throws(SystemCallError) -> FileStatus {
        if detail == .withBirthTime, let status = FileStatus(birthTimeOf: "", in: descriptor) {
            return status
        }
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw .last("stat", path) }
        return FileStatus(raw, detail)
    }

    /// The status of an entry of this directory; links are not followed.
    package func status(
        of name: [UInt8], _ detail: FileStatus.Detail = .usual
    ) throws(SystemCallError) -> FileStatus {
        let status = name.withCString { FileStatus(of: $0, in: descriptor, detail) }
        guard let status else { throw .last("stat", path.appending(component: name)) }
        return status
    }

    /// The status of an entry of this directory whose name lies in memory with a NUL behind it.
    package func status(
        ofTerminated name: UnsafeRawBufferPointer, _ detail: FileStatus.Detail = .usual
    ) throws(SystemCallError) -> FileStatus {
        let text = name.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let text, let status = FileStatus(of: text, in: descriptor, detail) else {
            throw .last("stat", path.appending(component: Array(name)))
        }
        return status
    }

    /// Reads from an offset until the buffer is full or the file ends.
    /// - Parameter expected: a count at which the caller takes the file as ended, which saves the
    ///   call that would only say so.
    /// - Returns: the number of bytes read.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, expected: Int? = nil
    ) throws(SystemCallError) -> Int {
        var count = 0
        while count < buffer.count, count != expected, let base = buffer.baseAddress {
            let result = pread(
                descriptor, base + count, buffer.count - count, off_t(offset) + off_t(count))
            if result == 0 { break }
            if result > 0 {
                count += result
            } else if errno != EINTR {
                throw .last("read", path)
            }
        }
        return count
    }

    /// The most that one call writes. For a longer one the system takes larger pieces of memory for
    /// its cache, which are dear: a virtual machine's host may have taken them back.
    private static let callInBytes = 128 * 1024

    /// Writes all bytes at an offset.
    package func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(SystemCallError) {
        var count = 0
        while count < bytes.count, let base = bytes.baseAddress {
            let result = pwrite(
                descriptor, base + count, min(bytes.count - count, Self.callInBytes),
                off_t(offset) + off_t(count))
            if result >= 0 {
                count += result
            } else if errno != EINTR {
                throw .last("write", path)
            }
        }
    }

    /// Sets the size; what is new reads as zeros and takes no space.
    package func truncate(to sizeInBytes: UInt64) throws(SystemCallError) {
        guard ftruncate(descriptor, off_t(sizeInBytes)) == 0 else { throw .last("truncate", path) }
    }

    /// Waits until the file's bytes, or the directory's entries, are on the disk.
    package func synchronize() throws(SystemCallError) {
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// Waits until everything on this file's file system is on the disk.
    package func synchronizeFileSystem() throws(SystemCallError) {
        #if canImport(Glibc)
        guard varve_syncfs(descriptor) == 0 else { throw .last("syncfs", path) }
        #else
        sync()
        #endif
    }

    /// Finds where data begins at or behind an offset.
    /// - Returns: `nil` when only a hole follows; `offset` itself when the file system cannot tell.
    package func nextData(from offset: UInt64) -> UInt64? {
        #if canImport(Glibc)
        let seekData: CInt = 3
        let result = lseek(descriptor, off_t(offset), seekData)
        if result >= 0 { return UInt64(result) }
        return errno == ENXIO ? nil : offset
        #else
        return offset
        #endif
    }

    /// Where the first hole at or behind an offset begins, at the end of the file at the latest.
    /// - Returns: the largest offset where the file system cannot tell.
    package func nextHole(from offset: UInt64) -> UInt64 {
        #if canImport(Glibc)
        let seekHole: CInt = 4
        let result = lseek(descriptor, off_t(clamping: offset), seekHole)
        return result >= 0 ? UInt64(result) : .max
        #else
        return .max
        #endif
    }

    /// Whether some of a file was never written, or was given back: reading it gives zeros.
    /// - Parameter status: of the file.
    /// - Returns: `false` also where the file system cannot tell.
    package func hasHoles(_ status: FileStatus) -> Bool {
        // A file that has all of its blocks need not be asked.
        guard status.lacksBlocks else { return false }
        // The end of a file counts as a hole.
        return nextHole(from: 0) < status.sizeInBytes
    }

    /// Tells the system that the file will be read once from its beginning to its end.
    package func adviseSequential() {
        #if canImport(Glibc)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        #endif
    }
}
