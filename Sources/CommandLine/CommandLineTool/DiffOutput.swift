import Comparing
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Shows differences.
struct DiffOutput {
    let console: Console

    func show(_ event: CompareEvent) {
        switch event {
        case .changed(let change): show(change)
        case .damaged(let path, let reason): console.problem("damaged", Self.path(path), reason)
        case .unreadable(let path, let reason):
            console.problem("unreadable", Self.path(path), reason)
        }
    }

    /// The compared folders themselves have no name.
    static func path(_ path: [UInt8]) -> [UInt8] {
        path.isEmpty ? [UInt8(ascii: ".")] : path
    }

    private func show(_ change: Change) {
        if console.isJSON {
            console.event("change") { Self.append(change, to: &$0) }
            return
        }
        var line = Array("\(Self.sign(change.kind)) ".utf8)
        if let oldPath = change.oldPath { line += shown(oldPath) + Array(" -> ".utf8) }
        line += shown(Self.path(change.path))
        if !change.fields.isEmpty {
            line += Array("  (\(change.fields.map(\.rawValue).joined(separator: ", ")))".utf8)
        }
        console.output(line + [UInt8(ascii: "\n")])
    }

    /// A pipe gets the name's own bytes; a terminal gets nothing that could command it.
    private func shown(_ path: [UInt8]) -> [UInt8] {
        console.isTerminal ? Array(DisplayText.escape(path).utf8) : path
    }

    private static func sign(_ kind: Change.Kind) -> String {
        switch kind {
        case .added: "+"
        case .removed: "-"
        case .content: "C"
        case .metadata: "M"
        case .type: "T"
        case .renamed: "R"
        }
    }

    private static func append(_ change: Change, to writer: inout JSONWriter) {
        writer.key("change")
        writer.string(change.kind.rawValue)
        writer.text("path", path(change.path))
        if let oldPath = change.oldPath { writer.text("oldPath", oldPath) }
        if let entry = change.new ?? change.old {
            writer.key("type")
            writer.string(entry.kind.word)
        }
        if change.kind == .type, let old = change.old {
            writer.key("oldType")
            writer.string(old.kind.word)
        }
        if case .file(let content)? = change.new?.kind {
            writer.key("size")
            writer.number(content.sizeInBytes)
        }
        if case .file(let content)? = change.old?.kind {
            writer.key("oldSize")
            writer.number(content.sizeInBytes)
        }
        if change.fields.isEmpty { return }
        writer.key("fields")
        writer.strings(change.fields.map(\.rawValue))
    }

    func show(
        _ counts: CompareCounts, unreadable: UInt64, _ traffic: StoreTraffic,
        _ stopwatch: Stopwatch
    ) {
        let rows: [(StaticString, Change.Kind, String)] = [
            ("added", .added, "added"), ("removed", .removed, "removed"),
            ("content", .content, "with other content"),
            ("metadata", .metadata, "with other metadata"), ("type", .type, "of another type"),
            ("renamed", .renamed, "renamed"),
        ]
        console.event("summary") { writer in
            for (key, kind, _) in rows {
                writer.key(key)
                writer.number(counts[kind])
            }
            writer.key("damaged")
            writer.number(counts.damaged)
            writer.key("unreadable")
            writer.number(unreadable)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
        if console.isJSON { return }
        let words = rows.filter { counts[$0.1] > 0 }.map { "\(counts[$0.1]) \($0.2)" }
        let isComplete = counts.damaged + unreadable == 0
        // Nobody knows what is in what could not be read.
        let none = isComplete ? "no differences" : "no differences in what could be read"
        console.notice(words.isEmpty ? none : words.joined(separator: ", "))
    }
}
