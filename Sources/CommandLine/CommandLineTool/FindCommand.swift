internal import ArgumentParser
import ChunkStorage
import Finding
import ObjectStore
import RepositoryAccess
import Selection
import SnapshotModel

struct FindCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find files and folders in snapshots.",
        discussion: """
            PATTERN is compared with names, or, with a slash in it, with whole paths from the \
            snapshot's root on: * stands for any bytes but a slash, ? for one, [a-z] for one of \
            several, **/ for any folders. Each line names a snapshot and a path, as restore, cat \
            and ls take them.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "What to look for.")
    var pattern: String

    @Option(help: "Search this snapshot instead of all; may be given several times.")
    var snapshot: [String] = []

    @OptionGroup(title: "What is found") var criteria: FindOptions

    @Flag(name: .shortAndLong, help: "Show mode, owner, size and time.")
    var long = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        var settings = FindSettings(try criteria.criteria(RawArguments.bytes(of: pattern)))
        // Whoever names a snapshot wants to know when it is not there.
        settings.passesOverLost = snapshot.isEmpty
        let open = try RepositoryLocator(global).open()
        let (manifests, damaged) = try manifests(open.repository)
        let output = FindOutput(console: console, isLong: long)
        for manifest in damaged {
            console.warning("\(manifest.key) is damaged: \(manifest.reason)")
        }
        var counts = FindCounts()
        // Without a snapshot there may be no index, and there is nothing to read.
        if !manifests.isEmpty {
            let finder = Finder(
                open.repository, try open.repository.openIndex(), settings, report: output.show)
            counts = try finder.run(manifests)
        }
        open.store.tidyUp(console)
        let traffic = open.store.meter.traffic
        console.detail("read \(counts.readListings) listings; \(traffic)")
        output.show(counts, damagedManifests: damaged.count, traffic, stopwatch)
        return counts.damaged > 0 || !damaged.isEmpty ? .damaged : .done
    }

    /// The snapshots to search, oldest first, each once.
    private func manifests(
        _ repository: Repository
    ) throws -> (manifests: [Manifest], damaged: [DamagedManifest]) {
        guard !snapshot.isEmpty else {
            let (all, damaged) = try repository.loadManifests()
            return (all.filter(filter.filter.matches), damaged)
        }
        var named: [SnapshotID: Manifest] = [:]
        for manifest in try repository.findSnapshots(snapshot, filter.filter) {
            named[manifest.id] = manifest
        }
        return (named.values.sorted { ($0.time, $0.id) < ($1.time, $1.id) }, [])
    }
}
