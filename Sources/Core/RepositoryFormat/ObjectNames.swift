package import SnapshotModel

/// The names of a repository's objects under its root path (Specs/repository-format.md section 2).
package enum ObjectNames {
    /// The repository's description.
    package static let description = "varve.json"
    /// All packs.
    package static let packs = "packs/"
    /// All index tables, and the markers of the collection protocol.
    package static let indexes = "indexes/"
    /// All manifests.
    package static let snapshots = "snapshots/"
    /// Copies of the manifests of forgotten snapshots.
    package static let forgotten = "forgotten/"

    /// The name of a pack.
    package static func pack(_ id: PackID) -> String {
        let digits = id.description
        return packs + digits.prefix(2) + "/" + digits
    }

    /// The name of an index table.
    package static func table(_ id: TableID) -> String { indexes + id.description }

    /// The name of a manifest.
    package static func manifest(_ id: SnapshotID, time: Timestamp) -> String {
        snapshots + document(id, time)
    }

    /// What prunes have deleted, and why.
    package static let prunes = "prunes/"

    /// The name by which a prune finds out whether a listing is complete: it stands behind those of
    /// all manifests.
    /// - Parameter prefix: `snapshots` or `forgotten`.
    package static func sentinel(_ session: SessionID, in prefix: String) -> String {
        prefix + "prune." + session.description
    }

    /// The session that has left a sentinel; `nil` for any other name.
    package static func sentinelSession(_ name: String, in prefix: String) -> SessionID? {
        guard let dot = name.lastIndex(of: "."),
            let id = SessionID(hexadecimal: String(name[name.index(after: dot)...])),
            sentinel(id, in: prefix) == name
        else { return nil }
        return id
    }

    /// The name of a prune's journal.
    package static func prune(_ nonce: Nonce, time: Timestamp) -> String {
        prunes + CalendarTime.compact(time) + "-" + nonce.description + ".json"
    }

    /// The name of the copy that is left of a manifest when the snapshot is forgotten.
    package static func forgotten(_ id: SnapshotID, time: Timestamp) -> String {
        forgotten + document(id, time)
    }

    private static func document(_ id: SnapshotID, _ time: Timestamp) -> String {
        CalendarTime.compact(time) + "-" + id.description + ".json"
    }

    /// What the names of all manifests begin with that were begun in the same second or later; it
    /// stands before each of them.
    package static func manifests(since time: Timestamp) -> String {
        snapshots + CalendarTime.compact(time) + "-"
    }

    /// The pack that a name names; `nil` for any other name.
    package static func packID(_ name: String) -> PackID? {
        guard let id = PackID(hexadecimal: lastComponent(name)), pack(id) == name else {
            return nil
        }
        return id
    }

    /// The table that a name names; `nil` for markers and any other name.
    package static func tableID(_ name: String) -> TableID? {
        guard let id = TableID(hexadecimal: lastComponent(name)), table(id) == name else {
            return nil
        }
        return id
    }

    /// The snapshot that a manifest's name names; `nil` for any other name.
    package static func snapshotID(_ name: String) -> SnapshotID? { id(name, in: snapshots) }

    /// The snapshot that the name of a forgotten manifest names; `nil` for any other name.
    package static func forgottenID(_ name: String) -> SnapshotID? { id(name, in: forgotten) }

    /// By bytes: a repository that is used often has thousands of these names, and each run that
    /// lists them looks at all.
    private static func id(_ name: String, in folder: String) -> SnapshotID? {
        let (stampLength, digitCount, ending) = (16, 32, ".json")
        let text = name.utf8.dropFirst(folder.utf8.count)
        let rest = text.dropFirst(stampLength)
        guard name.utf8.starts(with: folder.utf8),
            text.count == stampLength + 1 + digitCount + ending.utf8.count,
            isStamp(Substring(text.prefix(stampLength))), rest.first == UInt8(ascii: "-"),
            rest.suffix(ending.utf8.count).elementsEqual(ending.utf8)
        else { return nil }
        return SnapshotID(hexadecimal: String(Substring(rest.dropFirst().prefix(digitCount))))
    }

    /// Whether the text has the form of `20261123T195501Z`.
    private static func isStamp(_ text: Substring) -> Bool {
        let pattern = "00000000T000000Z"
        return text.utf8.count == pattern.utf8.count
            && zip(text.utf8, pattern.utf8).allSatisfy { character, expected in
                expected == UInt8(ascii: "0")
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
                    : character == expected
            }
    }

    private static func lastComponent(_ name: String) -> String {
        guard let slash = name.lastIndex(of: "/") else { return name }
        return String(name[name.index(after: slash)...])
    }
}
