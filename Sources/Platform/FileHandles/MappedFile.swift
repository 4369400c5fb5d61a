#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A whole file mapped into memory for reading; unmapped when the last reference goes.
///
/// The file must not shrink meanwhile: touching pages behind its new end ends the process. Only
/// files that are never changed in place (stored objects, caches replaced by renaming) are mapped.
package final class MappedFile: @unchecked Sendable {
    // @unchecked: the mapping is read-only and lives as long as this object.

    /// The file's bytes, valid for as long as this object lives.
    package let bytes: UnsafeRawBufferPointer
    /// What the file was like when it was mapped.
    package let status: FileStatus

    /// Maps the file at a path.
    package convenience init(path: [UInt8]) throws(SystemCallError) {
        try self.init(FileHandle.open(path: path, flags: O_RDONLY))
    }

    /// Maps an open file; the mapping outlives the handle.
    package init(_ file: FileHandle) throws(SystemCallError) {
        status = try file.status()
        let size = Int(clamping: status.sizeInBytes)
        if size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
            address != MAP_FAILED
        else { throw .last("mmap", file.path) }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    /// Says that the bytes are not needed for a while: they stop counting as this process's memory
    /// and come back, from the page cache as a rule, when they are touched again.
    package func releasePages() {
        guard let base = bytes.baseAddress else { return }
        // A hint: if the system does not take it, the pages stay, and nothing else changes.
        madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, MADV_DONTNEED)
    }

    deinit {
        if let base = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
        }
    }
}
