package import FileHandles
import Synchronization
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A pipe that a test writes to while somebody reads from it.
package final class StreamPipe: Sendable {
    private let reading: Mutex<FileHandle?>
    private let input: Mutex<CInt?>
    private let writer = Mutex<OwnedThread?>(nil)

    /// An empty pipe.
    /// - Parameter isNonblocking: whether reads of what is not there yet fail instead of waiting.
    package init(isNonblocking: Bool = false) throws {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemCallError(number: errno, call: "pipe", path: []) }
        // Who reads may give up before all is written.
        signal(SIGPIPE, SIG_IGN)
        if isNonblocking { _ = fcntl(ends[0], F_SETFL, O_NONBLOCK) }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        reading = Mutex(try FileHandle.duplicate(ends[0], named: "a pipe"))
        close(ends[0])
        input = Mutex(ends[1])
    }

    deinit { end() }

    /// Where to read, until that is closed.
    package var output: FileHandle {
        reading.withLock { handle in
            guard let handle else { preconditionFailure("the pipe is read no more") }
            return handle
        }
    }

    /// Reads no more, which is an error for whoever writes.
    package func closeOutput() { reading.withLock { $0 = nil } }

    /// Waits for the thread that writes.
    package func join() {
        writer.withLock { writer in
            defer { writer = nil }
            return writer
        }?.join()
    }

    /// Writes all bytes; waits while the pipe is full.
    /// - Returns: whether somebody reads.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        guard let input = input.withLock({ $0 }) else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.systemWrite(input, $0) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Ends the stream.
    package func end() {
        input.withLock { input in
            if let input { close(input) }
            input = nil
        }
    }

    /// Has a thread write the bytes, piece by piece, and end the stream.
    package func feed(_ bytes: [UInt8], pieceInBytes: Int = 10_000) {
        run { pipe in
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + pieceInBytes)
                guard pipe.write(Array(bytes[start..<end])) else { break }
                start = end
            }
        }
    }

    /// Has a thread call `body`, which writes as it likes, and end the stream. To be joined.
    package func run(_ body: @escaping @Sendable (StreamPipe) -> Void) {
        let thread = OwnedThread { [self] in
            body(self)
            end()
        }
        writer.withLock { $0 = thread }
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
