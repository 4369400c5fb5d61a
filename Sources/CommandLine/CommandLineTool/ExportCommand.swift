internal import ArgumentParser
import Exporting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct ExportCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a snapshot, or a part of it, as a tar stream.",
        discussion: """
            The stream goes to standard output: varve export latest | tar -x -C DIR. A folder's \
            members are named from it on, as ./NAME; a file has its own name.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot, and behind a colon the path within it.")
    var snapshot: SnapshotArgument

    /// Standard output has the stream.
    var outputIsBytes: Bool { true }

    mutating func run(_ console: Console) throws -> ExitCode {
        if console.isTerminal {
            throw Failure(
                usage: "a tar stream is nothing for a terminal",
                remedy: "varve export \(snapshot.snapshot) | tar -x -C DIR")
        }
        // Whoever reads the stream may end early; that is told as an error, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        let stopwatch = Stopwatch()
        let open = try RepositoryLocator(global).open()
        let opened = try OpenSnapshot(snapshot, filter.filter, in: open.repository)
        var settings: ExportSettings = open.store.bucket == nil ? .local : .network
        settings.cancellation = ProcessSettings.cancellation
        let total = opened.manifest.counts.bytes
        let exporter = Exporter(
            repository: open.repository, index: opened.index, settings: settings
        ) { Self.show($0, total, console) }
        let counts = try exporter.export(
            opened.entry, at: snapshot.path, of: opened.manifest
        ) { bytes in
            console.output(bytes)
            if let failure = console.lostOutput { throw failure }
        }
        open.store.tidyUp(console)
        let traffic = open.store.meter.traffic
        console.detail("\(traffic)")
        showProblems(counts, console)
        show(counts, opened.manifest.id, traffic, stopwatch, console)
        return counts.failed + counts.damaged > 0 ? .incomplete : .done
    }

    private func show(
        _ counts: ExportCounts, _ id: SnapshotID, _ traffic: StoreTraffic, _ stopwatch: Stopwatch,
        _ console: Console
    ) {
        console.event("summary") { writer in
            writer.key("snapshot")
            writer.string("\(id)")
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
    }

    private func showProblems(_ counts: ExportCounts, _ console: Console) {
        if counts.damaged > 0 {
            console.warning(
                "\(HumanText.count(counts.damaged, "path is", "paths are")) damaged in the"
                    + " repository; run varve check --read-data")
        }
        if counts.failed > 0 {
            console.warning(
                "\(HumanText.count(counts.failed, "path", "paths"))"
                    + " could not be exported completely")
        }
    }

    private static func show(_ event: ExportEvent, _ total: UInt64, _ console: Console) {
        switch event {
        case .progress(let counts):
            console.progress(
                "\(counts.files) files, \(HumanText.bytes(counts.bytes))"
                    + " of \(HumanText.bytes(total))")
        case .failed(let path, let reason): console.problem("failed", path, reason)
        case .damaged(let path, let reason): console.problem("damaged", path, reason)
        }
    }
}
