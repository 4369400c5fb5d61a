package import SnapshotModel

/// How much of a pack is needed, in bytes as they are stored.
package struct PackUsage: Hashable, Sendable {
    /// The pack.
    package var id: PackID
    /// The object's size.
    package var sizeInBytes: UInt64
    /// Needed pieces of files of which this pack has the copy that counts.
    package var liveDataInBytes: UInt64
    /// Needed pieces of listings, and lists, of which this pack has the copy that counts.
    package var liveMetadataInBytes: UInt64
    /// Needed chunks of which another pack has the copy that counts.
    package var duplicateInBytes: UInt64
    /// Chunks that nothing needs.
    package var deadInBytes: UInt64
    /// Whether a session that is still open may rely on it, so that giving it up would be in vain.
    package var isYoung = false

    /// A pack's usage; the parts are no more than the size together.
    package init(
        id: PackID, sizeInBytes: UInt64, liveDataInBytes: UInt64 = 0,
        liveMetadataInBytes: UInt64 = 0, duplicateInBytes: UInt64 = 0, deadInBytes: UInt64 = 0,
        isYoung: Bool = false
    ) {
        self.id = id
        self.sizeInBytes = sizeInBytes
        self.liveDataInBytes = liveDataInBytes
        self.liveMetadataInBytes = liveMetadataInBytes
        self.duplicateInBytes = duplicateInBytes
        self.deadInBytes = deadInBytes
        self.isYoung = isYoung
    }

    /// A pack that no table lists: nothing is known to need it.
    package init(unlisted id: PackID, sizeInBytes: UInt64, isYoung: Bool) {
        self.init(
            id: id, sizeInBytes: sizeInBytes, deadInBytes: sizeInBytes, isYoung: isYoung)
    }

    /// What has to be copied before the pack can go.
    package var liveInBytes: UInt64 { liveDataInBytes + liveMetadataInBytes }
    /// What is stored in vain.
    package var unusedInBytes: UInt64 { duplicateInBytes + deadInBytes }
}
