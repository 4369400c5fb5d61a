package import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A terminal at which a test sits: it reads what a program asks, and types answers.
package final class Terminal {
    /// The program's end, for its standard input and error.
    package let device: FileHandle
    private let main: CInt
    private var unread: [UInt8] = []
    /// All that was shown so far.
    package private(set) var shown = ""

    /// Whoever shows nothing for so long has got stuck.
    private static let limitInMilliseconds: CInt = 30_000

    /// A terminal with nothing on it.
    package init() throws {
        var main: CInt = -1
        var other: CInt = -1
        guard openpty(&main, &other, nil, nil, nil) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        self.main = main
        device = FileHandle(fileDescriptor: other, closeOnDealloc: true)
    }

    deinit { close(main) }

    /// Waits until a question is shown, then types a line.
    ///
    /// What is typed before would be lost: programs throw it away when they ask for a secret.
    package func answer(_ question: String, with line: String) throws {
        var place: Range<String.Index>?
        while place == nil {
            unread += try nextBytes()
            place = String(decoding: unread, as: UTF8.self).range(of: question)
        }
        unread = []
        let bytes = Array("\(line)\n".utf8)
        guard write(main, bytes, bytes.count) == bytes.count else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// Takes in what is shown when the program has ended.
    package func finish() throws {
        var poll = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
        while Self.poll(&poll, limit: 0) == 1, poll.revents & Int16(POLLIN) != 0 {
            _ = try nextBytes()
        }
    }

    private func nextBytes() throws -> [UInt8] {
        var poll = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
        guard Self.poll(&poll, limit: Self.limitInMilliseconds) == 1 else {
            throw CocoaError(.fileReadUnknown)
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(main, &bytes, bytes.count)
        guard count > 0 else { throw CocoaError(.fileReadUnknown) }
        shown += String(decoding: bytes[..<count], as: UTF8.self)
        return Array(bytes[..<count])
    }

    private static func poll(_ entry: inout pollfd, limit: CInt) -> CInt {
        #if canImport(Glibc)
        Glibc.poll(&entry, 1, limit)
        #else
        Darwin.poll(&entry, 1, limit)
        #endif
    }
}
