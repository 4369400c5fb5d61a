// What chattr shows and sets: a word of bits for each file, as <linux/fs.h> has them.

#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// The flags of the open file or directory (FS_IOC_GETFLAGS).
    /// - Throws: `SystemCallError` with `hasNoFlags` where the file system has none.
    package func inodeFlags() throws(SystemCallError) -> UInt32 {
        #if canImport(Glibc)
        var flags: UInt32 = 0
        guard varve_get_flags(descriptor, &flags) == 0 else { throw .last("getflags", path) }
        return flags
        #else
        throw SystemCallError(number: ENOTSUP, call: "getflags", path: path)
        #endif
    }

    /// Sets all flags of the open file or directory (FS_IOC_SETFLAGS); its change time becomes now.
    package func setInodeFlags(_ flags: UInt32) throws(SystemCallError) {
        #if canImport(Glibc)
        guard varve_set_flags(descriptor, flags) == 0 else { throw .last("setflags", path) }
        #else
        throw SystemCallError(number: ENOTSUP, call: "setflags", path: path)
        #endif
    }
}

extension SystemCallError {
    /// Whether the file system, or the kind of file, has no flags.
    package var hasNoFlags: Bool { isUnsupported || number == ENOTTY || number == EINVAL }
}
