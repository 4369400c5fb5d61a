import FileHandles
import FileTree
package import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Whether files of the temporary folders take flags.
package let hasFlags: Bool = {
    guard let directory = try? TemporaryDirectory() else { return false }
    let file = DiskPath(directory.appending("probe"))
    return (try? file.write([])) != nil && (try? file.setFlags(.noDump)) != nil
        && (try? file.flags()) == .noDump
}()

/// Whether this process may make files immutable: root may, mostly.
package let canLockFiles: Bool = {
    guard hasFlags, let directory = try? TemporaryDirectory() else { return false }
    let file = DiskPath(directory.appending("probe"))
    guard (try? file.write([])) != nil, (try? file.setFlags(.immutable)) != nil else {
        return false
    }
    return (try? file.setFlags([])) != nil
}()

extension DiskPath {
    /// The flags; none for what is neither a file nor a directory, and what cannot be opened.
    package func flags() throws -> FileFlags {
        guard [.file, .directory].contains(try status().kind),
            let file = try? FileHandle.open(path: bytes, flags: O_RDONLY | O_NONBLOCK)
        else { return [] }
        return file.flags()
    }

    /// Sets all flags that snapshots know.
    package func setFlags(_ flags: FileFlags) throws {
        let file = try FileHandle.open(path: bytes, flags: O_RDONLY | O_NONBLOCK)
        let others = try file.inodeFlags() & ~FileFlags.allSystemBits
        try file.setInodeFlags(others | flags.systemBits)
    }

    /// Does something that flags may be in the way of, without those of this file.
    package func unlocking(_ step: () throws -> Void) throws {
        do {
            try step()
        } catch let error as SystemCallError {
            guard error.number == EPERM else { throw error }
            try setFlags([])
            try step()
        }
    }
}
