import RepositoryFormat

/// How packs go to the store.
package struct UploadSettings: Hashable, Sendable {
    /// A pack takes blocks up to this many stored bytes.
    package var packTargetInBytes: Int
    /// How many packs are sent at once.
    package var threadCount: Int
    /// What the packs that are being sent, or wait for it, may come to; one pack may be larger.
    package var bytesInFlight: Int
    /// Whether `CompressionSetting.auto` may choose stronger levels.
    package var raisesLevel: Bool

    /// Settings of one's own.
    package init(
        packTargetInBytes: Int, threadCount: Int, bytesInFlight: Int, raisesLevel: Bool = false
    ) {
        precondition(
            (1...FormatLimits.packTargetInBytes).contains(packTargetInBytes) && threadCount > 0)
        self.packTargetInBytes = packTargetInBytes
        self.threadCount = threadCount
        self.bytesInFlight = bytesInFlight
        self.raisesLevel = raisesLevel
    }

    /// For a directory: one pack is written, another one waits. The system takes writes fast and
    /// then flushes them, so waiting says little about the disk, and the level stays.
    package static let directory = UploadSettings(
        packTargetInBytes: FormatLimits.packTargetInBytes, threadCount: 1,
        bytesInFlight: 2 * FormatLimits.packTargetInBytes)

    /// For a store on the network: one connection seldom fills a line, so there are several, and
    /// smaller packs keep them busy within the same memory.
    package static let network = UploadSettings(
        packTargetInBytes: 16 * 1024 * 1024, threadCount: 6, bytesInFlight: 96 * 1024 * 1024,
        raisesLevel: true)
}
