// What stat tells, by the one call of Linux that also tells when a file was made: statx.

#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileStatus {
    /// The status of a name in a directory, with its birth time where the file system keeps one.
    /// - Parameter name: an empty one means the directory itself, or whatever the descriptor is of.
    /// - Returns: `nil` when the call fails, as it does on kernels that do not have it; `stat` then
    ///   says what is wrong, if anything is.
    init?(birthTimeOf name: UnsafePointer<CChar>, in directory: CInt, followsLinks: Bool = false) {
        #if canImport(Glibc)
        var raw = varve_file_status()
        guard varve_status_with_birth_time(directory, name, followsLinks ? 1 : 0, &raw) == 0 else {
            return nil
        }
        self.init(raw)
        #else
        return nil
        #endif
    }

    #if canImport(Glibc)
    /// STATX_BTIME: the birth time is there.
    private static let birthTimeBit: UInt32 = 0x800

    private init(_ raw: varve_file_status) {
        kind = Kind(mode: FileMode(raw.mode))
        permissions = raw.mode & 0o7777
        userID = raw.userID
        groupID = raw.groupID
        sizeInBytes = raw.size
        allocatedInBytes = raw.blocks * 512
        modified = Time(raw.modified)
        changed = Time(raw.changed)
        inode = raw.inode
        device = Self.device(major: raw.deviceMajor, minor: raw.deviceMinor)
        linkCount = UInt64(raw.linkCount)
        deviceMajor = raw.numberMajor
        deviceMinor = raw.numberMinor
        // A number that is no fraction of a second is a program's, behind FUSE.
        let isThere = raw.mask & Self.birthTimeBit != 0 && raw.created.nanoseconds < 1_000_000_000
        created = isThere ? Time(raw.created) : nil
    }

    /// The one number that `stat` has for both, by glibc's gnu_dev_makedev, a macro to Swift.
    static func device(major: UInt32, minor: UInt32) -> UInt64 {
        let (major, minor) = (UInt64(major), UInt64(minor))
        let majorBits: UInt64 = (major & 0xFFF) << 8 | (major & ~0xFFF) << 32
        let minorBits: UInt64 = minor & 0xFF | (minor & ~0xFF) << 12
        return majorBits | minorBits
    }
    #endif
}

#if canImport(Glibc)
extension FileStatus.Time {
    fileprivate init(_ moment: varve_moment) {
        self.init(seconds: moment.seconds, nanoseconds: moment.nanoseconds)
    }
}
#endif
