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
        let colon = UInt8(ascii: ":")
        let inside = RawArguments.bytes(of: argument).split(
            separator: colon, maxSplits: 1, omittingEmptySubsequences: false
        ).dropFirst().first
        path = (inside ?? []).split(separator: UInt8(ascii: "/"))
            .map { FileName(Array($0)) }.filter { $0 != FileName(".") }
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

    /// Whether some snapshots may not pass.
    var isGiven: Bool { host != nil || !tag.isEmpty || path != nil }

    var filter: SnapshotFilter {
        var filter = SnapshotFilter()
        filter.host = host
        filter.tags = tag
        filter.path = path.map {
            AbsolutePath.make(RawArguments.bytes(of: $0), in: Machine.currentDirectory())
        }
        return filter
    }
}
