internal import ArgumentParser
import ObjectStore

struct PruneCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete what no snapshot needs any more.",
        discussion: """
            Others may go on making snapshots meanwhile. What a snapshot that is being made may \
            rely on waits until that has ended, and goes with a later prune.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup(title: "Limits") var limits: PruneOptions

    @Flag(help: "Only show what would be done.")
    var dryRun = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        // What is deleted depends on every bit of the tables.
        let open = try RepositoryLocator(global).open(verifiesTables: true)
        let report = try limits.prune(open, dryRun: dryRun, console)
        open.store.tidyUp(console)
        PruneOutput(console).show(
            report, dryRun: dryRun, open.store.meter.traffic, stopwatch.milliseconds)
        return .done
    }
}
