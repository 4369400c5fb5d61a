package import FileHandles

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Opens a directory below this one, step by step and without following links.
    /// - Parameter path: names with slashes between; empty for this directory itself.
    package func openDirectory(below path: [UInt8]) throws(SystemCallError) -> FileHandle {
        var directory = self
        for name in path.split(separator: UInt8(ascii: "/")) {
            directory = try directory.openDirectory(name: Array(name))
        }
        return directory
    }

    /// Opens a file below this directory for reading, step by step and without following links; a
    /// pipe does not block.
    package func openFile(below path: [UInt8]) throws(SystemCallError) -> FileHandle {
        let name = AbsolutePath.lastComponent(path)
        let folder = Array(path.dropLast(name.count))
        return try openDirectory(below: folder).open(name: name, flags: O_RDONLY | O_NONBLOCK)
    }
}
