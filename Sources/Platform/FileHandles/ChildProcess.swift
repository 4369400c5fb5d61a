#if canImport(Glibc)
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

    /// Runs a program to its end, without a shell.
    ///
    /// It reads nothing from standard input and shares this process's standard error.
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
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        let program = try RunningProgram(
            words.map { Array($0.utf8) }, variables: variables.map { Array($0.utf8) }, input: .none)
        var output: [UInt8] = []
        let trouble = collect(
            from: program.output.descriptor, into: &output, until: deadline,
            limitInBytes: outputLimitInBytes)
        if let trouble {
            program.stop()
            return Result(end: trouble, output: output)
        }
        // The end comes soon behind that of the output.
        if let end = program.wait(while: { ContinuousClock.now < deadline }) {
            return Result(end: end, output: output)
        }
        program.stop()
        return Result(end: .timedOut, output: output)
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

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> CInt {
        let left = ContinuousClock.now.duration(to: deadline)
        return CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
    }
}
