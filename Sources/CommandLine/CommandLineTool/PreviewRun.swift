import FileHandles
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting

/// One run of `snapshot --dry-run`.
struct PreviewRun {
    let settings: SnapshotSettings
    let console: Console

    func run(_ locator: RepositoryLocator, _ stopwatch: Stopwatch) throws -> ExitCode {
        let (repository, traffic) = try locator.identify()
        let previewer = SnapshotPreviewer(
            repository: repository, settings: settings, cancellation: ProcessSettings.cancellation,
            report: { [console] in SnapshotCommand.show($0, nil, console) })
        let preview = try previewer.run(show)
        finish(preview, traffic, stopwatch.milliseconds)
        return preview.unreadableCount == 0 ? .done : .incomplete
    }

    private func show(_ entry: PreviewedEntry) {
        if console.isJSON {
            console.event("planned") { writer in
                writer.text("path", entry.path)
                writer.key("type")
                writer.string(entry.kind.rawValue)
                if entry.kind == .file {
                    writer.key("size")
                    writer.number(entry.sizeInBytes)
                }
                writer.key("change")
                writer.string(entry.change.rawValue)
            }
            return
        }
        if console.isQuiet { return }
        var line: [UInt8]
        switch entry.change {
        case .unchanged: line = Array("  ".utf8)
        case .changed: line = Array("C ".utf8)
        case .new: line = Array("+ ".utf8)
        }
        // A pipe gets the name's own bytes; a terminal gets nothing that could command it.
        line += console.isTerminal ? Array(DisplayText.escape(entry.path).utf8) : entry.path
        console.output(line + [UInt8(ascii: "\n")])
    }

    private func finish(
        _ preview: SnapshotPreview, _ traffic: StoreTraffic, _ milliseconds: UInt64
    ) {
        let counts = preview.counts
        console.line(
            "would take \(HumanText.count(counts.files, "file", "files")) in "
                + HumanText.count(counts.directories, "folder", "folders")
                + ", \(HumanText.bytes(counts.bytes)); \(preview.newFiles) new, "
                + "\(preview.changedFiles) changed, "
                + "\(HumanText.bytes(preview.readBytes)) to read")
        console.detail("\(traffic)")
        if preview.unreadableCount > 0 {
            console.warning(
                "the snapshot would be incomplete: "
                    + HumanText.count(preview.unreadableCount, "path", "paths")
                    + " could not be read")
        }
        console.event("summary") { writer in
            writer.key("dryRun")
            writer.boolean(true)
            writer.key("files")
            writer.number(counts.files)
            writer.key("directories")
            writer.number(counts.directories)
            writer.key("bytes")
            writer.number(counts.bytes)
            writer.key("newFiles")
            writer.number(preview.newFiles)
            writer.key("changedFiles")
            writer.number(preview.changedFiles)
            writer.key("readBytes")
            writer.number(preview.readBytes)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("unreadable")
            writer.number(preview.unreadableCount)
            writer.key("seconds")
            writer.milliseconds(milliseconds)
        }
    }
}
