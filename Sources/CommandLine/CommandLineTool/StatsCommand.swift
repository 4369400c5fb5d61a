internal import ArgumentParser
import Checking
import FileTree
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct StatsCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what the repository, or one snapshot, comes to.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "A snapshot.")
    var snapshot: String?

    mutating func run(_ console: Console) throws -> ExitCode {
        let repository = try RepositoryLocator(global).open().repository
        if let snapshot {
            let manifest = try repository.findSnapshot(
                snapshot, filter.filter, now: Machine.now())
            show(manifest, try SnapshotStatistics(of: manifest, in: repository), console)
        } else {
            show(try RepositoryStatistics(of: repository), console)
        }
        return .done
    }

    private func show(
        _ manifest: Manifest, _ statistics: SnapshotStatistics, _ console: Console
    ) {
        let rows: [(StaticString, String, UInt64, Bool)] = [
            ("files", "files", manifest.counts.files, false),
            ("directories", "folders", manifest.counts.directories, false),
            ("bytes", "size of the files", manifest.counts.bytes, true),
            ("newBytes", "new when it was made", manifest.upload.newBytes, true),
            ("chunks", "different chunks", statistics.chunks, false),
            ("plainBytes", "size of the chunks", statistics.plainBytes, true),
        ]
        show(rows, console)
    }

    private func show(_ statistics: RepositoryStatistics, _ console: Console) {
        let rows: [(StaticString, String, UInt64, Bool)] = [
            ("snapshots", "snapshots", statistics.snapshots, false),
            ("snapshotBytes", "size of all their files", statistics.snapshotBytes, true),
            ("chunks", "chunks", statistics.chunks, false),
            ("plainBytes", "size of the chunks", statistics.plainBytes, true),
            ("storedBytes", "compressed", statistics.storedBytes, true),
            ("packs", "packs", statistics.packs, false),
            ("packBytes", "size of the packs", statistics.packBytes, true),
            ("tables", "index tables", statistics.tables, false),
            ("tableBytes", "size of the index", statistics.tableBytes, true),
        ]
        show(rows, console)
    }

    private func show(
        _ rows: [(key: StaticString, label: String, value: UInt64, isBytes: Bool)],
        _ console: Console
    ) {
        for row in rows {
            let padding = String(repeating: " ", count: max(1, 26 - row.label.count))
            let value = row.isBytes ? HumanText.bytes(row.value) : "\(row.value)"
            console.line("\(row.label):\(padding)\(value)")
        }
        console.event("summary") { writer in
            for row in rows {
                writer.key(row.key)
                writer.number(row.value)
            }
        }
    }
}
