#if canImport(Glibc)
internal import CLinux
#else
import Darwin
#endif

/// What a file system is, as far as it decides how far its stamps can be relied on.
package enum FileSystemKind: Hashable, Sendable {
    /// On a disk or in the memory of this machine: this machine's clock makes the stamps.
    case local
    /// Laid over others. As `local`, but files may have the device numbers of those.
    case layered
    /// On another machine, whose clock makes the stamps.
    case network
    /// Made by a program. Stamps come from anywhere, and sizes need not be those of what is read.
    case userSpace
    /// Made by the kernel as it is read. Neither stamps nor sizes tell anything.
    case generated
    /// None of those that are known; to be taken for the worst that can hold files.
    case unknown

    /// Whether a size of 0 says that there is nothing to read.
    package var tellsSizes: Bool {
        switch self {
        case .local, .layered, .network: true
        case .userSpace, .generated, .unknown: false
        }
    }

    /// Of a file in a directory of this kind.
    /// - Parameters:
    ///   - status: the file's.
    ///   - directory: that of the directory.
    package func ofFile(_ status: FileStatus, in directory: FileStatus) -> Self {
        // Something else may be mounted at the file itself.
        self == .layered || status.device == directory.device ? self : .unknown
    }

    /// The kind of a number that `statfs` tells.
    init(magic: UInt64) { self = Self.kinds[magic] ?? .unknown }

    /// By the numbers in the kernel's `linux/magic.h` and, where they are not there, in the headers
    /// of the file systems.
    private static let kinds: [UInt64: Self] = {
        let numbers: [(Self, [UInt64])] = [
            // ext2 to ext4, XFS, Btrfs, tmpfs, ramfs, F2FS, ZFS, bcachefs, FAT, exFAT, NTFS (two
            // drivers), HFS, HFS+, ISO 9660, UDF, SquashFS, EROFS, ReiserFS, JFS, NILFS2, eCryptfs,
            // UBIFS, JFFS2.
            (
                .local,
                [
                    0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x8584_58F6, 0xF2F5_2010,
                    0x2FC1_2FC1, 0xCA45_1A4E, 0x4D44, 0x2011_BAB0, 0x7366_746E, 0x5346_544E,
                    0x4244, 0x482B, 0x9660, 0x1501_3346, 0x7371_7368, 0xE0F5_E1E2, 0x5265_4973,
                    0x3153_464A, 0x3434, 0xF15F, 0x2405_1905, 0x72B6,
                ]
            ),
            // overlay, aufs.
            (.layered, [0x794C_7630, 0x6175_6673]),
            // NFS, SMB (three drivers), Ceph, 9P, AFS, GFS2, OCFS2, Lustre, VirtualBox.
            (
                .network,
                [
                    0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x00C3_6400, 0x0102_1997,
                    0x5346_414F, 0x0116_1970, 0x7461_636F, 0x0BD0_0BD0, 0x786F_4256,
                ]
            ),
            (.userSpace, [0x6573_5546]),
            // proc, sysfs, cgroup (two versions), debugfs, tracefs, securityfs, SELinux, configfs,
            // devpts, bpf, efivarfs, pstore, binfmt_misc, mqueue, nsfs, rpc_pipefs, fusectl, nfsd,
            // resctrl.
            (
                .generated,
                [
                    0x9FA0, 0x6265_6572, 0x27_E0EB, 0x6367_7270, 0x6462_6720, 0x7472_6163,
                    0x7363_6673, 0xF97C_FF8C, 0x6265_6570, 0x1CD1, 0xCAFE_4A11, 0xDE5E_81E4,
                    0x6165_676C, 0x4249_4E4D, 0x1980_0202, 0x6E73_6673, 0x6759_6969, 0x6573_5543,
                    0x6E66_7364, 0x0765_5821,
                ]
            ),
        ]
        let pairs = numbers.flatMap { kind, magics in magics.map { ($0, kind) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()
}

extension FileHandle {
    /// The kind of the file system on which the file lies; `.unknown` also where it cannot be told.
    package var fileSystemKind: FileSystemKind {
        #if canImport(Glibc)
        FileSystemKind(magic: UInt64(varve_file_system_type(descriptor)))
        #else
        var raw = statfs()
        let isTold = fstatfs(descriptor, &raw) == 0
        return isTold && raw.f_flags & UInt32(MNT_LOCAL) != 0 ? .local : .unknown
        #endif
    }
}
