import FileHandles
import RequestSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads a secret that is not to stand on the command line, where all users can see it.
enum SecretInput {
    /// Whether somebody can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks on the terminal, without showing what is typed.
    static func ask(_ question: String) -> Secret? {
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else { return nil }
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { return nil }
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual) }
        show("\(question): ")
        defer { show("\n") }
        return firstLine()
    }

    private static func show(_ text: String) {
        // Nothing depends on the question's being seen.
        _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    }

    /// The longest line that is read from a file.
    private static let limitInBytes = 4096

    /// The first line of a file or of what a pipe gives, so that no secret needs to be on a disk.
    /// - Returns: `nil` when it is empty, not UTF-8, or too long.
    static func firstLine(of path: [UInt8]) throws(SystemCallError) -> Secret? {
        let descriptor = (path + [0]).withUnsafeBufferPointer { bytes in
            // A path with its zero has an address.
            bytes.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_RDONLY | O_CLOEXEC) }
        }
        guard descriptor >= 0 else {
            throw SystemCallError(number: errno, call: "open", path: path)
        }
        defer { close(descriptor) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        // Byte by byte: what stands behind the line is for others.
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError(number: errno, call: "read", path: path)
            }
            if count == 0 || byte == UInt8(ascii: "\n") { break }
            guard line.count < limitInBytes else { return nil }
            line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty, let text = String(validating: line, as: UTF8.self) else { return nil }
        return Secret(text)
    }

    /// The first line of standard input.
    static func firstLine() -> Secret? {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else { return nil }
        return Secret(line)
    }
}
