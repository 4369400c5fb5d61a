import SnapshotModel
package import WorkerThreads

/// What a restore is to write, and where.
package struct RestoreSettings: Sendable {
    /// The directory to write into, absolute; it must not exist, or be empty.
    package var target: [UInt8]
    /// Whether long runs of zeros become holes.
    package var makesHoles = false
    /// How many threads load and write.
    package var workerCount: Int
    /// Asks the run to stop.
    package var cancellation: Cancellation

    /// Settings with the usual values for all that is not given.
    package init(
        target: [UInt8], workerCount: Int = processorCount(),
        cancellation: Cancellation = Cancellation()
    ) {
        self.target = target
        self.workerCount = workerCount
        self.cancellation = cancellation
    }
}

/// Something that a restore tells while it goes on.
package enum RestoreEvent: Sendable {
    /// How far it is; several times a second at most.
    case progress(RestoreCounts)
    /// A path that could not be written, or not with all its metadata: exit code 3.
    case failed(path: [UInt8], reason: String)
    /// A path whose content in the repository is damaged: exit code 13.
    case damaged(path: [UInt8], reason: String)
}

/// What a restore has done.
package struct RestoreCounts: Hashable, Sendable {
    /// Files written.
    package var files: UInt64 = 0
    /// Directories made.
    package var directories: UInt64 = 0
    /// Links, pipes and devices made.
    package var others: UInt64 = 0
    /// The sizes of the files written.
    package var bytes: UInt64 = 0
    /// Paths that are missing, or lack some of their metadata.
    package var failed: UInt64 = 0
    /// Paths whose content is damaged.
    package var damaged: UInt64 = 0

    /// Nothing done.
    package init() {}
}

/// A restore that could not be begun or had to be given up.
package struct RestoreError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable {
        let name: String
        /// The target has entries already.
        package static let targetNotEmpty = Code(name: "target not empty")
        /// The target cannot be made or opened.
        package static let targetUnusable = Code(name: "target unusable")
        /// The disk of the target is full.
        package static let noSpace = Code(name: "no space")
    }

    /// What kind of failure.
    package let code: Code
    /// The path that it was about.
    package let path: [UInt8]
    /// Why.
    package let cause: String

    package var description: String { "cannot restore to \(DisplayText.escape(path)): \(cause)" }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
