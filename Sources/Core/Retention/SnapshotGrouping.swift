package import SnapshotModel

/// What a policy wants to know of a snapshot.
package struct RetentionCandidate: Hashable, Sendable {
    /// The snapshot.
    package let id: SnapshotID
    /// When it was begun.
    package let time: Timestamp
    /// The host that it is of.
    package let host: String
    /// The paths that were taken, as bytes.
    package let paths: [[UInt8]]
    /// Its tags.
    package let tags: [String]

    /// A snapshot.
    package init(
        id: SnapshotID, time: Timestamp, host: String, paths: [[UInt8]], tags: [String] = []
    ) {
        self.id = id
        self.time = time
        self.host = host
        self.paths = paths
        self.tags = tags
    }

    /// What a policy wants to know of a manifest.
    package init(_ manifest: Manifest) {
        self.init(
            id: manifest.id, time: manifest.time, host: manifest.host, paths: manifest.paths,
            tags: manifest.tags)
    }
}

/// What snapshots have in common to which a policy is applied together.
package struct SnapshotGrouping: Hashable, Sendable {
    /// Whether each host is for itself.
    package var byHost: Bool
    /// Whether snapshots of other paths are for themselves; in which order the paths were named,
    /// and how often, does not matter.
    package var byPaths: Bool

    /// A grouping; without both all snapshots are one group.
    package init(byHost: Bool, byPaths: Bool) {
        self.byHost = byHost
        self.byPaths = byPaths
    }

    /// By host and paths.
    package static let usual = SnapshotGrouping(byHost: true, byPaths: true)

    /// Reads `host`, `path` (or `paths`), both with a comma between, or nothing.
    package init(parsing text: String) throws(PolicyError) {
        self.init(byHost: false, byPaths: false)
        if text.isEmpty { return }
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isNew: Bool
            switch word {
            case "host":
                isNew = !byHost
                byHost = true
            case "path", "paths":
                isNew = !byPaths
                byPaths = true
            default: isNew = false
            }
            guard isNew else {
                throw PolicyError(
                    "\(PolicyError.quote(text)) is no way to group snapshots",
                    remedy: "host, path, \"host,path\", or an empty text for one group")
            }
        }
    }

    /// The group that a snapshot belongs to.
    func key(of snapshot: RetentionCandidate) -> GroupKey {
        var paths: [[UInt8]] = []
        if byPaths {
            for path in snapshot.paths.sorted(by: { $0.lexicographicallyPrecedes($1) })
            where path != paths.last { paths.append(path) }
        }
        return GroupKey(host: byHost ? snapshot.host : nil, paths: byPaths ? paths : nil)
    }
}

/// What the snapshots of a group have in common.
package struct GroupKey: Hashable, Comparable, Sendable {
    /// The host; `nil` where hosts are not told apart.
    package let host: String?
    /// The paths, sorted, each once; `nil` where they are not told apart.
    package let paths: [[UInt8]]?

    /// Hosts and then paths by their bytes.
    package static func < (left: Self, right: Self) -> Bool {
        let hosts = (Array((left.host ?? "").utf8), Array((right.host ?? "").utf8))
        if hosts.0 != hosts.1 { return hosts.0.lexicographicallyPrecedes(hosts.1) }
        return (left.paths ?? []).lexicographicallyPrecedes(right.paths ?? []) {
            $0.lexicographicallyPrecedes($1)
        }
    }
}
