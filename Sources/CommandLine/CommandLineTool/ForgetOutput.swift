import FileTree
import Forgetting
import RepositoryFormat
import Retention
import SnapshotModel

/// Shows what is to become of snapshots: a heading for each group and a line for each snapshot.
struct ForgetOutput {
    let grouping: SnapshotGrouping
    let console: Console

    /// Shows all groups.
    func show(_ plan: ForgetPlan) {
        for group in plan.groups {
            if console.isJSON {
                for decision in group.decisions { event(decision) }
            } else if !console.isQuiet {
                table(group)
            }
        }
    }

    /// What the snapshots of a group have in common, for people.
    static func title(_ group: RetentionGroup) -> String {
        let key = group.key
        let host = key.host.map { $0.isEmpty ? "no host" : DisplayText.escape($0.utf8) }
        let paths = key.paths.map { paths in
            paths.isEmpty
                ? "no path" : paths.map { DisplayText.escape($0) }.joined(separator: " ")
        }
        switch (paths, host) {
        case (let paths?, let host?): return "\(paths) on \(host)"
        case (let one?, nil), (nil, let one?): return one
        case (nil, nil): return "all snapshots"
        }
    }

    private func table(_ group: RetentionGroup) {
        let forgotten = group.decisions.count - group.keptCount
        console.line(
            "\(Self.title(group)): \(group.keptCount) to keep, \(forgotten) to forget")
        let rows = group.decisions.map(row)
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        for row in rows {
            // What no snapshot of the group has takes no room.
            let cells = zip(row, widths).filter { $0.1 > 0 }.map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            console.line(line)
        }
        console.line("")
    }

    private func row(_ decision: RetentionDecision) -> [String] {
        let snapshot = decision.snapshot
        let tags = snapshot.tags.map { DisplayText.escape($0.utf8) }.joined(separator: ", ")
        return [
            decision.isKept ? "keep" : "forget",
            String("\(snapshot.id)".prefix(8)),
            HumanText.localTime(
                snapshot.time, offsetInSeconds: Machine.utcOffset(at: snapshot.time.seconds)),
            grouping.byHost ? "" : DisplayText.escape(snapshot.host.utf8),
            grouping.byPaths
                ? "" : snapshot.paths.map { DisplayText.escape($0) }.joined(separator: " "),
            tags.isEmpty ? "" : "[\(tags)]",
            decision.reasons.map { DisplayText.escape("\($0)".utf8) }.joined(separator: ", "),
        ]
    }

    private func event(_ decision: RetentionDecision) {
        let snapshot = decision.snapshot
        console.event("forget") { writer in
            writer.snapshot(
                snapshot.id, time: snapshot.time, host: snapshot.host, paths: snapshot.paths,
                tags: snapshot.tags)
            writer.key("action")
            writer.plain(decision.isKept ? "keep" : "forget")
            writer.key("reasons")
            writer.strings(decision.reasons.map(\.description))
        }
    }
}
