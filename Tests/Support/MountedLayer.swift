import Foundation

/// A folder that is shown elsewhere by a file system laid over it, or by a program behind FUSE, for
/// as long as this object lives. Needs root on Linux.
package final class MountedLayer {
    /// What shows it.
    package enum Kind: String, CaseIterable, Sendable {
        /// The kernel's, with an empty folder for what is changed.
        case overlay
        /// The same by a program.
        case fuseOverlay = "fuse-overlayfs"
        /// As it is.
        case bindfs
        /// As it is, without believing in sizes: what is read is asked for.
        case directBindfs = "bindfs -o direct_io"
        /// As SFTP tells of it: whole seconds, no change times, no link counts.
        case sshfs
    }

    /// Where it is shown.
    package let place: DiskPath
    private let directory: TemporaryDirectory

    /// The kinds that this machine can mount.
    package static let available: [Kind] = Kind.allCases.filter { kind in
        do {
            _ = try MountedLayer(kind)
            return true
        } catch {
            return false
        }
    }

    /// What a test says that is skipped for the lack of one.
    package static let reason =
        "needs root on Linux, overlay in the kernel, or FUSE with bindfs, fuse-overlayfs or sshfs"

    /// Mounts a new folder.
    /// - Parameters:
    ///   - folder: another folder, to be shown in its place.
    ///   - fill: called with the new folder before.
    package init(
        _ kind: Kind, showing folder: DiskPath? = nil, fill: (DiskPath) throws -> Void = { _ in }
    ) throws {
        let directory = try TemporaryDirectory.shared()
        let home = DiskPath(directory.path)
        for name in ["lower", "upper", "work", "place"] {
            try home.appending(name).makeDirectory()
        }
        let (lower, place) = (folder ?? home.appending("lower"), home.appending("place"))
        if folder == nil { try fill(lower) }
        try Self.run(Self.command(kind, home, lower, place))
        // Set last: only what was mounted is unmounted at the end.
        self.directory = directory
        self.place = place
    }

    private static func command(
        _ kind: Kind, _ home: DiskPath, _ lower: DiskPath, _ place: DiskPath
    ) throws -> [String] {
        let layers = "lowerdir=\(lower.text),upperdir=\(home.text)/upper,workdir=\(home.text)/work"
        switch kind {
        case .overlay: return ["mount", "-t", "overlay", "overlay", "-o", layers, place.text]
        case .fuseOverlay: return ["fuse-overlayfs", "-o", layers, place.text]
        case .bindfs: return ["bindfs", lower.text, place.text]
        case .directBindfs: return ["bindfs", "-o", "direct_io", lower.text, place.text]
        case .sshfs:
            // Any program will do that speaks SFTP; none of ssh is needed.
            let server = home.appending("server")
            try server.write(Array("#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n".utf8))
            try server.setPermissions(0o755)
            let options = "ssh_command=\(server.text),dir_cache=no"
            return ["sshfs", "-o", options, "host:\(lower.text)", place.text]
        }
    }

    deinit {
        do {
            try Self.run(["umount", place.text])
        } catch {
            fatalError("cannot unmount \(place.text): \(error)")
        }
    }

    private struct Refusal: Error {
        let command: [String]
    }

    private static func run(_ command: [String]) throws {
        // What goes on in the background must not keep what somebody waits for the end of.
        let script = """
            for path in /proc/self/fd/*; do
                number=${path##*/}
                if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
            done
            exec "$@"
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["bash", "-c", script, "bash"] + command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try RunningTool.withoutBlockedSignals { try process.run() }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refusal(command: command) }
    }
}
