package import SnapshotModel

/// Which packs a prune gives up.
package struct PrunePlan: Hashable, Sendable {
    /// Packs with nothing that counts in them, ascending by name.
    package var deletes: [PackID] = []
    /// Packs whose live chunks are copied first, ascending by name: those with much waste, and
    /// small ones that are gathered.
    package var repacks: [PackID] = []
    /// What comes of it.
    package var estimate = PruneEstimate()

    /// Nothing given up.
    package init() {}

    /// All packs that are given up, ascending by name.
    package var victims: [PackID] { (deletes + repacks).sorted() }
}

/// What a plan comes to, in packs and in stored bytes; copies may compress a little otherwise.
package struct PruneEstimate: Hashable, Sendable {
    /// Packs before.
    package var packs = 0
    /// Bytes before.
    package var totalInBytes: UInt64 = 0
    /// Packs that are deleted as they are.
    package var deletedPacks = 0
    /// Packs that are copied in part and then deleted.
    package var repackedPacks = 0
    /// Those of them that are copied because they are small.
    package var gatheredPacks = 0
    /// Bytes that are copied.
    package var repackedInBytes: UInt64 = 0
    /// Bytes that the store has less afterwards.
    package var freedInBytes: UInt64 = 0
    /// Bytes of packs that nothing uses, before.
    package var unusedBeforeInBytes: UInt64 = 0
    /// The same afterwards.
    package var unusedAfterInBytes: UInt64 = 0

    /// Nothing counted.
    package init() {}

    /// Bytes afterwards.
    package var keptInBytes: UInt64 { totalInBytes - freedInBytes }
}
