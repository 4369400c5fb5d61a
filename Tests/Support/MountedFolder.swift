import Foundation

/// A folder that is mounted somewhere for as long as this object lives. Needs root on Linux.
package final class MountedFolder {
    private let place: DiskPath

    /// Whether this process may mount folders.
    package static var isAvailable: Bool { SmallFileSystem.isAvailable }

    /// Whether this machine can make disks that do not tell upper from lower case.
    package static let canFold: Bool = {
        do {
            let directory = try TemporaryDirectory()
            let place = DiskPath(directory.appending("disk"))
            try place.makeDirectory()
            let image = DiskPath(directory.appending("image"))
            _ = try MountedFolder(newFoldingDisk: image, at: place)
            return true
        } catch {
            return false
        }
    }()

    /// What a test says that is skipped for the lack of one.
    package static let foldingReason = "an exFAT disk needs root, FUSE, exfatprogs and exfat-fuse"

    /// Mounts something at a folder that is there.
    /// - Parameter folder: what is to be seen there; `nil` for a new file system in memory.
    package init(_ folder: DiskPath?, at place: DiskPath) throws {
        if let folder {
            try Self.run("mount", ["--bind", folder.text, place.text])
        } else {
            try Self.run("mount", ["-t", "tmpfs", "-o", "size=1M", "tmpfs", place.text])
        }
        // Set last: only what was mounted is unmounted at the end.
        self.place = place
    }

    /// Mounts a file system from a disk image, without telling upper from lower case.
    /// - Throws: when this machine cannot make one.
    package init(newFoldingDisk image: DiskPath, at place: DiskPath) throws {
        try image.truncate(to: 16 * 1024 * 1024)
        try Self.run("mkfs.exfat", [image.text])
        let output = Pipe()
        try Self.run("losetup", ["--find", "--show", image.text], output: output)
        let device = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .newlines)
        // The device goes with the mount, or now when there is none.
        defer { try? Self.run("losetup", ["--detach", device]) }
        // It goes on in the background. Whoever waits for its end waits for these descriptors.
        let script = """
            for path in /proc/self/fd/*; do
                number=${path##*/}
                if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
            done
            exec mount.exfat-fuse "$1" "$2"
            """
        try Self.run("bash", ["-c", script, "bash", device, place.text])
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

    /// - Parameter output: gets what the command prints; a command that goes on in the background
    ///   must not have one, or nobody would see the end of it.
    private static func run(
        _ command: String, _ arguments: [String], output: Pipe? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refusal(command: command) }
    }
}
