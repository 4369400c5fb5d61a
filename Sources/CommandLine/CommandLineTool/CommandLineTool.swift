// The command line: parses arguments, chooses the store, calls one operation, prints what it tells,
// and ends with an exit code. Nothing below this layer prints or reads the environment.
// Each command has a file of its own; Specs/cli.md is the contract.

internal import ArgumentParser
import ObjectStore
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The tool.
package enum CommandLineTool {
    /// The version that `varve version` shows and manifests record.
    package static let version = "0.1.0"

    /// Runs the command that the process's arguments name, and ends the process.
    package static func main() -> Never {
        ProcessSettings.apply()
        // The first thread has the stack that the system gives, which deep trees do not fit into.
        OwnedThread(stackInBytes: OwnedThread.deepStackInBytes) { exit(runArguments()) }.join()
        preconditionFailure("the thread ends the process")
    }

    /// - Returns: the exit code.
    private static func runArguments() -> CInt {
        let arguments = GlobalOptions.moveBehindCommand(Array(CommandLine.arguments.dropFirst()))
        let command: any ParsableCommand
        do {
            command = try Varve.parseAsRoot(arguments)
        } catch {
            if arguments.contains("--json"), Varve.exitCode(for: error) != .success {
                show(usageError: Varve.message(for: error))
            }
            Varve.exit(withError: error)
        }
        return run(command)
    }

    /// With JSON the last line is the outcome, also of a command that was never begun.
    private static func show(usageError message: String) {
        let console = Console(isJSON: true, isQuiet: false, isVerbose: false)
        console.show(Failure(usage: message))
    }

    private static func run(_ command: any ParsableCommand) -> CInt {
        guard var command = command as? any RepositoryCommand else {
            var other = command
            do {
                try other.run()
            } catch {
                // Help and the like: the parser's own way out.
                Varve.exit(withError: error)
            }
            return 0
        }
        let console = Console(command.global, outputIsBytes: command.outputIsBytes)
        do {
            let code = try runAgainWhenReplaced(&command, console)
            console.finish()
            // A result that nobody has got is none: the disk behind a redirection may be full.
            if let failure = console.lostOutput { throw failure }
            return code.rawValue
        } catch {
            console.finish()
            let failure = Failure(error)
            console.show(failure)
            return failure.exitCode.rawValue
        }
    }
}

/// Runs a command, and once more when a local cache knew a repository that is not there any more.
///
/// That is found out by the first listing, before anything was written or printed, and the cache
/// has forgotten it then.
private func runAgainWhenReplaced(
    _ command: inout any RepositoryCommand, _ console: Console
) throws -> ExitCode {
    do {
        return try command.run(console)
    } catch let error as StoreError where error.code == .replaced {
        console.detail("\(error)")
        return try command.run(console)
    }
}

/// What the user types first.
struct Varve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varve",
        abstract: "Incremental snapshots of folders, deduplicated and compressed.",
        discussion: """
            The repository is what --repo names, else what VARVE_REPO names, else the default \
            remote, else a local one under your home folder, which the first snapshot makes. It \
            is a directory, s3://BUCKET/ROOT, or a remote's name.
            """,
        subcommands: [
            InitCommand.self, SnapshotCommand.self, ListCommand.self, ShowCommand.self,
            LsCommand.self, CatCommand.self, FindCommand.self, ExportCommand.self,
            DiffCommand.self,
            RestoreCommand.self, PullCommand.self, ForgetCommand.self, PruneCommand.self,
            CheckCommand.self,
            StatsCommand.self,
            RemoteCommand.self,
            DoctorCommand.self, CacheCommand.self, VersionCommand.self,
        ]
    )
}

/// A command that runs with a console and says how it ended.
protocol RepositoryCommand: ParsableCommand {
    var global: GlobalOptions { get }
    /// Whether standard output takes bytes that no event may stand between.
    var outputIsBytes: Bool { get }
    mutating func run(_ console: Console) throws -> ExitCode
}

extension RepositoryCommand {
    var outputIsBytes: Bool { false }
}

/// Options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("r"), .long],
        help: "The repository: a directory, s3://BUCKET/ROOT, or a remote's name.")
    var repo: String?

    @OptionGroup(title: "S3 options") var store: StoreOptionGroup

    @Flag(help: "Print one JSON object per line; the last one is the outcome.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print errors, warnings and the outcome only.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more of what is going on.")
    var verbose = false

    /// Moves options that stand before the command behind it, where the parser wants them, so that
    /// `varve -r R list` and `varve list -r R` mean the same. A command of a command, as in
    /// `cache status`, stays in front of them.
    static func moveBehindCommand(_ arguments: [String]) -> [String] {
        let flags: Set = ["--json", "-q", "--quiet", "-v", "--verbose"]
        var options: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if flags.contains(first) || first.hasPrefix("--repo=") {
                options.append(rest.removeFirst())
            } else if ["-r", "--repo"].contains(first), rest.count > 1 {
                options += rest.prefix(2)
                rest.removeFirst(2)
            } else {
                break
            }
        }
        if rest.isEmpty || options.isEmpty { return arguments }
        let command = rest.prefix(commandLength(rest))
        return command + options + rest.dropFirst(command.count)
    }

    /// How many words name the command.
    private static func commandLength(_ arguments: ArraySlice<String>) -> Int {
        var commands = Varve.configuration.subcommands
        var length = 0
        for word in arguments {
            guard let command = commands.first(where: { $0.configuration.commandName == word })
            else { break }
            commands = command.configuration.subcommands
            length += 1
        }
        return max(1, length)
    }
}
