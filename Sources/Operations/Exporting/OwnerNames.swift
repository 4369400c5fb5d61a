import SnapshotModel

/// The names that a manifest gives the numbers of owners.
struct OwnerNames: Sendable {
    let users: [UInt32: String]
    let groups: [UInt32: String]

    init(_ manifest: Manifest) {
        users = Self.table(manifest.users)
        groups = Self.table(manifest.groups)
    }

    private static func table(_ names: [AccountName]) -> [UInt32: String] {
        Dictionary(names.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}
