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

    /// The name of a pack.
    package static func pack(_ id: PackID) -> String {
        let digits = id.description
        return packs + digits.prefix(2) + "/" + digits
    }

    /// The name of an index table.
    package static func table(_ id: TableID) -> String { indexes + id.description }

    /// The name of a manifest.
    package static func manifest(_ id: SnapshotID, time: Timestamp) -> String {
        snapshots + CalendarTime.compact(time) + "-" + id.description + ".json"
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
    package static func snapshotID(_ name: String) -> SnapshotID? {
        let stamp = name.dropFirst(snapshots.count).prefix { $0 != "-" }
        let digits = name.dropFirst(snapshots.count + stamp.count + 1).prefix { $0 != "." }
        guard isStamp(stamp), let id = SnapshotID(hexadecimal: String(digits)),
            name == "\(snapshots)\(stamp)-\(id).json"
        else { return nil }
        return id
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
