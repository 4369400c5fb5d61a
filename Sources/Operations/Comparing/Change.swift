package import SnapshotModel

/// A part of an entry's metadata that can differ.
package enum MetadataField: String, CaseIterable, Sendable {
    /// Permission bits.
    case mode
    /// User or group.
    case owner
    /// When the content was changed last.
    case time = "mtime"
    /// Extended attributes.
    case attributes = "xattrs"
    /// Flags.
    case flags
}

/// One difference between two trees.
package struct Change: Equatable, Sendable {
    /// What has happened.
    package enum Kind: String, CaseIterable, Sendable {
        /// Only the new tree has the entry.
        case added
        /// Only the old tree has it.
        case removed
        /// Its bytes differ; of a link where it leads, of a device its number.
        case content
        /// Only what goes with it differs.
        case metadata
        /// It is a file in one tree and a folder in the other, or the like.
        case type
        /// It has another path, and the same content.
        case renamed
    }

    /// What has happened.
    package let kind: Kind
    /// Where it is, from the compared folders on; of what was renamed, the new path. Empty for the
    /// compared folders themselves.
    package let path: [UInt8]
    /// The old path of what was renamed.
    package let oldPath: [UInt8]?
    /// The entry in the old tree; `nil` for what was added.
    package let old: Entry?
    /// The entry in the new tree; `nil` for what was removed.
    package let new: Entry?
    /// What of the metadata differs; empty for what is in one tree only.
    package let fields: [MetadataField]

    /// A difference.
    package init(
        _ kind: Kind, path: [UInt8], oldPath: [UInt8]? = nil, old: Entry?, new: Entry?,
        fields: [MetadataField] = []
    ) {
        self.kind = kind
        self.path = path
        self.oldPath = oldPath
        self.old = old
        self.new = new
        self.fields = fields
    }
}

/// What a comparison tells while it goes on.
package enum CompareEvent: Sendable {
    /// A difference.
    case changed(Change)
    /// A folder, or a file, of a snapshot cannot be read: its path from the compared folder on.
    /// Differences in it are not known.
    case damaged(path: [UInt8], reason: String)
    /// The same for the local folder.
    case unreadable(path: [UInt8], reason: String)
}

/// How many differences there are.
package struct CompareCounts: Equatable, Sendable {
    /// Differences by kind.
    package private(set) var changes: [Change.Kind: UInt64] = [:]
    /// Paths that are damaged in the repository.
    package private(set) var damaged: UInt64 = 0
    /// Paths of the local folder that cannot be read.
    package private(set) var unreadable: UInt64 = 0

    /// No differences.
    package init() {}

    /// How many differences of a kind there are.
    package subscript(kind: Change.Kind) -> UInt64 { changes[kind] ?? 0 }

    mutating func add(_ event: CompareEvent) {
        switch event {
        case .changed(let change): changes[change.kind, default: 0] += 1
        case .damaged: damaged += 1
        case .unreadable: unreadable += 1
        }
    }
}
