/// How the process ends (Specs/cli.md).
enum ExitCode: CInt {
    case done = 0
    case failed = 1
    /// Some files could not be read or restored.
    case incomplete = 3
    case noRepository = 10
    /// Another machine has changed the repository meanwhile.
    case concurrentChange = 11
    case wrongPassphrase = 12
    case damaged = 13
    case usage = 64
    case interrupted = 130
}
