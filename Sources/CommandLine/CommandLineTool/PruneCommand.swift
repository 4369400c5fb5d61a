internal import ArgumentParser
import ChunkMarking
import ChunkStorage
import FileTree
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

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
        let open = try RepositoryLocator(global).open()
        let report = try limits.prune(open, dryRun: dryRun, console)
        open.store.tidyUp(console)
        PruneOutput(console).show(
            report, dryRun: dryRun, open.store.meter.traffic, stopwatch.milliseconds)
        return .done
    }
}

/// How much a prune may leave, and copy.
struct PruneOptions: ParsableArguments {
    @Option(help: "How much may be unused afterwards: part of the rest, size, or \"unlimited\".")
    var maxUnused = UnusedArgument.usual

    @Option(help: "How much to copy at most, such as 2GiB.")
    var maxRepack: SizeArgument?

    @Option(help: "How long forgotten snapshots keep their data: 0, or such as 24h or 3d.")
    var grace = GraceArgument.usual

    /// Prunes a repository.
    func prune(
        _ open: OpenRepository, dryRun: Bool, _ console: Console
    ) throws -> PruneReport {
        let isRemote = open.store.bucket != nil
        let uploads: UploadSettings = isRemote ? .network : .directory
        var settings = PruneSettings(
            policy: PrunePolicy(
                maximumUnused: maxUnused.value, maximumRepackInBytes: maxRepack?.sizeInBytes,
                packTargetInBytes: UInt64(uploads.packTargetInBytes)),
            marking: isRemote ? .network : .local, uploads: uploads)
        settings.marking.cancellation = ProcessSettings.cancellation
        settings.graceInSeconds = grace.seconds
        settings.isDryRun = dryRun
        let pruner = Pruner(
            repository: open.repository, meter: open.store.meter, settings: settings,
            environment: try ProcessSettings.session(open.store), now: Machine.now,
            report: { event in
                switch event {
                case .step(let text): console.progress(text)
                case .warning(let text): console.warning(text)
                }
            })
        return try pruner.run()
    }
}

/// The value of `--max-unused`.
struct UnusedArgument: ExpressibleByArgument {
    static let usual = UnusedArgument(value: PrunePolicy.usualMaximumUnused)

    let value: PrunePolicy.MaximumUnused

    private init(value: PrunePolicy.MaximumUnused) { self.value = value }

    init?(argument: String) {
        if argument == "unlimited" {
            value = .unlimited
        } else if argument.hasSuffix("%") {
            guard let percent = Double(argument.dropLast()), (0...100).contains(percent) else {
                return nil
            }
            value = .fraction(percent / 100)
        } else {
            guard let bytes = HumanText.parse(bytes: argument) else { return nil }
            value = .bytes(bytes)
        }
    }

    var defaultValueDescription: String { "5%" }
}

/// A number of bytes on the command line.
struct SizeArgument: ExpressibleByArgument {
    let sizeInBytes: UInt64

    init?(argument: String) {
        guard let bytes = HumanText.parse(bytes: argument) else { return nil }
        sizeInBytes = bytes
    }
}

/// The value of `--grace`.
struct GraceArgument: ExpressibleByArgument {
    static let usual = GraceArgument(seconds: PruneSettings.usualGraceInSeconds)

    let seconds: Int64

    private init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        if argument == "0" {
            seconds = 0
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last],
            let number = Int64(argument.dropLast()), (0...100_000).contains(number)
        else { return nil }
        seconds = number * unit
    }

    var defaultValueDescription: String { "24h" }
}
