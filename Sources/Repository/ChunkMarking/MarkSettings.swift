package import SnapshotModel
package import WorkerThreads

/// How a marker reads; its memory is bounded by these.
package struct MarkSettings: Sendable {
    /// How many threads read, each one part of a pack at a time.
    package var threadCount: Int
    /// Metadata is read in parts of this size, up to twice of it.
    package var windowInBytes: Int
    /// What the parts that are in memory at once may come to; one part may be larger.
    package var bytesInFlight: Int
    /// Asks the run to stop.
    package var cancellation: Cancellation

    /// Settings of one's own; each number must be at least 1.
    package init(
        threadCount: Int, windowInBytes: Int, bytesInFlight: Int,
        cancellation: Cancellation = Cancellation()
    ) {
        self.threadCount = threadCount
        self.windowInBytes = windowInBytes
        self.bytesInFlight = bytesInFlight
        self.cancellation = cancellation
    }

    /// For a directory: a request costs nothing, so parts are small.
    package static let local = MarkSettings(
        threadCount: processorCount(), windowInBytes: 1024 * 1024, bytesInFlight: 16 * 1024 * 1024)

    /// For a store on the network: enough requests under way that the time each takes does not
    /// count. The window is the one of restores, so that a cache serves both.
    package static let network = MarkSettings(
        threadCount: 6, windowInBytes: 8 * 1024 * 1024, bytesInFlight: 32 * 1024 * 1024)
}

/// What a marker has done, and whether everything could be read.
package struct MarkReport: Hashable, Sendable {
    /// A chunk that could not be read although a table lists it.
    package struct Unreadable: Hashable, Sendable {
        /// The listing's chunk, or the list's.
        package let chunk: ChunkID
        /// Which check failed.
        package let reason: String
    }

    /// Chunks of listings that were read, those counted twice that were read for two listings.
    package var listingChunks: UInt64 = 0
    /// Lists of chunks that were read.
    package var lists: UInt64 = 0
    /// Entries of listings that were read.
    package var entries: UInt64 = 0
    /// Chunks that are needed and that no table lists.
    package var missing: UInt64 = 0
    /// Chunks of listings and lists that could not be read, or break a rule of the format.
    package var damaged: UInt64 = 0
    /// The first of them.
    package var examples: [Unreadable] = []
    /// Whether more is missing than the marker remembers. Then further tables are of no use to it.
    package var hasOverflown = false

    /// How many examples are kept.
    static let mostExamples = 100

    /// Nothing done yet.
    package init() {}

    /// Whether every chunk that the manifests need is known and listed. Otherwise
    /// `ProblemFinder` tells which snapshots and paths suffer.
    package var isComplete: Bool { missing == 0 && damaged == 0 && !hasOverflown }
}
