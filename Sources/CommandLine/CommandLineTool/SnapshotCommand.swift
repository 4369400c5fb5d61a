internal import ArgumentParser
import ChunkStorage
import DirectoryStore
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import StatCaching

struct SnapshotCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Make a snapshot of folders and files, or of a stream.",
        discussion: """
            A snapshot of one folder has that folder's content as its root. With several paths, or \
            a file, the root has one entry for each path, named by its last component.

            With --stdin-name a command may stand behind --: its standard output is the stream, \
            and there is no snapshot unless it ends with exit code 0.
            """)

    @OptionGroup var global: GlobalOptions

    @OptionGroup var sources: SourceOptions

    @OptionGroup(title: "What to leave out") var selection: SelectionOptions

    @Option(help: "A tag for the snapshot; may be given several times.")
    var tag: [String] = []

    @Option(help: "A text that describes the snapshot.")
    var description = ""

    @Option(help: "The host's name to record instead of this machine's.")
    var host: String?

    @Option(help: "How to compress: auto, off, or a level of zstd from 1 to 19.")
    var compression = CompressionArgument.auto

    @Flag(help: "Read every file, also those that look unchanged.")
    var rescan = false

    @Flag(help: "Do not read files again of which only the inode number is another.")
    var ignoreInode = false

    @Flag(help: "Do not read files again of which only the change time is another.")
    var ignoreCtime = false

    @Flag(help: "Record when each file and folder was made, where the file system tells.")
    var recordBirthTimes = false

    @Flag(help: "Make no snapshot when nothing has changed since the last one.")
    var skipUnchanged = false

    @Option(help: "How many threads look at folders; as many as the disk likes unless given.")
    var readers: Int?

    @Flag(help: "Only show what would be taken; write nothing.")
    var dryRun = false

    @Option(
        help: """
            Only say why this path would be taken or left out; may be given several times. Write \
            nothing.
            """)
    var explain: [String] = []

    func validate() throws {
        if dryRun, !explain.isEmpty {
            throw ValidationError("--dry-run and --explain do not go together")
        }
        if let readers, !(1...ReaderCount.most).contains(readers) {
            throw ValidationError("--readers is a number from 1 to \(ReaderCount.most)")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let locator = try RepositoryLocator(global)
        var settings = try makeSettings(locator)
        if !explain.isEmpty {
            return try ExplainRun(settings: settings, console: console).run(explain)
        }
        // Before anything is made: a wrong path must not leave a repository behind.
        try settings.checkSources()
        if dryRun {
            return try PreviewRun(settings: settings, console: console).run(locator, stopwatch)
        }
        let open = try locator.openOrMakeEmbedded(console)
        let meter = open.store.meter
        if open.store.bucket != nil { settings.uploads = .network }
        let snapshotter = Snapshotter(
            repository: open.repository, meter: meter, settings: settings,
            environment: try Self.environment(open),
            report: { Self.show($0, ProgressText(meter: meter, stopwatch: stopwatch), console) })
        let report = try snapshotter.run()
        open.store.tidyUp(console)
        finish(report, meter.traffic, stopwatch.milliseconds, console)
        return report.unreadableCount == 0 ? .done : .incomplete
    }

    private func makeSettings(_ locator: RepositoryLocator) throws -> SnapshotSettings {
        let cache = try ProcessEnvironment.cacheDirectory()
        try sources.check(selection)
        try checkLooking()
        let stream = try sources.stream()
        var settings = SnapshotSettings(
            sources: stream.map { [$0.path] } ?? sources.paths, host: host ?? Machine.hostName(),
            user: Machine.userName(Machine.userID) ?? "\(Machine.userID)",
            cacheDirectory: cache, tool: "varve \(CommandLineTool.version)")
        settings.stream = stream
        settings.list = try sources.list()
        settings.tags = tag
        settings.description = description
        settings.selection = try selection.selection()
        settings.ignoresStatCache = rescan
        settings.stamps = StampRule(ignoresInode: ignoreInode, ignoresChangeTime: ignoreCtime)
        settings.recordsBirthTimes = recordBirthTimes
        settings.skipsUnchanged = skipUnchanged
        settings.readerCount = readers
        settings.compression = compression.setting
        settings.ownDirectories = try locator.ownDirectories() + [cache]
        return settings
    }

    /// Refuses to look where there is nothing to be seen.
    private func checkLooking() throws {
        let remedy = "varve help snapshot; nothing was written"
        if sources.stdinName != nil, dryRun || !explain.isEmpty {
            throw Failure(
                usage: "a stream cannot be shown before it is taken: it is read only once",
                remedy: remedy)
        }
        if sources.hasLists, !explain.isEmpty {
            throw Failure(
                usage: "--explain and listed paths do not go together: the lists say what is taken",
                remedy: remedy)
        }
    }

    private static func environment(_ open: OpenRepository) throws -> SnapshotEnvironment {
        var session = try ProcessSettings.session(open.store)
        session.standing = try open.standingSession()
        return SnapshotEnvironment(
            now: Machine.now, session: session,
            cancellation: ProcessSettings.cancellation)
    }

    /// - Parameter progressText: makes the line of progress, where there is one.
    static func show(
        _ event: SnapshotEvent, _ progressText: ProgressText?, _ console: Console
    ) {
        switch event {
        case .progress(let progress):
            if let progressText { console.progress(progressText.line(progress)) }
        case .unreadable(let problem):
            console.problem("unreadable", problem.path, problem.reason)
        case .notice(let path, let reason):
            console.notice("\(DisplayText.escape(path)): \(reason)")
        case .warning(let text): console.warning(text)
        }
    }

    /// That all went as it usually goes is worth a line for the curious only.
    private func showCompression(_ summary: CompressionSummary, _ console: Console) {
        guard let text = CompressionText(summary).line else { return }
        if compression.setting == .auto, summary.bytesAtLevel.keys.allSatisfy({ $0 == 1 }) {
            console.detail(text)
        } else if !console.isQuiet {
            console.line(text)
        }
    }

    private func finish(
        _ report: SnapshotReport, _ traffic: StoreTraffic, _ milliseconds: UInt64,
        _ console: Console
    ) {
        let counts = report.counts
        if !console.isQuiet {
            let new = HumanText.bytes(report.newBytes)
            let uploaded = HumanText.bytes(traffic.uploadedBytes)
            console.line(
                "\(HumanText.count(counts.files, "file", "files")) in "
                    + HumanText.count(counts.directories, "folder", "folders")
                    + ", \(HumanText.bytes(counts.bytes)); \(new) new, \(uploaded) written"
                    + " in \(HumanText.seconds(milliseconds))")
        }
        showCompression(report.compression, console)
        console.line(
            report.isNew
                ? "snapshot \(report.id)" : "nothing has changed since snapshot \(report.id)")
        console.detail("read \(HumanText.count(report.readFiles, "file", "files")); \(traffic)")
        if report.unreadableCount > 0 {
            console.warning(
                "the snapshot is incomplete: "
                    + HumanText.count(report.unreadableCount, "path", "paths")
                    + " could not be read")
        }
        console.event("summary") { writer in
            writer.key("snapshot")
            writer.string("\(report.id)")
            writer.key("files")
            writer.number(counts.files)
            writer.key("directories")
            writer.number(counts.directories)
            writer.key("bytes")
            writer.number(counts.bytes)
            writer.key("newBytes")
            writer.number(report.newBytes)
            writer.key("uploadedBytes")
            writer.number(traffic.uploadedBytes)
            writer.key("compression")
            CompressionText(report.compression).append(to: &writer)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("unreadable")
            writer.number(report.unreadableCount)
            writer.key("readFiles")
            writer.number(report.readFiles)
            writer.key("seconds")
            writer.milliseconds(milliseconds)
        }
    }
}
