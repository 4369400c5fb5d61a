package import FileHandles

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A path on the disk with what tests do to it. Links are not followed.
package struct DiskPath: Hashable, Sendable {
    /// The absolute path.
    package let bytes: [UInt8]

    /// A path.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A path given as text.
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// The path as text; not exact where names are not UTF-8.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// An entry of this directory.
    package func appending(_ name: [UInt8]) -> DiskPath {
        DiskPath(bytes.appending(component: name))
    }

    /// An entry of this directory, or a path below it.
    package func appending(_ name: String) -> DiskPath { appending(Array(name.utf8)) }

    /// What `lstat` tells.
    package func status() throws -> FileStatus {
        try FileStatus.of(path: bytes, followsLinks: false)
    }

    /// Whether something is there.
    package var exists: Bool {
        var raw = stat()
        return bytes.withCString { lstat($0, &raw) } == 0
    }

    /// The names in this directory, in the order of their bytes.
    package func names() throws -> [[UInt8]] {
        var names: [[UInt8]] = []
        let directory = try FileHandle.openDirectory(path: bytes, followsLinks: false)
        try directory.forEachName { names.append(Array($0)) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The bytes of this file.
    package func read() throws -> [UInt8] {
        let file = try MappedFile(path: bytes)
        return withExtendedLifetime(file) { Array(file.bytes) }
    }

    /// The target of this link.
    package func linkTarget() throws -> [UInt8] {
        try FileHandle.openDirectory(path: parent.bytes).linkTarget(of: name)
    }

    /// Makes this a file with the bytes; an existing file keeps its inode.
    package func write(_ content: [UInt8]) throws {
        let file = try FileHandle.open(path: bytes, flags: O_WRONLY | O_CREAT | O_TRUNC)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// Overwrites bytes in the middle of this file.
    package func overwrite(_ content: [UInt8], at offset: UInt64) throws {
        let file = try FileHandle.open(path: bytes, flags: O_WRONLY | O_CREAT)
        try content.withUnsafeBytes { try file.write($0, at: offset) }
    }

    /// Makes this file as long; what is new is a hole.
    package func truncate(to sizeInBytes: UInt64) throws {
        try FileHandle.open(path: bytes, flags: O_WRONLY | O_CREAT).truncate(to: sizeInBytes)
    }

    /// Makes a directory.
    package func makeDirectory() throws {
        try FileHandle.makeDirectory(path: bytes, mode: 0o755)
    }

    /// Makes a symbolic link.
    package func makeLink(to target: [UInt8]) throws {
        try parentHandle().makeSymlink(name: name, target: target)
    }

    /// Makes a pipe.
    package func makePipe() throws {
        try parentHandle().makeNode(name: name, mode: S_IFIFO | 0o644)
    }

    /// Makes a socket to which nobody listens.
    package func makeSocket() throws {
        try parentHandle().makeNode(name: name, mode: S_IFSOCK | 0o644)
    }

    /// Sets the permission bits.
    package func setPermissions(_ mode: UInt16) throws {
        try check(bytes.withCString { chmod($0, mode_t(mode)) }, "chmod")
    }

    /// Sets the owner.
    package func setOwner(_ userID: UInt32, _ groupID: UInt32) throws {
        try parentHandle().setOwner(of: name, userID: userID, groupID: groupID)
    }

    /// Sets the modification time.
    package func setModified(_ time: FileStatus.Time) throws {
        try parentHandle().setModified(of: name, time)
    }

    /// Gives this another path, replacing a file there.
    package func rename(to other: DiskPath) throws { try FileHandle.rename(bytes, to: other.bytes) }

    /// Removes this and all below it.
    package func remove() throws {
        if try status().kind == .directory {
            // A test may have taken the permissions that removing needs, or locked the folder.
            try unlocking { try setPermissions(0o700) }
            for name in try names() { try appending(name).remove() }
            try check(bytes.withCString { rmdir($0) }, "rmdir")
        } else {
            try unlocking { try FileHandle.remove(path: bytes) }
        }
    }

    /// The last component.
    package var name: [UInt8] { Array(bytes.split(separator: UInt8(ascii: "/")).last ?? []) }

    /// The directory that has this.
    package var parent: DiskPath { DiskPath(Array(bytes.dropLast(name.count + 1))) }

    private func parentHandle() throws -> FileHandle {
        try FileHandle.openDirectory(path: parent.bytes)
    }

    private func check(_ result: CInt, _ call: String) throws {
        guard result == 0 else {
            throw SystemCallError(number: errno, call: call, path: bytes)
        }
    }
}

/// Returns once the clock of the file system has moved on: a file that is changed from now on has
/// later stamps than whatever was changed before.
package func waitForTick(in directory: [UInt8]) throws {
    let probe = DiskPath(directory.appending(component: Array(".tick".utf8)))
    try probe.write([0])
    let first = try probe.status().changed
    // Some ten milliseconds at most; there is nothing to wait for but the clock.
    while try probe.status().changed == first { try probe.write([0]) }
    try probe.remove()
}
