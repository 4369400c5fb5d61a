/// A file system of a kind in a disk image, mounted for as long as this object lives. Needs root on
/// Linux, and the program that makes such file systems.
package final class MountedDisk {
    /// Kinds of file system that keep what Linux gives files.
    package enum Kind: String, CaseIterable, Sendable {
        case btrfs
        case ext4
        case tmpfs
        case xfs
    }

    /// Where it is mounted.
    package let place: DiskPath
    private let directory: TemporaryDirectory

    /// The kinds that this machine can make and mount.
    package static let available: [Kind] = Kind.allCases.filter { kind in
        do {
            _ = try MountedDisk(kind)
            return true
        } catch {
            return false
        }
    }

    /// What a test says that is skipped for the lack of any.
    package static let reason = "mounting disks needs root on Linux"

    /// Makes and mounts an empty one.
    package init(_ kind: Kind) throws {
        let directory = try TemporaryDirectory.shared()
        let place = DiskPath(directory.appending("disk"))
        try place.makeDirectory()
        if kind == .tmpfs {
            try Self.run("mount", ["-t", "tmpfs", "-o", "size=64M", "tmpfs", place.text])
        } else {
            let image = DiskPath(directory.appending("image"))
            // The least that xfs takes; it is a hole but for what is written.
            try image.truncate(to: 320 * 1024 * 1024)
            let options = kind == .ext4 ? ["-q", "-F"] : ["-q", "-f"]
            // Attributes of more than a block have inodes of their own on ext4.
            let features = kind == .ext4 ? ["-O", "ea_inode"] : []
            try Self.run("mkfs.\(kind)", options + features + [image.text])
            try Self.run("mount", ["-t", kind.rawValue, "-o", "loop", image.text, place.text])
        }
        // Set last: only what was mounted is unmounted at the end.
        self.directory = directory
        self.place = place
    }

    deinit {
        do {
            try Self.run("umount", [place.text])
        } catch {
            fatalError("cannot unmount \(place.text): \(error)")
        }
    }

    private struct Refusal: Error {
        let command: String
    }

    private static func run(_ command: String, _ arguments: [String]) throws {
        guard try Command([command] + arguments).exitCode == 0 else {
            throw Refusal(command: command)
        }
    }
}
