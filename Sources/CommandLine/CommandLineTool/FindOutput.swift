import Finding
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Shows what is found.
struct FindOutput {
    let console: Console
    let isLong: Bool

    func show(_ manifest: Manifest, _ event: FindEvent) {
        switch event {
        case .found(let entry, let path): show(entry, path, manifest)
        case .damaged(let path, let reason): showDamage(path, reason, manifest)
        case .lost(let reason): console.warning("\(reason); it was passed over")
        }
    }

    private func show(_ entry: Entry, _ path: [UInt8], _ manifest: Manifest) {
        if console.isJSON {
            console.event("found") { writer in
                Self.append(manifest, to: &writer)
                writer.entry(entry, path: path)
            }
            return
        }
        var line: [UInt8] = []
        if isLong { line += Array(HumanText.details(entry).utf8) }
        line += Array("\(Self.name(manifest)):".utf8)
        // A pipe gets the name's own bytes; a terminal gets nothing that could command it.
        line += console.isTerminal ? Array(DisplayText.escape(path).utf8) : path
        if isLong, case .symlink(let target) = entry.kind {
            line += Array(" -> \(DisplayText.escape(target))".utf8)
        }
        console.output(line + [UInt8(ascii: "\n")])
    }

    private func showDamage(_ path: [UInt8], _ reason: String, _ manifest: Manifest) {
        let shown = "/" + DisplayText.escape(path)
        if console.isJSON {
            console.event("damaged") { writer in
                writer.key("path")
                writer.string(shown)
                writer.key("reason")
                writer.string(reason)
                Self.append(manifest, to: &writer)
            }
        } else {
            console.warning("snapshot \(Self.name(manifest)): \(shown): \(reason)")
        }
    }

    private static func append(_ manifest: Manifest, to writer: inout JSONWriter) {
        writer.key("snapshot")
        writer.string("\(manifest.id)")
    }

    private static func name(_ manifest: Manifest) -> Substring { "\(manifest.id)".prefix(8) }

    func show(
        _ counts: FindCounts, damagedManifests: Int, _ traffic: StoreTraffic,
        _ stopwatch: Stopwatch
    ) {
        console.event("summary") { writer in
            writer.key("found")
            writer.number(counts.found)
            writer.key("snapshots")
            writer.number(counts.snapshots)
            writer.key("damaged")
            writer.number(counts.damaged + UInt64(damagedManifests))
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("seconds")
            writer.milliseconds(stopwatch.milliseconds)
        }
        if console.isJSON { return }
        let place = HumanText.count(counts.snapshots, "snapshot", "snapshots")
        console.notice("\(counts.found == 0 ? "nothing" : "\(counts.found)") found in \(place)")
    }
}
