import RepositoryFormat
import SnapshotModel
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The only place that prints: results on standard output, everything else on standard error.
///
/// With `--json` both results and errors are objects on standard output, one a line.
final class Console: Sendable {
    private struct State {
        var output: [UInt8] = []
        var hasProgressLine = false
        /// The error number of the first output that was lost.
        var outputError: CInt?
    }

    /// Output is written in pieces of about this size.
    private static let bufferInBytes = 64 * 1024

    let isJSON: Bool
    let isQuiet: Bool
    let isVerbose: Bool
    /// Whether standard output is a terminal, on which control characters do harm.
    let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether standard output takes bytes only, so that events go to standard error.
    private let outputIsBytes: Bool
    private let showsProgress: Bool
    private let state = Mutex(State())

    init(isJSON: Bool, isQuiet: Bool, isVerbose: Bool, outputIsBytes: Bool = false) {
        self.outputIsBytes = outputIsBytes
        self.isJSON = isJSON
        self.isQuiet = isQuiet
        self.isVerbose = isVerbose
        showsProgress = !isJSON && !isQuiet && isatty(STDERR_FILENO) == 1
    }

    convenience init(_ options: GlobalOptions, outputIsBytes: Bool) {
        self.init(
            isJSON: options.json, isQuiet: options.quiet, isVerbose: options.verbose,
            outputIsBytes: outputIsBytes)
    }

    /// Prints a line of text on standard output, unless JSON is asked for.
    func line(_ text: String) {
        if !isJSON { output(Array(text.utf8) + [UInt8(ascii: "\n")]) }
    }

    /// Prints an object of JSON when JSON is asked for.
    func event(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        guard isJSON else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("event")
        writer.plain(name)
        members(&writer)
        writer.endObject()
        writer.endLine()
        if outputIsBytes {
            state.withLock { _ in _ = Self.write(writer.bytes, to: STDERR_FILENO) }
        } else {
            output(writer.bytes)
        }
    }

    /// Writes bytes to standard output as they are.
    func output(_ bytes: some Collection<UInt8>) {
        state.withLock { state in
            state.output.append(contentsOf: bytes)
            if state.output.count >= Self.bufferInBytes { Self.flush(&state) }
        }
    }

    /// Tells something on standard error, unless `--quiet`; an event with JSON.
    func notice(_ text: String) {
        if isJSON {
            event("notice") { writer in
                writer.key("message")
                writer.string(text)
            }
        } else if !isQuiet {
            error(text)
        }
    }

    /// Tells more on standard error with `--verbose`.
    func detail(_ text: @autoclosure () -> String) {
        if isVerbose, !isJSON { error(text()) }
    }

    /// Warns on standard error, also with `--quiet`; an event with JSON.
    func warning(_ text: String) {
        if isJSON {
            event("warning") { writer in
                writer.key("message")
                writer.string(text)
            }
        } else {
            error("warning: \(text)")
        }
    }

    /// Tells of a path that something is wrong with: a warning, or an event of the name.
    func problem(_ name: StaticString, _ path: [UInt8], _ reason: String) {
        let path = DisplayText.escape(path)
        if isJSON {
            event(name) { writer in
                writer.key("path")
                writer.string(path)
                writer.key("reason")
                writer.string(reason)
            }
        } else {
            warning("\(path): \(reason)")
        }
    }

    /// Shows why the command has failed.
    func show(_ failure: Failure) {
        event("error") { writer in
            writer.key("code")
            writer.number(Int64(failure.exitCode.rawValue))
            writer.key("message")
            writer.string(failure.message)
            writer.key("cause")
            writer.string(failure.cause)
            writer.key("try")
            writer.string(failure.remedy)
        }
        finish()
        if isJSON { return }
        error("error: \(failure.message)")
        if !failure.cause.isEmpty { error("cause: \(failure.cause)") }
        if !failure.remedy.isEmpty { error("try:   \(failure.remedy)") }
    }

    /// Shows how far the command is, on one line that the next one replaces.
    func progress(_ text: @autoclosure () -> String) {
        guard showsProgress else { return }
        let line = "\r\u{1B}[K" + text()
        state.withLock { state in
            state.hasProgressLine = true
            Self.write(Array(line.utf8), to: STDERR_FILENO)
        }
    }

    /// Writes out what is left.
    func finish() {
        state.withLock { state in
            Self.clearProgress(&state)
            Self.flush(&state)
        }
    }

    /// Why results did not reach standard output; `nil` when all did. Ask after `finish`.
    var lostOutput: Failure? {
        state.withLock { $0.outputError }.map(Failure.init(lostOutput:))
    }

    private func error(_ text: String) {
        state.withLock { state in
            Self.clearProgress(&state)
            Self.write(Array(text.utf8) + [UInt8(ascii: "\n")], to: STDERR_FILENO)
        }
    }

    private static func clearProgress(_ state: inout State) {
        guard state.hasProgressLine else { return }
        state.hasProgressLine = false
        write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO)
    }

    private static func flush(_ state: inout State) {
        let error = write(state.output, to: STDOUT_FILENO)
        state.outputError = state.outputError ?? error
        state.output.removeAll(keepingCapacity: true)
    }

    /// - Returns: the error number when not all could be written.
    @discardableResult
    private static func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.systemWrite(descriptor, $0) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
