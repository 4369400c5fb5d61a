import Foundation

/// A file system in memory that fills up soon and can be made read-only. Needs root.
package final class SmallFileSystem {
    /// Where it is mounted.
    package let directory: TemporaryDirectory

    /// Whether this process may mount one.
    package static let isAvailable: Bool = {
        do {
            _ = try SmallFileSystem(sizeInBytes: 64 * 1024)
            return true
        } catch {
            return false
        }
    }()

    /// What a test says that is skipped for the lack of one.
    package static let reason = "mounting a small file system needs root on Linux"

    /// Mounts an empty one.
    package init(sizeInBytes: Int) throws {
        let directory = try TemporaryDirectory()
        let options = ["-t", "tmpfs", "-o", "size=\(sizeInBytes)", "tmpfs", directory.text]
        try Self.run("mount", options)
        // Set last: only what was mounted is unmounted at the end.
        self.directory = directory
    }

    /// Refuses all writing from now on.
    package func makeReadOnly() throws {
        try Self.run("mount", ["-o", "remount,ro", directory.text])
    }

    deinit {
        do {
            try Self.run("umount", [directory.text])
        } catch {
            fatalError("cannot unmount \(directory.text): \(error)")
        }
    }

    private struct Refusal: Error {
        let command: String
        let status: Int32
    }

    private static func run(_ command: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/\(command)")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Refusal(command: command, status: process.terminationStatus)
        }
    }
}
