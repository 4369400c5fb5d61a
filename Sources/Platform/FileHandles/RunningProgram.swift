#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

/// A program that was started, with a pipe to its standard output; for one thread.
///
/// It shares this process's standard error, so that its own words reach the user and no message of
/// ours. What it has started itself may live on. This process must not ignore `SIGCHLD`, or the
/// system would not say how programs end.
package struct RunningProgram {
    /// What a program reads from standard input.
    package enum Input: Sendable {
        /// Nothing.
        case none
        /// What this process would read.
        case inherited
    }

    /// How often a program is asked whether it has ended: at first, and later on.
    private static let firstPauseInMilliseconds: CInt = 1
    private static let longestPauseInMilliseconds: CInt = 100

    /// This process's end of the pipe.
    package let output: FileHandle
    private let child: pid_t

    /// Starts a program, without a shell.
    /// - Parameters:
    ///   - words: the program, searched for in `PATH` unless it has a slash, and its arguments.
    ///   - variables: all of its environment, each as `NAME=VALUE`.
    /// - Throws: when it cannot be started; `ENOENT` where there is no such program.
    package init(
        _ words: [[UInt8]], variables: [[UInt8]], input: Input
    ) throws(SystemCallError) {
        let path = try Self.find(words.first ?? [], variables)
        var ends: [CInt] = [-1, -1]
        // The program must not get the descriptors beside those that it is given.
        #if canImport(Glibc)
        guard varve_pipe(&ends, O_CLOEXEC) == 0 else { throw .last("pipe", []) }
        #else
        guard pipe(&ends) == 0 else { throw .last("pipe", []) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        output = FileHandle(owning: ends[0], path: words.first ?? [])
        defer { close(ends[1]) }
        child = try Self.spawn(path, words, variables, input, output: ends[1])
    }

    /// Waits for the end. Once it was told, nothing else may be called.
    /// - Parameter goesOn: says whether to go on waiting; asked many times a second.
    /// - Returns: `nil` when the program runs and it is not to go on.
    package func wait(while goesOn: () -> Bool) -> ChildProcess.End? {
        var pause = Self.firstPauseInMilliseconds
        while true {
            if let end = askForEnd(WNOHANG) { return end }
            guard goesOn() else { return nil }
            poll(nil, 0, pause)
            pause = min(2 * pause, Self.longestPauseInMilliseconds)
        }
    }

    /// Asks the program to end, and kills it when it has not after a while. Nothing else may be
    /// called afterwards.
    /// - Parameter limit: how long it may take to end in order.
    /// - Returns: how it has ended.
    @discardableResult
    package func stop(within limit: Duration = .zero) -> ChildProcess.End {
        if limit > .zero {
            kill(child, SIGTERM)
            let deadline = ContinuousClock.now + limit
            if let end = wait(while: { ContinuousClock.now < deadline }) { return end }
        }
        kill(child, SIGKILL)
        guard let end = askForEnd(0) else { preconditionFailure("waiting ends with the program") }
        return end
    }

    /// - Returns: `nil` while the program runs.
    private func askForEnd(_ options: CInt) -> ChildProcess.End? {
        var status: CInt = 0
        while true {
            let result = waitpid(child, &status, options)
            if result == 0 { return nil }
            if result == child { break }
            // The child is ours, and only its end, which is told once, takes it away.
            precondition(errno == EINTR, "nobody tells how programs end")
        }
        // The macros of <sys/wait.h>, which Swift does not import.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }
}

extension RunningProgram {
    private static func spawn(
        _ path: [UInt8], _ words: [[UInt8]], _ variables: [[UInt8]], _ input: Input, output: CInt
    ) throws(SystemCallError) -> pid_t {
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
        if input == .none {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
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
        let (arguments, environment) = (CStrings(words), CStrings(variables))
        var child: pid_t = 0
        let result = path.withCString {
            posix_spawn(
                &child, $0, &actions, &attributes, arguments.pointers, environment.pointers)
        }
        guard result == 0 else { throw SystemCallError(number: result, call: "start", path: path) }
        return child
    }

    /// The path of a program, as a shell would find it.
    /// - Parameters:
    ///   - program: its name, or a path that is left as it is.
    ///   - variables: those among which `PATH` is looked for.
    /// - Throws: `ENOENT` where there is none.
    package static func find(
        _ program: [UInt8], _ variables: [[UInt8]]
    ) throws(SystemCallError) -> [UInt8] {
        let missing = SystemCallError(number: ENOENT, call: "start", path: program)
        if program.isEmpty || program.contains(0) { throw missing }
        if program.contains(UInt8(ascii: "/")) { return program }
        let name = Array("PATH=".utf8)
        let folders =
            variables.first { $0.starts(with: name) }?.dropFirst(name.count)
            ?? Array("/usr/bin:/bin".utf8)[...]
        for folder in folders.split(separator: UInt8(ascii: ":")) {
            let path = Array(folder).appending(component: program)
            if path.withCString({ access($0, X_OK) }) == 0,
                let status = try? FileStatus.of(path: path, followsLinks: true),
                status.kind == .file
            {
                return path
            }
        }
        throw missing
    }
}

/// C strings with a null pointer behind them, for as long as the object lives.
private final class CStrings {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [[UInt8]]) { pointers = texts.map { $0.withCString { strdup($0) } } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
