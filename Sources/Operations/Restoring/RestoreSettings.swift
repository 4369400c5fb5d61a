import SnapshotModel
package import WorkerThreads

/// What a restore is to write, and where.
package struct RestoreSettings: Sendable {
    /// The directory to write into, absolute; it must not exist, or be empty.
    package var target: [UInt8]
    /// Whether long runs of zeros become holes.
    package var makesHoles = false
    /// How many threads decompress, verify and write.
    package var workerCount: Int
    /// How to read from the store.
    package var reading = ReadSettings.network
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

/// How a restore reads from its store; memory is bounded by these.
package struct ReadSettings: Hashable, Sendable {
    /// How many requests for data are under way at once.
    package var requestsInFlight: Int
    /// The least that one of several requests for a stretch reads; the most is about twice of it.
    package var partInBytes: Int
    /// Up to this many bytes between two blocks are read in vain.
    package var gapInBytes: Int
    /// The most that lies between requests and the disk.
    package var bytesInFlight: Int
    /// As `partInBytes`, for metadata.
    package var metadataWindowInBytes: Int
    /// The most that plans take, all that are in memory together.
    package var planInBytes: Int

    /// Settings; each number must be at least 1, but for the gap and the window, which may be 0.
    package init(
        requestsInFlight: Int, partInBytes: Int, gapInBytes: Int, bytesInFlight: Int,
        metadataWindowInBytes: Int, planInBytes: Int
    ) {
        self.requestsInFlight = requestsInFlight
        self.partInBytes = partInBytes
        self.gapInBytes = gapInBytes
        self.bytesInFlight = bytesInFlight
        self.metadataWindowInBytes = metadataWindowInBytes
        self.planInBytes = planInBytes
    }

    /// For a store that takes long to answer and can give many answers at once.
    package static let network = Self(
        requestsInFlight: 8, partInBytes: 8 * 1024 * 1024, gapInBytes: 1024 * 1024,
        bytesInFlight: 64 * 1024 * 1024, metadataWindowInBytes: 8 * 1024 * 1024,
        planInBytes: 64 * 1024 * 1024)

    /// For a directory: requests cost nothing, so the plans are small and writing begins at once.
    package static let local = Self(
        requestsInFlight: 2, partInBytes: 1024 * 1024, gapInBytes: 64 * 1024,
        bytesInFlight: 16 * 1024 * 1024, metadataWindowInBytes: 1024 * 1024,
        planInBytes: 12 * 1024 * 1024)
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
