#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Opens a directory by its path.
    package static func openDirectory(
        path: [UInt8], followsLinks: Bool = true
    ) throws(SystemCallError) -> FileHandle {
        try open(path: path, flags: O_RDONLY | O_DIRECTORY | (followsLinks ? 0 : O_NOFOLLOW))
    }

    /// Opens a directory within this directory.
    package func openDirectory(name: [UInt8]) throws(SystemCallError) -> FileHandle {
        try open(name: name, flags: O_RDONLY | O_DIRECTORY)
    }

    /// Whether this directory has no entries.
    package func hasNoEntries() throws(SystemCallError) -> Bool {
        var isEmpty = true
        try forEachName(while: { isEmpty }) { _ in isEmpty = false }
        return isEmpty
    }

    /// The absolute path that a path stands for once all symbolic links are followed.
    package static func resolve(path: [UInt8]) throws(SystemCallError) -> [UInt8] {
        guard let resolved = path.withCString({ realpath($0, nil) }) else {
            throw .last("realpath", path)
        }
        defer { free(resolved) }
        return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    /// Makes a directory within this directory.
    package func makeDirectory(name: [UInt8], mode: FileMode) throws(SystemCallError) {
        guard name.withCString({ mkdirat(descriptor, $0, mode) }) == 0 else {
            throw .last("mkdir", path.appending(component: name))
        }
    }

    /// Makes a directory at a path.
    package static func makeDirectory(path: [UInt8], mode: FileMode) throws(SystemCallError) {
        guard path.withCString({ mkdir($0, mode) }) == 0 else { throw .last("mkdir", path) }
    }

    /// Makes a directory and the ones above it, as far as they are missing.
    package static func makeDirectories(path: [UInt8], mode: FileMode) throws(SystemCallError) {
        do throws(SystemCallError) {
            try makeDirectory(path: path, mode: mode)
        } catch {
            if error.number == EEXIST { return }
            guard error.number == ENOENT, let slash = path.lastIndex(of: UInt8(ascii: "/")),
                slash > 0
            else { throw error }
            try makeDirectories(path: Array(path[..<slash]), mode: mode)
            do throws(SystemCallError) {
                try makeDirectory(path: path, mode: mode)
            } catch {
                // Made meanwhile: by somebody else, or as this path without the slash at its end.
                guard error.number == EEXIST else { throw error }
            }
        }
    }

    /// Removes an entry of this directory that is not a directory.
    package func remove(name: [UInt8]) throws(SystemCallError) {
        guard name.withCString({ unlinkat(descriptor, $0, 0) }) == 0 else {
            throw .last("unlink", path.appending(component: name))
        }
    }

    /// Removes an empty directory of this directory.
    package func removeDirectory(name: [UInt8]) throws(SystemCallError) {
        guard name.withCString({ unlinkat(descriptor, $0, AT_REMOVEDIR) }) == 0 else {
            throw .last("rmdir", path.appending(component: name))
        }
    }

    /// Removes a file by its path.
    package static func remove(path: [UInt8]) throws(SystemCallError) {
        guard path.withCString({ unlink($0) }) == 0 else { throw .last("unlink", path) }
    }

    /// Gives an entry of this directory another name in it, replacing what had that name.
    package func rename(_ name: [UInt8], to newName: [UInt8]) throws(SystemCallError) {
        let result = name.withCString { old in
            newName.withCString { new in renameat(descriptor, old, descriptor, new) }
        }
        guard result == 0 else { throw .last("rename", path.appending(component: newName)) }
    }

    /// Gives an entry of this directory another name in it that nothing has yet.
    /// - Throws: `SystemCallError` with `isTaken` when something has the name.
    package func rename(_ name: [UInt8], toFree newName: [UInt8]) throws(SystemCallError) {
        let result = name.withCString { old in
            newName.withCString { varve_rename_to_free_name(descriptor, old, descriptor, $0) }
        }
        if result == 0 { return }
        let error = SystemCallError.last("rename", path.appending(component: newName))
        // Some file systems cannot promise it; then it is asked before.
        guard error.number == EINVAL || error.number == ENOSYS else { throw error }
        do {
            _ = try status(of: newName)
        } catch {
            guard error.isNoEntry else { throw error }
            return try rename(name, to: newName)
        }
        throw SystemCallError(
            number: EEXIST, call: "rename", path: path.appending(component: newName))
    }

    /// Gives a file another path on the same file system, replacing what was there.
    package static func rename(_ path: [UInt8], to newPath: [UInt8]) throws(SystemCallError) {
        let result = path.withCString { old in
            newPath.withCString { renameat(AT_FDCWD, old, AT_FDCWD, $0) }
        }
        guard result == 0 else { throw .last("rename", newPath) }
    }

    /// The target of a symbolic link in this directory.
    package func linkTarget(of name: [UInt8]) throws(SystemCallError) -> [UInt8] {
        var capacity = 256
        while true {
            var count = 0
            let target = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                count = name.withCString { name in
                    buffer.withMemoryRebound(to: CChar.self) {
                        readlinkat(descriptor, name, $0.baseAddress!, $0.count)
                    }
                }
                initialized = max(0, count)
            }
            if count < 0 { throw .last("readlink", path.appending(component: name)) }
            // A full buffer may have cut the target off.
            if count < capacity { return target }
            capacity *= 4
        }
    }

    /// Makes a symbolic link in this directory.
    package func makeSymlink(name: [UInt8], target: [UInt8]) throws(SystemCallError) {
        let result = target.withCString { target in
            name.withCString { symlinkat(target, descriptor, $0) }
        }
        guard result == 0 else { throw .last("symlink", path.appending(component: name)) }
    }

    /// Gives a file of this directory, which is no directory, one more name: here or in another
    /// directory of the same file system. A symbolic link gets the name itself, not its target.
    /// - Throws: `SystemCallError` with `isTaken` when something has the new name, with
    ///   `isNoLinkPossible` across file systems and when the file has too many names.
    package func makeLink(
        of name: [UInt8], named newName: [UInt8], in directory: FileHandle
    ) throws(SystemCallError) {
        let result = name.withCString { old in
            newName.withCString { linkat(descriptor, old, directory.descriptor, $0, 0) }
        }
        guard result == 0 else { throw .last("link", directory.path.appending(component: newName)) }
    }

    /// Makes a pipe or a device file in this directory.
    /// - Parameter mode: the file type with the permissions, as `mknod` takes it.
    package func makeNode(
        name: [UInt8], mode: FileMode, major: UInt32 = 0, minor: UInt32 = 0
    ) throws(SystemCallError) {
        #if canImport(Glibc)
        let device = dev_t(FileStatus.device(major: major, minor: minor))
        let result = name.withCString { mknodat(descriptor, $0, mode, device) }
        #else
        let result: CInt = -1
        errno = ENOTSUP
        #endif
        guard result == 0 else { throw .last("mknod", path.appending(component: name)) }
    }
}
