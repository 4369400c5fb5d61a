#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Sets the permission bits of the open file.
    package func setPermissions(_ mode: UInt16) throws(SystemCallError) {
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw .last("chmod", path) }
    }

    /// Sets owner and group of the open file.
    package func setOwner(userID: UInt32, groupID: UInt32) throws(SystemCallError) {
        guard fchown(descriptor, userID, groupID) == 0 else { throw .last("chown", path) }
    }

    /// Sets the modification time of the open file; the access time stays.
    package func setModified(_ time: FileStatus.Time) throws(SystemCallError) {
        var times = Self.times(time)
        guard futimens(descriptor, &times) == 0 else { throw .last("utimens", path) }
    }

    /// Sets access and modification time of the open file to now.
    package func touch() throws(SystemCallError) {
        guard futimens(descriptor, nil) == 0 else { throw .last("utimens", path) }
    }

    /// Sets owner and group of an entry of this directory; links are not followed.
    package func setOwner(
        of name: [UInt8], userID: UInt32, groupID: UInt32
    ) throws(SystemCallError) {
        let result = name.withCString {
            fchownat(descriptor, $0, userID, groupID, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { throw .last("chown", path.appending(component: name)) }
    }

    /// Sets the modification time of an entry of this directory; links are not followed.
    package func setModified(of name: [UInt8], _ time: FileStatus.Time) throws(SystemCallError) {
        var times = Self.times(time)
        let result = name.withCString { utimensat(descriptor, $0, &times, AT_SYMLINK_NOFOLLOW) }
        guard result == 0 else { throw .last("utimens", path.appending(component: name)) }
    }

    /// Sets the permission bits of an entry of this directory; fails for a symbolic link.
    package func setPermissions(of name: [UInt8], _ mode: UInt16) throws(SystemCallError) {
        let result = name.withCString {
            fchmodat(descriptor, $0, mode_t(mode), AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { throw .last("chmod", path.appending(component: name)) }
    }

    private static func times(_ modified: FileStatus.Time) -> [timespec] {
        #if canImport(Glibc)
        // UTIME_OMIT of <sys/stat.h>, a macro with a cast.
        let omit = (1 << 30) - 2
        #else
        let omit = -2
        #endif
        return [
            timespec(tv_sec: 0, tv_nsec: omit),
            timespec(tv_sec: time_t(modified.seconds), tv_nsec: Int(modified.nanoseconds)),
        ]
    }
}
