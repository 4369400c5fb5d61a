import SnapshotModel

/// What a marker could not read, or not even find: it is tried again when further tables are known.
///
/// A manifest may be younger than the tables that were looked at, and a pack may have been replaced
/// by another one meanwhile.
struct Unresolved {
    /// A chunk, with what it was wanted as.
    struct Reference: Hashable {
        let id: ChunkID
        /// As of a `PendingWalk`; `nil` for data, of which only the name is needed.
        let level: UInt8?
        /// Of a listing of its own: what its reference says.
        let sizeInBytes: UInt64
    }

    /// More than these are not remembered: whole packs are lost, and marking has to begin anew.
    static let mostReferences = 256 * 1024

    /// Chunks that no table lists.
    private(set) var missing: Set<Reference> = []
    /// Chunks that a table lists and that could not be read, with the reason.
    private(set) var unreadable: [Reference: String] = [:]
    /// Listings of several chunks of which some are missing or unreadable.
    private(set) var listings: Set<Content> = []
    /// Whether there was more than is remembered.
    private(set) var hasOverflown = false

    mutating func add(missing reference: Reference) {
        if hasRoom { missing.insert(reference) }
    }

    mutating func add(unreadable reference: Reference, _ reason: String) {
        if hasRoom { unreadable[reference] = reason }
    }

    mutating func add(_ listing: Content) {
        if hasRoom { listings.insert(listing) }
    }

    private var hasRoom: Bool {
        mutating get {
            let count = missing.count + unreadable.count + listings.count
            if count >= Self.mostReferences { hasOverflown = true }
            return !hasOverflown
        }
    }
}
