package import ChunkMarking
package import ChunkStorage

/// What a prune is to do.
package struct PruneSettings: Sendable {
    /// Which packs are given up.
    package var policy: PrunePolicy
    /// How long forgotten snapshots can be brought back, in seconds of the store's clock.
    package var graceInSeconds: Int64 = PruneSettings.usualGraceInSeconds
    /// Whether only to plan.
    package var isDryRun = false
    /// How listings are read.
    package var marking: MarkSettings
    /// How copies go to the store.
    package var uploads: UploadSettings
    /// How copies are compressed.
    package var compression: CompressionSetting = .zstd(level: 1)

    /// A day: long enough to notice that the wrong snapshots were forgotten.
    package static let usualGraceInSeconds: Int64 = 24 * 60 * 60

    /// Settings with the usual values for all that is not given.
    package init(policy: PrunePolicy, marking: MarkSettings, uploads: UploadSettings) {
        self.policy = policy
        self.marking = marking
        self.uploads = uploads
    }
}

/// Something that a prune tells while it goes on.
package enum PruneEvent: Sendable {
    /// A step has begun, named for people.
    case step(String)
    /// Something worth knowing that does not stop the prune.
    case warning(String)
}

/// What a prune has done, or would do.
package struct PruneReport: Hashable, Sendable {
    /// What the plan comes to.
    package var estimate = PruneEstimate()
    /// Packs that were deleted, those of earlier prunes included.
    package var deletedPacks = 0
    /// How many bytes the packs have less than before, copies counted.
    package var freedInBytes: UInt64 = 0
    /// Stored bytes of the packs from which something was copied.
    package var repackedInBytes: UInt64 = 0
    /// Plain bytes that were copied.
    package var copiedInBytes: UInt64 = 0
    /// Bytes of the packs that are left.
    package var keptInBytes: UInt64 = 0
    /// Packs that are condemned and wait for sessions to end.
    package var waitingPacks = 0
    /// The sessions that they wait for.
    package var waitsFor: [WaitedSession] = []
    /// Forgotten snapshots whose grace is not over.
    package var forgottenSnapshots = 0
    /// Forgotten snapshots that cannot be brought back any more.
    package var expiredSnapshots = 0

    /// Nothing done yet.
    package init() {}
}

/// A session that a deletion waits for.
package struct WaitedSession: Hashable, Sendable {
    /// Who has opened it, as far as it tells.
    package let owner: String
    /// After how many seconds it can be declared dead; `nil` where the store tells no times.
    package let secondsLeft: Int64?
}
