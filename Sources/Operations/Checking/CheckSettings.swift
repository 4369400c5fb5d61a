package import SnapshotModel

/// How thorough a check is.
package enum CheckDepth: Sendable {
    /// Manifests, listings, tables and trailers; no data is read.
    case structure
    /// Every byte of every pack too.
    case allData
    /// Every byte of the packs of group `number` of `count`, counted from 1: `count` runs check
    /// all.
    case group(number: Int, of: Int)
    /// Every byte of so many packs, drawn at random.
    case percent(Double)
    /// Every byte of packs drawn at random until so many bytes are read.
    case bytes(UInt64)
}

/// Something that a check has found wrong.
package struct CheckProblem: Hashable, Sendable {
    /// The kinds of problem.
    package enum Kind: String, Sendable {
        /// A manifest cannot be read.
        case manifest
        /// An index table cannot be used, or claims what its packs do not say.
        case index
        /// A pack is missing, cut off, or not what was written.
        case pack
        /// A listing of a snapshot cannot be read.
        case listing
        /// A file of a snapshot cannot be restored.
        case file
    }

    /// What kind of problem.
    package let kind: Kind
    /// The object's name, or the path within the snapshot.
    package let subject: String
    /// The snapshot that suffers; `nil` for objects.
    package let snapshot: SnapshotID?
    /// Which check failed.
    package let reason: String
}

/// Something that a check tells while it goes on.
package enum CheckEvent: Sendable {
    /// Something wrong.
    case problem(CheckProblem)
    /// Something worth knowing that is no error.
    case notice(String)
    /// How many packs of how many were looked at.
    case progress(packs: Int, of: Int)
}

/// What a check has looked at.
package struct CheckReport: Hashable, Sendable {
    /// Problems found.
    package var errors: UInt64 = 0
    /// Snapshots looked at.
    package var snapshots: UInt64 = 0
    /// Packs looked at.
    package var packs: UInt64 = 0
    /// Packs read as a whole.
    package var packsRead: UInt64 = 0
    /// Chunks that the index lists.
    package var chunks: UInt64 = 0

    /// Nothing looked at.
    package init() {}
}
