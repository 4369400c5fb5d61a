package import Selection
package import SnapshotModel

/// What entries must be like to be found.
package struct FindCriteria: Sendable {
    /// What is compared with names or paths.
    package var pattern: PathPattern
    /// Of which types; all when there are none.
    package var types: Set<EntryType> = []
    /// All of them must hold. Where there are some, only files are found: nothing else has a size.
    package var sizes: [SizeBound] = []
    /// Changed later than this.
    package var newerThan: Timestamp?
    /// Changed before this.
    package var olderThan: Timestamp?

    /// All that a pattern matches.
    package init(_ pattern: PathPattern) { self.pattern = pattern }

    /// Whether an entry has all that is asked for, its path aside.
    func fits(_ entry: Entry) -> Bool {
        if !types.isEmpty, !types.contains(entry.kind.type) { return false }
        if !sizes.isEmpty {
            guard case .file(let content) = entry.kind else { return false }
            guard sizes.allSatisfy({ $0.holds(content.sizeInBytes) }) else { return false }
        }
        if let newerThan, !(newerThan < entry.metadata.modified) { return false }
        if let olderThan, !(entry.metadata.modified < olderThan) { return false }
        return true
    }
}

/// What the size of a file must be.
package enum SizeBound: Hashable, Sendable {
    /// More bytes than this.
    case above(UInt64)
    /// Fewer bytes than this.
    case below(UInt64)
    /// So many bytes.
    case exactly(UInt64)

    func holds(_ sizeInBytes: UInt64) -> Bool {
        switch self {
        case .above(let limit): sizeInBytes > limit
        case .below(let limit): sizeInBytes < limit
        case .exactly(let size): sizeInBytes == size
        }
    }
}
