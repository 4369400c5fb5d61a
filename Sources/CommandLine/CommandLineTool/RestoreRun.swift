import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Restoring
import SnapshotModel

/// One restore as a command shows it: what happens on the way, and what came out of it.
struct RestoreRun: Sendable {
    let console: Console
    let stopwatch: Stopwatch
    /// The folder, as messages name it.
    let place: String

    /// Restores an entry, and tells how it went.
    func run(
        _ entry: Entry, of manifest: Manifest, _ index: ChunkIndex?, in open: OpenRepository,
        _ settings: RestoreSettings
    ) throws -> ExitCode {
        let progress = RestoreProgress(total: manifest.counts.bytes)
        let restorer = Restorer(
            repository: open.repository, index: index, settings: settings
        ) { show($0, progress) }
        let counts = try restorer.restore(entry)
        open.store.tidyUp(console)
        show(counts, settings.isDryRun ? progress.estimate : nil)
        console.detail("\(open.store.meter.traffic)")
        showProblems(counts)
        console.event("summary") { writer in
            append(counts, manifest, open.store.meter.traffic, settings, to: &writer)
            if let estimate = progress.estimate { append(estimate, to: &writer) }
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
        return counts.failed + counts.damaged > 0 ? .incomplete : .done
    }

    private func show(_ counts: RestoreCounts, _ estimate: RestoreEstimate?) {
        let files = HumanText.count(counts.files, "file", "files")
        let bytes = HumanText.bytes(counts.bytes)
        var parts = [estimate == nil ? "restored \(files), \(bytes)" : "\(files), \(bytes)"]
        if counts.copiedBytes > 0 {
            parts.append("\(HumanText.bytes(counts.copiedBytes)) copied from local files")
        }
        if counts.unchanged > 0 { parts.append("\(counts.unchanged) unchanged") }
        if counts.left > 0 { parts.append("\(counts.left) left as they were") }
        if counts.deleted > 0 { parts.append("\(counts.deleted) deleted") }
        if counts.conflicts > 0 {
            parts.append(HumanText.count(counts.conflicts, "conflict", "conflicts"))
        }
        let text = parts.joined(separator: "; ")
        if let estimate {
            console.line("would restore \(text), to \(place)")
            console.line(
                "would fetch \(HumanText.bytes(estimate.bytes)) with "
                    + HumanText.count(estimate.requests, "request", "requests")
                    + " in about \(HumanText.seconds(estimate.milliseconds))")
        } else {
            console.line("\(text), to \(place) in \(HumanText.seconds(stopwatch.milliseconds))")
        }
    }

    private func showProblems(_ counts: RestoreCounts) {
        if counts.damaged > 0 {
            console.warning(
                "\(HumanText.count(counts.damaged, "path is", "paths are")) damaged in the"
                    + " repository and missing from \(place); run varve check --read-data")
        }
        console.show(counts.shortfalls, failed: counts.failed)
    }

    private func show(_ event: RestoreEvent, _ progress: RestoreProgress) {
        switch event {
        case .progress(let counts): console.progress(progress.line(counts))
        case .planned(let bytes): progress.plan(bytes: bytes)
        case .estimated(let estimate): progress.note(estimate)
        case .failed(let path, let reason): console.problem("failed", path, reason)
        case .lacking(_, let shortfall): console.show(shortfall)
        case .damaged(let path, let reason): console.problem("damaged", path, reason)
        case .conflict(let path, let outcome): show(outcome, path)
        case .deleted(let path): showDeleted(path)
        }
    }

    private func show(_ outcome: ConflictOutcome, _ path: [UInt8]) {
        let path = DisplayText.escape(path)
        let (word, text, other): (StaticString, String, String?) =
            switch outcome {
            case .kept: ("kept", "was changed here and stays; the snapshot's is left out", nil)
            case .replaced: ("replaced", "was changed here and gives way to the snapshot's", nil)
            case .renamed(let path):
                ("renamed", "was changed here", DisplayText.escape(path))
            }
        guard console.isJSON else {
            let rest = other.map { "; what was there is now \($0)" } ?? ""
            console.warning("\(path): \(text)\(rest)")
            return
        }
        console.event("conflict") { writer in
            writer.key("path")
            writer.string(path)
            writer.key("outcome")
            writer.plain(word)
            if let other {
                writer.key("renamedTo")
                writer.string(other)
            }
        }
    }

    private func showDeleted(_ path: [UInt8]) {
        let path = DisplayText.escape(path)
        console.detail("deleted \(path)")
        console.event("deleted") { writer in
            writer.key("path")
            writer.string(path)
        }
    }

    private func append(
        _ counts: RestoreCounts, _ manifest: Manifest, _ traffic: StoreTraffic,
        _ settings: RestoreSettings, to writer: inout JSONWriter
    ) {
        writer.key("snapshot")
        writer.string("\(manifest.id)")
        writer.key("dryRun")
        writer.boolean(settings.isDryRun)
        let numbers: [(StaticString, UInt64)] = [
            ("files", counts.files), ("directories", counts.directories), ("bytes", counts.bytes),
            ("unchanged", counts.unchanged), ("left", counts.left),
            ("copiedBytes", counts.copiedBytes), ("conflicts", counts.conflicts),
            ("deleted", counts.deleted), ("verified", counts.verified),
            ("downloadedBytes", traffic.downloadedBytes),
        ]
        for (key, number) in numbers {
            writer.key(key)
            writer.number(number)
        }
        writer.key("requests")
        DocumentCodec.append(RequestCounts(traffic), to: &writer)
        writer.key("failed")
        writer.number(counts.failed)
        writer.key("damaged")
        writer.number(counts.damaged)
        writer.shortfalls(counts.shortfalls)
    }

    private func append(_ estimate: RestoreEstimate, to writer: inout JSONWriter) {
        writer.key("estimate")
        writer.beginObject()
        writer.key("requests")
        writer.number(estimate.requests)
        writer.key("bytes")
        writer.number(estimate.bytes)
        writer.key("seconds")
        writer.milliseconds(estimate.milliseconds)
        writer.endObject()
    }
}
