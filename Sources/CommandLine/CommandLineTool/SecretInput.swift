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

    /// The first line of standard input.
    static func firstLine() -> Secret? {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else { return nil }
        return Secret(line)
    }
}
