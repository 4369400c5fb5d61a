package import ChunkMarking
package import SnapshotModel

/// How forgotten snapshots are brought back.
package struct UndoSettings: Sendable {
    /// Whether only to find out what can be brought back: nothing is written.
    package var isDryRun = false
    /// How listings are read.
    package var marking: MarkSettings

    /// Settings with the usual values for all that is not given.
    package init(marking: MarkSettings) { self.marking = marking }
}

/// What became of a snapshot that was to be brought back.
package struct UndoResult: Hashable, Sendable {
    /// The ways in which it can end.
    package enum Outcome: Hashable, Sendable {
        /// It is back under this name.
        case back(SnapshotID)
        /// Everything that it needs is there; nothing was written.
        case possible
        /// So many of the chunks that it needs, or more, were collected. Nothing was changed.
        case collected(chunks: UInt64)
        /// What it consists of cannot be told, for a listing is damaged. Nothing was changed.
        case damaged(reason: String)
    }

    /// The manifest as it was when the snapshot was forgotten.
    package let manifest: Manifest
    /// How it ended.
    package let outcome: Outcome
    /// Whether the snapshot is back and its copy below `forgotten/` is still there.
    package var isCopyLeft = false

    /// Whether the snapshot is, or can be, among the others again.
    package var isSuccess: Bool {
        switch outcome {
        case .back, .possible: true
        case .collected, .damaged: false
        }
    }
}

/// Something that happens while snapshots are brought back.
package enum UndoEvent: Sendable {
    /// A step has begun, named for people.
    case step(String)
    /// One of the snapshots is done with.
    case result(UndoResult)
    /// Something worth knowing that does not end the run.
    case warning(String)
}
