package import FileHandles

/// Runs the commands that give credentials.
package protocol CommandRunner: Sendable {
    /// Runs a program to its end, without a shell.
    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - limitInSeconds: after so long it is killed.
    /// - Throws: when it cannot be started.
    func run(
        _ words: [String], limitInSeconds: Int
    ) throws(SystemCallError) -> ChildProcess.Result
}

/// Runs programs as children of this process.
package struct ChildCommands: CommandRunner {
    /// No credentials and no password are longer.
    private static let outputLimitInBytes = 1024 * 1024

    private let environment: [String: String]

    /// - Parameter environment: all variables of the programs.
    package init(environment: [String: String]) { self.environment = environment }

    /// As the protocol says; what the program writes to standard error goes to the user.
    package func run(
        _ words: [String], limitInSeconds: Int
    ) throws(SystemCallError) -> ChildProcess.Result {
        try ChildProcess.run(
            words, environment: environment, limit: .seconds(limitInSeconds),
            outputLimitInBytes: Self.outputLimitInBytes)
    }
}
