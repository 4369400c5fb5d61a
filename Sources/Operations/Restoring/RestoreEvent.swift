import SnapshotModel

/// Something that a restore tells while it goes on.
package enum RestoreEvent: Sendable {
    /// How far it is; several times a second at most.
    case progress(RestoreCounts)
    /// How much there is to be written, once that is known: bytes of files.
    case planned(bytes: UInt64)
    /// What would be fetched; the last event of a run that writes nothing.
    case estimated(RestoreEstimate)
    /// A path that could not be written, or not completely: exit code 3.
    case failed(path: [UInt8], reason: String)
    /// A path of which the place does not take something: exit code 3. There may be one for each
    /// entry; `RestoreCounts` has them by what they lack.
    case lacking(path: [UInt8], Shortfall)
    /// A path whose content in the repository is damaged: exit code 3.
    case damaged(path: [UInt8], reason: String)
    /// A path that was changed here, and what became of it.
    case conflict(path: [UInt8], ConflictOutcome)
    /// A path that was removed, or would be.
    case deleted(path: [UInt8])
}

/// What became of an entry that was changed at the target.
package enum ConflictOutcome: Hashable, Sendable {
    /// It stays, and the snapshot's was left out.
    case kept
    /// The snapshot's took its place.
    case replaced
    /// It has this path now.
    case renamed(to: [UInt8])
}

/// What a restore has done.
package struct RestoreCounts: Hashable, Sendable {
    /// Files written.
    package var files: UInt64 = 0
    /// Directories made, or found.
    package var directories: UInt64 = 0
    /// Links, pipes and devices made.
    package var others: UInt64 = 0
    /// The sizes of the files written.
    package var bytes: UInt64 = 0
    /// Entries, directories aside, that were as they should be; some got their metadata anew.
    package var unchanged: UInt64 = 0
    /// Entries that the policy left as they were.
    package var left: UInt64 = 0
    /// Bytes that came from local files.
    package var copiedBytes: UInt64 = 0
    /// Paths that were changed here.
    package var conflicts: UInt64 = 0
    /// Entries removed that the snapshot does not have.
    package var deleted: UInt64 = 0
    /// Entries that are missing, or lack something.
    package var failed: UInt64 = 0
    /// What the place did not take, that of most entries first; known at the end.
    package var shortfalls: [Shortfall] = []
    /// Paths whose content is damaged.
    package var damaged: UInt64 = 0
    /// Files that were read back.
    package var verified: UInt64 = 0

    /// Nothing done.
    package init() {}
}

/// What a restore would do.
package struct RestoreEstimate: Hashable, Sendable {
    /// Requests for data.
    package var requests: UInt64 = 0
    /// Bytes that would be fetched.
    package var bytes: UInt64 = 0
    /// Milliseconds, by the rate at which the listings came.
    package var milliseconds: UInt64 = 0

    /// Nothing to do.
    package init() {}
}

/// A restore that could not be begun or had to be given up.
package struct RestoreError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable {
        let name: String
        /// The target cannot be made or opened.
        package static let targetUnusable = Code(name: "target unusable")
        /// Another restore writes into the target.
        package static let targetInUse = Code(name: "target in use")
        /// Everything there would be deleted, and it does not look as if it should.
        package static let wrongTarget = Code(name: "wrong target")
        /// A seed cannot be opened.
        package static let seedUnusable = Code(name: "seed unusable")
        /// The disk of the target is full.
        package static let noSpace = Code(name: "no space")
    }

    /// What kind of failure.
    package let code: Code
    /// The path that it was about.
    package let path: [UInt8]
    /// Why.
    package let cause: String

    /// An error.
    package init(code: Code, path: [UInt8], cause: String) {
        self.code = code
        self.path = path
        self.cause = cause
    }

    package var description: String { "cannot restore to \(DisplayText.escape(path)): \(cause)" }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
