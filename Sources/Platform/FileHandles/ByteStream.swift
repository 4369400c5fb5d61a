#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Bytes that come in order and only once, such as those of a pipe; for one thread.
package struct ByteStream {
    /// How long the stream may be silent before its reader asks whether to go on waiting.
    private static let pauseInMilliseconds: CInt = 100

    private let file: FileHandle
    private let goesOn: () -> Bool

    /// A stream.
    /// - Parameter goesOn: says whether to go on reading; asked many times a second, also while
    ///   nothing comes.
    package init(_ file: FileHandle, while goesOn: @escaping () -> Bool) {
        self.file = file
        self.goesOn = goesOn
    }

    /// Reads until the buffer is full or the stream ends.
    /// - Returns: the number of bytes read; fewer than the buffer takes only at the end.
    /// - Throws: `ECANCELED` when it is not to go on, so that no end is mistaken for the stream's.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int {
        var count = 0
        while count < buffer.count, let base = buffer.baseAddress {
            guard goesOn() else {
                throw SystemCallError(number: ECANCELED, call: "read", path: file.path)
            }
            var wanted = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
            // Silent, or interrupted by a signal.
            if poll(&wanted, 1, Self.pauseInMilliseconds) <= 0 { continue }
            let result = Self.systemRead(file.descriptor, base + count, buffer.count - count)
            if result == 0 { break }
            if result > 0 {
                count += result
            } else if errno != EINTR, errno != EAGAIN {
                throw .last("read", file.path)
            }
        }
        return count
    }

    private static func systemRead(
        _ descriptor: CInt, _ base: UnsafeMutableRawPointer, _ count: Int
    ) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, base, count)
        #else
        Darwin.read(descriptor, base, count)
        #endif
    }
}

extension FileHandle {
    /// Makes a descriptor of this process's own of one that it was given, such as standard input.
    /// - Parameter name: what to call it in messages.
    /// - Throws: `EBADF` when it was given none.
    package static func duplicate(
        _ descriptor: CInt, named name: String
    ) throws(SystemCallError) -> FileHandle {
        // Above the three that programs expect something of.
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .last("dup", Array(name.utf8)) }
        return FileHandle(owning: copy, path: Array(name.utf8))
    }
}
