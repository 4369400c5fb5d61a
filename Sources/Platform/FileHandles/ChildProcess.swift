#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

/// Programs that are run for what they write to standard output.
package enum ChildProcess {
    /// How a program has ended.
    package enum End: Hashable, Sendable {
        /// With an exit code.
        case exited(Int32)
        /// By a signal.
        case killed(signal: Int32)
        /// It took too long and was killed.
        case timedOut
        /// It wrote too much and was killed.
        case tooMuchOutput
    }

    /// What a program has left.
    package struct Result: Hashable, Sendable {
        /// How it has ended.
        package let end: End
        /// What it wrote to standard output.
        package let output: [UInt8]

        /// A result.
        package init(end: End, output: [UInt8]) {
            self.end = end
            self.output = output
        }
    }

    /// How often a program that has closed its output is asked whether it has ended.
    private static let pauseInMilliseconds: CInt = 5

    /// Runs a program to its end, without a shell.
    ///
    /// It reads nothing from standard input and shares this process's standard error, so that its
    /// own words reach the user and no message of ours. What it has started itself may live on.
    /// - Parameters:
    ///   - words: the program, searched for in `PATH` unless it has a slash, and its arguments.
    ///   - environment: all variables of the program.
    ///   - limit: how long it may take.
    ///   - outputLimitInBytes: how much it may write.
    /// - Throws: when it cannot be started; `ENOENT` where there is no such program.
    package static func run(
        _ words: [String], environment: [String: String], limit: Duration,
        outputLimitInBytes: Int
    ) throws(SystemCallError) -> Result {
        let deadline = ContinuousClock.now + limit
        var ends: [CInt] = [-1, -1]
        // The program must not get the descriptors beside those that it is given.
        #if canImport(Glibc)
        guard varve_pipe(&ends, O_CLOEXEC) == 0 else { throw .last("pipe", []) }
        #else
        guard pipe(&ends) == 0 else { throw .last("pipe", []) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        let child: pid_t
        do {
            defer { close(writing) }
            child = try spawn(words, environment: environment, output: writing)
        }
        var output: [UInt8] = []
        let trouble = collect(
            from: reading, into: &output, until: deadline, limitInBytes: outputLimitInBytes)
        return Result(end: wait(for: child, until: deadline, trouble), output: output)
    }

    /// Reads until the end of the output.
    /// - Returns: why reading was given up; `nil` at the end.
    private static func collect(
        from descriptor: CInt, into output: inout [UInt8], until deadline: ContinuousClock.Instant,
        limitInBytes: Int
    ) -> End? {
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let left = milliseconds(until: deadline)
            if left <= 0 { return .timedOut }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Interrupted or timed out: the deadline decides.
            if poll(&wanted, 1, left) <= 0 { continue }
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            // A pipe of ours cannot fail otherwise; then its end is all that is left to see.
            if count <= 0 { return nil }
            output += piece[..<count]
            if output.count > limitInBytes { return .tooMuchOutput }
        }
    }

    /// Waits for the end, which comes soon behind that of the output; kills what does not end.
    private static func wait(
        for child: pid_t, until deadline: ContinuousClock.Instant, _ trouble: End?
    ) -> End {
        var trouble = trouble
        var status: CInt = 0
        while true {
            if trouble != nil { kill(child, SIGKILL) }
            let result = waitpid(child, &status, trouble == nil ? WNOHANG : 0)
            if result == child { break }
            // Somebody has set that nobody is told how children end.
            if result < 0, errno != EINTR { return trouble ?? .exited(0) }
            if result == 0 {
                if milliseconds(until: deadline) <= 0 { trouble = .timedOut }
                poll(nil, 0, pauseInMilliseconds)
            }
        }
        if let trouble { return trouble }
        // The macros of <sys/wait.h>, which Swift does not import.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> CInt {
        let left = ContinuousClock.now.duration(to: deadline)
        return CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
    }
}

extension ChildProcess {
    private static func spawn(
        _ words: [String], environment: [String: String], output: CInt
    ) throws(SystemCallError) -> pid_t {
        let path = try find(words.first ?? "", in: environment["PATH"] ?? "/usr/bin:/bin")
        #if canImport(Glibc)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #else
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #endif
        // These fail only without memory, and then starting the program fails too.
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A thread of ours may block signals, and this process ignores broken pipes.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        let arguments = CStrings(words)
        let variables = CStrings(environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
        var child: pid_t = 0
        let result = posix_spawn(
            &child, path, &actions, &attributes, arguments.pointers, variables.pointers)
        guard result == 0 else {
            throw SystemCallError(number: result, call: "start", path: Array(path.utf8))
        }
        return child
    }

    /// The program's path, as a shell would find it.
    private static func find(
        _ program: String, in folders: String
    ) throws(SystemCallError) -> String {
        if program.utf8.contains(UInt8(ascii: "/")) { return program }
        if !program.isEmpty {
            for folder in folders.split(separator: ":") {
                let path = "\(folder)/\(program)"
                var status = stat()
                if access(path, X_OK) == 0, stat(path, &status) == 0,
                    status.st_mode & S_IFMT == S_IFREG
                {
                    return path
                }
            }
        }
        throw SystemCallError(number: ENOENT, call: "start", path: Array(program.utf8))
    }
}

/// C strings with a null pointer behind them, for as long as the object lives.
private final class CStrings {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
