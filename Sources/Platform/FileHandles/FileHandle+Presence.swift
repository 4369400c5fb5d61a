#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// The status of an entry of this directory; links are not followed.
    /// - Returns: `nil` when there is no such entry.
    package func statusIfPresent(of name: [UInt8]) throws(SystemCallError) -> FileStatus? {
        do throws(SystemCallError) {
            return try status(of: name)
        } catch {
            guard error.isNoEntry else { throw error }
            return nil
        }
    }

    /// Whether another file system, or another folder, is mounted at this directory.
    /// - Returns: `nil` where the system cannot tell.
    package var isMountRoot: Bool? {
        #if canImport(Glibc)
        let result = varve_is_mount_root(descriptor)
        return result < 0 ? nil : result == 1
        #else
        return nil
        #endif
    }

    /// Whether this process may look into a folder of this directory, and make entries in it.
    package func mayUseFolder(_ name: [UInt8]) -> Bool {
        name.withCString { faccessat(descriptor, $0, R_OK | W_OK | X_OK, AT_EACCESS) } == 0
    }

    /// Finds out whether this process may make entries in this directory.
    /// - Throws: the reason why it may not.
    package func checkWritable() throws(SystemCallError) {
        guard faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw .last("access", path)
        }
    }
}

extension SystemCallError {
    /// The number that says that a name is taken.
    package static var taken: CInt { EEXIST }

    /// The number that says that the rights do not suffice.
    package static var denied: CInt { EACCES }

    /// The number that says that something on the way is no directory.
    package static var notADirectory: CInt { ENOTDIR }

    /// The number that says that a path does not exist.
    package static var missing: CInt { ENOENT }
}
