internal import ArgumentParser
import ChunkStorage
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Restoring
import SnapshotModel
import StatCaching
import WorkerThreads

struct PullCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring a folder to the newest snapshot of its source.",
        discussion: """
            DIR is a folder that was restored once on this machine; its source is the host and \
            the paths that the snapshot was of. Only what DIR lacks is fetched. What was changed \
            in DIR since is kept beside the snapshot's. What the snapshot does not have any more \
            is deleted, unless it was changed or made here.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RestoreOptions

    @Argument(help: "The folder.")
    var folder: String

    @Option(help: "Take the snapshots of this host instead.")
    var host: String?

    @Flag(help: "Go on, and look for new snapshots again and again.")
    var watch = false

    @Option(help: "How long to wait before looking again: 30s, 5m, 1h.")
    var interval = "30s"

    func validate() throws {
        guard HumanText.parse(duration: interval) != nil else {
            throw ValidationError("--interval is a number with s, m or h behind it, such as 30s")
        }
        if watch, options.dryRun {
            throw ValidationError("--watch and --dry-run exclude each other")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let open = try RepositoryLocator(global).open()
        let target = RawArguments.absolutePath(folder)
        var pull = FolderPull(
            target: target, place: folder, host: host, options: options, open: open,
            console: console)
        guard watch else { return try pull.run() }
        return try keepPulling(&pull, console)
    }

    /// Pulls until somebody asks to stop. What passes, such as a network that is down, is told and
    /// tried again.
    private func keepPulling(_ pull: inout FolderPull, _ console: Console) throws -> ExitCode {
        // It was checked when the arguments were read.
        let pause = HumanText.parse(duration: interval) ?? 0
        let cancellation = ProcessSettings.cancellation
        var isFirst = true
        while true {
            do {
                _ = try pull.run(isQuiet: !isFirst)
            } catch let error as StoreError where error.code.mayPass && !isFirst {
                let failure = Failure(error)
                console.warning("\(failure.message): \(failure.cause); trying again")
            }
            isFirst = false
            console.finish()
            cancellation.sleep(milliseconds: pause)
            try cancellation.check()
        }
    }
}

/// Brings one folder to the newest snapshot of its source, any number of times.
struct FolderPull {
    private let target: [UInt8]
    private let place: String
    private let host: String?
    private let options: RestoreOptions
    private let open: OpenRepository
    private let console: Console
    /// Snapshots that are known to be of other sources.
    private var others: Set<SnapshotID> = []

    init(
        target: [UInt8], place: String, host: String?, options: RestoreOptions,
        open: OpenRepository, console: Console
    ) {
        self.target = target
        self.place = place
        self.host = host
        self.options = options
        self.open = open
        self.console = console
    }

    /// Pulls once: one LIST when there is nothing new.
    /// - Parameter isQuiet: whether to say nothing when there is nothing new.
    mutating func run(isQuiet: Bool = false) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let origin = try origin()
        guard let manifest = try newest(origin) else {
            if !isQuiet { showNothing(origin, stopwatch) }
            return .done
        }
        let index = try open.repository.openIndex()
        let reader = TreeReader(
            try ChunkLoader(open.repository.makeLoaders(for: manifest, index)))
        let subpath = origin.subpath.map { FileName($0) }
        let entry = try reader.entry(at: subpath, in: manifest.root)
        var settings = options.settings(
            target: target, manifest, subpath: subpath, open.store)
        settings.deletion = .unchanged
        return try RestoreRun(console: console, stopwatch: stopwatch, place: place).run(
            entry, of: manifest, index, in: open, settings)
    }

    private func origin() throws -> FolderOrigin {
        let files = FolderFiles(
            cache: try ProcessEnvironment.cacheDirectory(),
            repository: open.repository.description.id, host: Machine.hostName(), paths: [target])
        guard let origin = FolderState.load(files.state)?.origin else {
            throw Failure(
                .failed, "cannot pull to \(DisplayText.escape(target))",
                "no snapshot of this repository was restored to it on this machine",
                "varve restore latest --host HOST --to \(DisplayText.escape(place.utf8))")
        }
        return origin
    }

    private mutating func newest(_ origin: FolderOrigin) throws -> Manifest? {
        let host = host ?? origin.host
        if host == origin.host {
            return try open.repository.newestSnapshot(
                ofHost: host, paths: origin.paths, after: origin.snapshot, begunAt: origin.time,
                passedOver: &others)
        }
        // Another host's clock may be any; its newest snapshot is meant, whenever that was made.
        let newest = try open.repository.newestSnapshot(
            ofHost: host, paths: origin.paths, after: origin.snapshot,
            begunAt: Timestamp(seconds: 0, nanoseconds: 0),
            passedOver: &others)
        guard let newest else {
            throw Failure(
                .failed, "cannot pull to \(DisplayText.escape(target))",
                "host \(DisplayText.escape(host.utf8)) has no snapshot of the same paths",
                "varve list --host \(DisplayText.escape(host.utf8))")
        }
        return newest
    }

    private func showNothing(_ origin: FolderOrigin, _ stopwatch: Stopwatch) {
        console.line("\(place) has the newest snapshot, \(origin.snapshot)")
        console.detail("\(open.store.meter.traffic)")
        console.event("summary") { writer in
            writer.key("snapshot")
            writer.string("\(origin.snapshot)")
            writer.key("new")
            writer.boolean(false)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(open.store.meter.traffic), to: &writer)
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
    }
}
