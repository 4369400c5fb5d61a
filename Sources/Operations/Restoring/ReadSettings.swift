/// How a restore reads from its store; memory is bounded by these.
package struct ReadSettings: Hashable, Sendable {
    /// How many requests for data are under way at once.
    package var requestsInFlight: Int
    /// The least that one of several requests for a stretch reads, while there are no more of them
    /// than may be under way at once.
    package var partInBytes: Int
    /// Up to this many bytes between two blocks are read in vain.
    package var gapInBytes: Int
    /// The most that lies between requests and the disk.
    package var bytesInFlight: Int
    /// As `partInBytes`, for metadata.
    package var metadataWindowInBytes: Int
    /// The most that plans take, all that are in memory together.
    package var planInBytes: Int
    /// Whether chunks are copied from local files that are as they should be: that pays where the
    /// store is farther away than the file.
    package var copiesUnchanged: Bool

    /// Settings; each number must be at least 1, but for the gap and the window, which may be 0.
    package init(
        requestsInFlight: Int, partInBytes: Int, gapInBytes: Int, bytesInFlight: Int,
        metadataWindowInBytes: Int, planInBytes: Int, copiesUnchanged: Bool = true
    ) {
        self.requestsInFlight = requestsInFlight
        self.partInBytes = partInBytes
        self.gapInBytes = gapInBytes
        self.bytesInFlight = bytesInFlight
        self.metadataWindowInBytes = metadataWindowInBytes
        self.planInBytes = planInBytes
        self.copiesUnchanged = copiesUnchanged
    }

    /// The least that one of several requests for a stretch reads; the most is about twice of it.
    ///
    /// The plans that are carried out at once are to keep all connections busy between them. What
    /// is more goes into larger requests: a server reads, and a machine receives, the same bytes
    /// with less work when they come in one go.
    /// - Parameters:
    ///   - stored: how many bytes of packs the plan wants.
    ///   - plans: how many plans are carried out at once, this one included.
    package func partInBytes(ofPlan stored: UInt64, among plans: Int) -> Int {
        let share = stored / UInt64(max(1, requestsInFlight / plans))
        return Int(min(UInt64(Self.partGrowth * partInBytes), max(UInt64(partInBytes), share)))
    }

    /// Requests grow up to this many times their least size: then most packs come with one each.
    private static let partGrowth = 2

    /// For a store that takes long to answer and can give many answers at once.
    package static let network = Self.network(connections: 16)

    /// For such a store, with so many requests under way at once. Together they bring no more than
    /// the memory has room for.
    package static func network(connections: Int) -> Self {
        Self(
            requestsInFlight: connections, partInBytes: 4 * 1024 * 1024, gapInBytes: 1024 * 1024,
            bytesInFlight: 32 * 1024 * 1024, metadataWindowInBytes: 8 * 1024 * 1024,
            planInBytes: 36 * 1024 * 1024)
    }

    /// For a directory: requests cost nothing, so the plans are small and writing begins at once.
    package static let local = Self(
        requestsInFlight: 2, partInBytes: 1024 * 1024, gapInBytes: 64 * 1024,
        bytesInFlight: 16 * 1024 * 1024, metadataWindowInBytes: 1024 * 1024,
        planInBytes: 12 * 1024 * 1024, copiesUnchanged: false)
}
