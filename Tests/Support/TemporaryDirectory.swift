package import FileHandles
import Foundation
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A new directory under the system's temporary folder, removed with all that is in it when the
/// last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Where it is, without a slash at the end.
    package let path: [UInt8]

    /// Makes the directory, private to the user.
    /// - Parameter isInMemory: whether a file system in memory is preferred, where there is one:
    ///   waiting for the disk takes longer than most tests.
    package init(isInMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let folder =
            isInMemory && FileManager.default.isWritableFile(atPath: memory)
            ? memory : FileManager.default.temporaryDirectory.path
        let pattern = folder + "/varve-test-XXXXXX"
        var text = Array(pattern.utf8CString)
        // The array has the pattern and its NUL, so there is an address.
        let made = text.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
        guard made else {
            throw SystemCallError(number: errno, call: "mkdtemp", path: Array(pattern.utf8))
        }
        path = text.dropLast().map { UInt8(bitPattern: $0) }
    }

    /// A directory that every user may use.
    package static func shared() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        guard directory.path.withCString({ chmod($0, 0o777) }) == 0 else {
            throw SystemCallError(number: errno, call: "chmod", path: directory.path)
        }
        return directory
    }

    deinit {
        do {
            try Self.remove(path)
        } catch {
            // What stays is cleared with the system's temporary folder.
            let message = Data("cannot remove \(text): \(error)\n".utf8)
            Foundation.FileHandle.standardError.write(message)
        }
    }

    /// The path as text.
    package var text: String { String(decoding: path, as: UTF8.self) }

    /// The path of something in the directory.
    package func appending(_ name: String) -> [UInt8] {
        path.appending(component: Array(name.utf8))
    }

    /// The directory, opened.
    package func open() throws -> FileHandles.FileHandle {
        try FileHandles.FileHandle.openDirectory(path: path)
    }

    /// Writes a file into the directory, replacing one of the name.
    package func write(_ name: String, _ bytes: [UInt8]) throws {
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        let file = try open().open(name: Array(name.utf8), flags: flags)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// The bytes of a file in the directory.
    package func read(_ name: String) throws -> [UInt8] {
        let file = try MappedFile(path: appending(name))
        return withExtendedLifetime(file) { Array(file.bytes) }
    }

    /// The names in the directory, or in a folder of it, in order.
    package func names(in folder: String = "") throws -> [String] {
        let handle = try FileHandles.FileHandle.openDirectory(
            path: folder.isEmpty ? path : appending(folder))
        var names: [String] = []
        try handle.forEachName { names.append(String(decoding: $0, as: UTF8.self)) }
        return names.sorted()
    }

    private static func remove(_ path: [UInt8]) throws {
        // A test may have taken the permissions that removing needs, or locked the folder.
        if let flags = try? DiskPath(path).flags(), !flags.isDisjoint(with: .locking) {
            try DiskPath(path).setFlags([])
        }
        _ = path.withCString { chmod($0, 0o700) }
        let directory = try FileHandles.FileHandle.openDirectory(path: path, followsLinks: false)
        var names: [[UInt8]] = []
        try directory.forEachName { names.append(Array($0)) }
        for name in names {
            if try directory.status(of: name).kind == .directory {
                try remove(path.appending(component: name))
            } else {
                try DiskPath(path).appending(name).unlocking { try directory.remove(name: name) }
            }
        }
        guard path.withCString({ rmdir($0) }) == 0 else {
            throw SystemCallError(number: errno, call: "rmdir", path: path)
        }
    }
}
