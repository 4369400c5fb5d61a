import Synchronization

#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Calls `body` with the bytes of each entry's name, but for `.` and `..`, in no order.
    ///
    /// One thread at a time may do this. A directory that was removed meanwhile has no names.
    /// - Parameter goesOn: whether to go on, asked before each name.
    package func forEachName(
        while goesOn: () -> Bool = { true }, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        let other = try reopenedForReading()
        try Self.readNames(of: other ?? self, goesOn) { name in
            if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { body(name) }
        }
    }

    /// Where entries were read before: another handle of this directory, or `nil` when this one
    /// stands before its first entry again.
    private func reopenedForReading() throws(SystemCallError) -> FileHandle? {
        guard wasRead.exchange(true, ordering: .relaxed) else { return nil }
        // Not every program behind FUSE finds back to the first entry of what was read once.
        let other = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if other >= 0 { return FileHandle(owning: other, path: path) }
        // It may be read, and not be gone into.
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("lseek", path) }
        return nil
    }

    #if canImport(Glibc)
    /// What glibc reads at a time; more than a thousand short names.
    private static let entriesInBytes = 32 * 1024

    // Not by opendir, which asks six more things of the system for each directory.
    private static func readNames(
        of handle: FileHandle, _ goesOn: () -> Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        let entries = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.entriesInBytes, alignment: 8)
        defer { entries.deallocate() }
        // An empty buffer is the only one without an address, and this one is not.
        guard let base = entries.baseAddress else { return }
        while goesOn() {
            let count = varve_read_directory(handle.descriptor, base, UInt(entries.count))
            if count < 0, errno != ENOENT { throw .last("getdents64", handle.path) }
            if count <= 0 { return }
            var offset = 0
            while offset < count {
                guard goesOn() else { return }
                // struct linux_dirent64: inode and position of 8 bytes each, the length of the
                // record (2), the type (1), and the name, which ends with a NUL.
                let entry = base + offset
                offset += Int(entry.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
                let name = entry + 19
                let length = strlen(name.assumingMemoryBound(to: CChar.self))
                body(UnsafeRawBufferPointer(start: name, count: length))
            }
        }
    }
    #else
    private static func readNames(
        of handle: FileHandle, _ goesOn: () -> Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        let copy = fcntl(handle.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .last("opendir", handle.path) }
        guard let stream = fdopendir(copy) else {
            let failure = SystemCallError.last("opendir", handle.path)
            close(copy)
            throw failure
        }
        defer { closedir(stream) }
        while goesOn() {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw .last("readdir", handle.path) }
                return
            }
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else {
                preconditionFailure("dirent has a name")
            }
            let name = UnsafeRawPointer(entry) + offset
            let length = strlen(name.assumingMemoryBound(to: CChar.self))
            body(UnsafeRawBufferPointer(start: name, count: length))
        }
    }
    #endif
}
