import ChunkMarking
import ChunkStorage
import FileTree
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization

/// Brings forgotten snapshots back, and tells of each.
struct UndoRun {
    private let open: OpenRepository
    private let dryRun: Bool
    private let console: Console

    init(_ open: OpenRepository, dryRun: Bool, _ console: Console) {
        self.open = open
        self.dryRun = dryRun
        self.console = console
    }

    /// - Throws: `RepositoryError` `.collected` or `.damaged` when one of the snapshots cannot be
    ///   brought back; the others are.
    func run(_ words: [String], _ stopwatch: Stopwatch) throws {
        let results = Mutex<[UndoResult]>([])
        var settings = UndoSettings(marking: open.store.bucket != nil ? .network : .local)
        settings.marking.cancellation = ProcessSettings.cancellation
        settings.isDryRun = dryRun
        let undoer = Undoer(
            repository: open.repository, meter: open.store.meter, settings: settings,
            environment: try ProcessSettings.session(open.store),
            report: { event in
                switch event {
                case .step(let text): console.progress(text)
                case .warning(let text): console.warning(text)
                case .result(let result):
                    show(result)
                    results.withLock { $0.append(result) }
                }
            })
        try undoer.run(words)
        open.store.tidyUp(console)
        finish(results.withLock { $0 }, stopwatch)
        if let failure = Self.failure(of: results.withLock { $0 }) { throw failure }
    }

    private func show(_ result: UndoResult) {
        if console.isJSON {
            event(result)
        } else if !console.isQuiet {
            console.line(Self.line(result))
        }
        if result.isCopyLeft {
            console.notice(
                "the copy of \(Self.short(result.manifest.id)) below forgotten/ could not be "
                    + "deleted; a prune deletes it when the grace is over")
        }
    }

    private static func short(_ id: SnapshotID) -> String { String("\(id)".prefix(8)) }

    /// What became of a snapshot, in one word.
    private static func action(of result: UndoResult) -> StaticString {
        switch result.outcome {
        case .back, .possible: "back"
        case .collected: "gone"
        case .damaged: "damaged"
        }
    }

    private static func line(_ result: UndoResult) -> String {
        let manifest = result.manifest
        let paths = manifest.paths.map { DisplayText.escape($0) }.joined(separator: " ")
        let tags = manifest.tags.map { DisplayText.escape($0.utf8) }.joined(separator: ", ")
        var columns = [
            "\(action(of: result))",
            short(manifest.id),
            HumanText.localTime(
                manifest.time, offsetInSeconds: Machine.utcOffset(at: manifest.time.seconds)),
            DisplayText.escape(manifest.host.utf8), paths,
        ]
        if !tags.isEmpty { columns.append("[\(tags)]") }
        if case .back(let id) = result.outcome { columns.append("as \(id)") }
        if let cause = cause(of: result) { columns.append(cause) }
        return "  " + columns.joined(separator: "  ")
    }

    /// Why a snapshot cannot be brought back; `nil` when it can.
    private static func cause(of result: UndoResult) -> String? {
        switch result.outcome {
        case .back, .possible: nil
        case .collected(let chunks):
            "\(HumanText.count(chunks, "chunk", "chunks")) that it needs, or more, "
                + "\(chunks == 1 ? "was" : "were") collected already"
        case .damaged(let reason): reason
        }
    }

    private func event(_ result: UndoResult) {
        let manifest = result.manifest
        console.event("undo") { writer in
            writer.snapshot(
                manifest.id, time: manifest.time, host: manifest.host, paths: manifest.paths,
                tags: manifest.tags)
            writer.key("action")
            writer.plain(Self.action(of: result))
            if case .back(let id) = result.outcome {
                writer.key("snapshot")
                writer.string("\(id)")
            }
            if case .collected(let chunks) = result.outcome {
                writer.key("missingChunks")
                writer.number(chunks)
            }
        }
    }

    private func finish(_ results: [UndoResult], _ stopwatch: Stopwatch) {
        let count = UInt64(results.count(where: \.isSuccess))
        console.line(
            (dryRun ? "would bring back " : "brought back ")
                + HumanText.count(count, "snapshot", "snapshots"))
        let traffic = open.store.meter.traffic
        console.detail("\(traffic)")
        guard results.allSatisfy(\.isSuccess) else { return }
        console.event("summary") { writer in
            writer.key("dryRun")
            writer.boolean(dryRun)
            writer.key("broughtBack")
            writer.number(count)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
    }

    /// The error of a run that could not bring all snapshots back; damage counts more.
    private static func failure(of results: [UndoResult]) -> RepositoryError? {
        let refused = results.filter { !$0.isSuccess }
        let damaged = refused.first { result in
            if case .damaged = result.outcome { true } else { false }
        }
        guard let first = damaged ?? refused.first, let cause = cause(of: first) else {
            return nil
        }
        let others = refused.count - 1
        let more =
            others > 0
            ? " and \(HumanText.count(UInt64(others), "other", "others"))" : ""
        return RepositoryError(
            damaged == nil ? .collected : .damaged,
            "cannot bring back snapshot \(short(first.manifest.id))\(more)", cause: cause,
            remedy: damaged == nil
                ? "varve list, for a snapshot of another time" : "varve check")
    }
}
