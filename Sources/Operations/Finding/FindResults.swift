package import SnapshotModel

/// Something that a search tells.
package enum FindEvent {
    /// An entry has all that is asked for. Of a file only the size of the content is known.
    case found(Entry, path: [UInt8])
    /// The listing of a folder cannot be read; what is below it was not searched.
    case damaged(path: [UInt8], reason: String)
    /// The snapshot cannot be searched to its end: it was removed, or never completed.
    case lost(reason: String)
}

/// How to search.
package struct FindSettings: Sendable {
    /// What to look for.
    package var criteria: FindCriteria
    /// About how much memory may be spent on knowing what was searched.
    package var memoryInBytes: Int
    /// Whether a snapshot that is lost is told of, and the others are searched; otherwise it ends
    /// the search.
    package var passesOverLost = true

    /// Some hundred thousand folders.
    package static let usualMemoryInBytes = 64 * 1024 * 1024

    /// Settings.
    package init(_ criteria: FindCriteria, memoryInBytes: Int = usualMemoryInBytes) {
        self.criteria = criteria
        self.memoryInBytes = memoryInBytes
    }
}

/// What a search has come to.
package struct FindCounts: Hashable, Sendable {
    /// Snapshots that were searched.
    package var snapshots: UInt64 = 0
    /// Entries that were found, counted in each snapshot.
    package var found: UInt64 = 0
    /// Folders that could not be read, counted in each snapshot.
    package var damaged: UInt64 = 0
    /// Snapshots that were lost.
    package var lost: UInt64 = 0
    /// Listings that were read.
    package var readListings: UInt64 = 0

    /// Counts of nothing.
    package init() {}
}
