internal import ArgumentParser
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Restoring
import SnapshotModel

struct RestoreCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Write a snapshot, or a part of it, into a folder.",
        discussion: """
            A folder's content goes into DIR itself, so that DIR becomes equal to it; a file goes \
            into DIR under its own name. DIR must not exist, or be empty.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot, and behind a colon the path within it.")
    var snapshot: SnapshotArgument

    @Option(help: "The folder to write into.")
    var to: String

    @Flag(help: "Write long runs of zeros as holes.")
    var sparse = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let open = try RepositoryLocator(global).open()
        let (repository, meter) = (open.repository, open.store.meter)
        let opened = try OpenSnapshot(snapshot, filter.filter, in: repository)
        var settings = RestoreSettings(
            target: AbsolutePath.make(RawArguments.bytes(of: to), in: Machine.currentDirectory()),
            cancellation: ProcessSettings.cancellation)
        settings.makesHoles = sparse
        settings.reading = open.store.bucket == nil ? .local : .network
        let total = opened.manifest.counts.bytes
        let restorer = Restorer(repository: repository, index: opened.index, settings: settings) {
            Self.show($0, total, console)
        }
        let counts = try restorer.restore(opened.entry)
        open.store.tidyUp(console)
        let traffic = meter.traffic
        console.line(
            "restored \(HumanText.count(counts.files, "file", "files")) in "
                + HumanText.count(counts.directories, "folder", "folders")
                + ", \(HumanText.bytes(counts.bytes)), to \(to)"
                + " in \(HumanText.seconds(stopwatch.milliseconds))")
        console.detail("\(traffic)")
        showProblems(counts, console)
        console.event("summary") { writer in
            writer.key("snapshot")
            writer.string("\(opened.manifest.id)")
            writer.key("files")
            writer.number(counts.files)
            writer.key("directories")
            writer.number(counts.directories)
            writer.key("bytes")
            writer.number(counts.bytes)
            writer.key("downloadedBytes")
            writer.number(traffic.downloadedBytes)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("failed")
            writer.number(counts.failed)
            writer.key("damaged")
            writer.number(counts.damaged)
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
        if counts.damaged > 0 { return .damaged }
        return counts.failed > 0 ? .incomplete : .done
    }

    private func showProblems(_ counts: RestoreCounts, _ console: Console) {
        if counts.damaged > 0 {
            console.warning(
                "\(HumanText.count(counts.damaged, "path is", "paths are")) damaged in the"
                    + " repository and missing from \(to); run varve check --read-data")
        }
        if counts.failed > 0 {
            console.warning(
                "\(HumanText.count(counts.failed, "path", "paths"))"
                    + " could not be restored completely")
        }
    }

    private static func show(_ event: RestoreEvent, _ total: UInt64, _ console: Console) {
        switch event {
        case .progress(let counts):
            console.progress(
                "\(counts.files) files, \(HumanText.bytes(counts.bytes))"
                    + " of \(HumanText.bytes(total))")
        case .failed(let path, let reason): show("failed", path, reason, console)
        case .damaged(let path, let reason): show("damaged", path, reason, console)
        }
    }

    private static func show(
        _ name: StaticString, _ path: [UInt8], _ reason: String, _ console: Console
    ) {
        let path = DisplayText.escape(path)
        if console.isJSON {
            console.event(name) { writer in
                writer.key("path")
                writer.string(path)
                writer.key("reason")
                writer.string(reason)
            }
        } else {
            console.warning("\(path): \(reason)")
        }
    }
}
