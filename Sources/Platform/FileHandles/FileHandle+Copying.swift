#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Copies bytes of another file into this one; where the file system can, both then share the
    /// blocks.
    /// - Returns: how many bytes were copied: fewer than asked for where the other file ends, and
    ///   0 where the system cannot copy between the two.
    package func copy(
        from source: FileHandle, at sourceOffset: UInt64, count: Int, to offset: UInt64
    ) throws(SystemCallError) -> Int {
        #if canImport(Glibc)
        var copied = 0
        while copied < count {
            let result = varve_copy_file_range(
                source.descriptor, Int64(sourceOffset) + Int64(copied), descriptor,
                Int64(offset) + Int64(copied), UInt(count - copied))
            if result == 0 { break }
            if result > 0 {
                copied += result
            } else if errno != EINTR {
                let error = SystemCallError.last("copy_file_range", path)
                if error.isNoSpace { throw error }
                // Another file system, or one that cannot: the caller reads and writes.
                return copied
            }
        }
        return copied
        #else
        return 0
        #endif
    }

    /// Tells the system that it may forget what it holds of the file, so that the next read comes
    /// from the disk.
    package func adviseUnneeded() {
        #if canImport(Glibc)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        #endif
    }

    /// Takes the exclusive right to an open file or directory, until the handle goes.
    ///
    /// Waits up to a second: a process that another thread starts has copies of all descriptors
    /// for a moment, those of handles that are gone here included.
    /// - Returns: `false` when another handle has it; `true` also where the file system has no
    ///   such thing.
    package func takeExclusively() -> Bool {
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return true }
            usleep(10_000)
        }
        return false
    }
}
