internal import ArgumentParser
import FileTree
import RepositoryAccess
import SnapshotModel

/// `SNAPSHOT` or `SNAPSHOT:PATH`.
struct SnapshotArgument: ExpressibleByArgument {
    /// An ID, a prefix of one, `latest` or `latest~N`.
    let snapshot: String
    /// Components below the snapshot's root; empty for the root itself.
    let path: [FileName]

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return nil }
        snapshot = String(first)
        let names = parts.count == 2 ? parts[1].split(separator: "/").filter { $0 != "." } : []
        path = names.map { FileName(String($0)) }
    }
}

/// Which snapshots `latest` and `list` mean.
struct FilterOptions: ParsableArguments {
    @Option(help: "Only snapshots of this host.")
    var host: String?

    @Option(help: "Only snapshots with this tag; may be given several times.")
    var tag: [String] = []

    @Option(help: "Only snapshots of this path.")
    var path: String?

    var filter: SnapshotFilter {
        var filter = SnapshotFilter()
        filter.host = host
        filter.tags = tag
        filter.path = path.map {
            AbsolutePath.make(Array($0.utf8), in: Machine.currentDirectory())
        }
        return filter
    }
}
