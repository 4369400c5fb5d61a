package import WorkerThreads

/// How an export reads from its store; memory is bounded by these.
package struct ExportSettings: Sendable {
    /// How many threads read, decompress and verify.
    package var requestsInFlight: Int
    /// The least that one of several requests for a stretch reads; the most is about twice of it.
    package var partInBytes: Int
    /// Up to this many bytes between two blocks are read in vain.
    package var gapInBytes: Int
    /// The plain bytes of the blocks that are planned together. Two such segments are in memory:
    /// one is written while the other one is read.
    package var segmentInBytes: Int
    /// As `partInBytes`, for metadata.
    package var metadataWindowInBytes: Int
    /// Asks the run to stop.
    package var cancellation = Cancellation()

    /// For a store that takes long to answer and can give many answers at once.
    package static let network = Self(
        requestsInFlight: 8, partInBytes: 4 * 1024 * 1024, gapInBytes: 1024 * 1024,
        segmentInBytes: 32 * 1024 * 1024, metadataWindowInBytes: 8 * 1024 * 1024)

    /// For a directory, where requests cost nothing.
    package static let local = Self(
        requestsInFlight: 2, partInBytes: 1024 * 1024, gapInBytes: 64 * 1024,
        segmentInBytes: 12 * 1024 * 1024, metadataWindowInBytes: 1024 * 1024)
}

/// Something that an export tells while it goes on.
package enum ExportEvent: Sendable {
    /// How far it is; often.
    case progress(ExportCounts)
    /// A path that is not in the stream, or not with all its metadata: exit code 3.
    case failed(path: [UInt8], reason: String)
    /// A path whose content in the repository is damaged: exit code 13.
    case damaged(path: [UInt8], reason: String)
}

/// What an export has done.
package struct ExportCounts: Hashable, Sendable {
    /// Files written.
    package var files: UInt64 = 0
    /// Directories written.
    package var directories: UInt64 = 0
    /// Links, pipes and devices written.
    package var others: UInt64 = 0
    /// The sizes of the files written, holes included.
    package var bytes: UInt64 = 0
    /// Paths that are missing, or lack some of their metadata.
    package var failed: UInt64 = 0
    /// Paths whose content is damaged.
    package var damaged: UInt64 = 0

    /// Nothing done.
    package init() {}
}
