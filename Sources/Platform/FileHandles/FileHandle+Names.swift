#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// Calls `body` with the bytes of each entry's name, but for `.` and `..`, in no order.
    ///
    /// The handle's position is at the end afterwards, so one thread at a time may do this.
    /// - Parameter goesOn: whether to go on, asked before each name.
    package func forEachName(
        while goesOn: () -> Bool = { true }, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        // It may have been read before.
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("lseek", path) }
        try readNames(goesOn) { name in
            if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { body(name) }
        }
    }

    #if canImport(Glibc)
    /// What glibc reads at a time; more than a thousand short names.
    private static let entriesInBytes = 32 * 1024

    private func readNames(
        _ goesOn: () -> Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        let entries = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.entriesInBytes, alignment: 8)
        defer { entries.deallocate() }
        // An empty buffer is the only one without an address, and this one is not.
        guard let base = entries.baseAddress else { return }
        while true {
            let count = varve_read_directory(descriptor, base, UInt(entries.count))
            guard count >= 0 else { throw .last("getdents64", path) }
            if count == 0 { return }
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
    private func readNames(
        _ goesOn: () -> Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemCallError) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .last("opendir", path) }
        guard let stream = fdopendir(copy) else {
            let failure = SystemCallError.last("opendir", path)
            close(copy)
            throw failure
        }
        defer { closedir(stream) }
        while goesOn() {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw .last("readdir", path) }
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
