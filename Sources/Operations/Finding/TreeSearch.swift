// Searches the trees of snapshots, one after the other. A listing is read entry by entry; what has
// to be come back to in it is remembered, so that the next snapshots that have the same listing at
// the same place need not read it, nor, where nothing was found, what is below.

import ChunkStorage
import RepositoryAccess
import Selection
import SnapshotModel

/// Searches trees, for one thread.
final class TreeSearch {
    /// A folder that is being searched.
    private final class Frame {
        /// How much of the path leads to the folder, the slash behind it included.
        let pathLength: Int
        /// Reads the listing; `nil` when it is known.
        var cursor: ListingCursor?
        /// What is left of what is known of the listing.
        var rest: ArraySlice<RememberedEntry>
        /// The key of the listing.
        let key: Digest256
        /// What was found so far; `nil` when it is too much.
        var kept: [RememberedEntry]? = []
        var keptInBytes = 0
        /// Whether the folder has to be come back to.
        var leadsOn: Bool
        /// The folder's own entry, which its parent keeps.
        let entry: Entry?
        let isHit: Bool

        init(
            _ pathLength: Int, _ key: Digest256, _ entry: Entry?, isHit: Bool,
            cursor: ListingCursor?, known: [RememberedEntry]
        ) {
            self.pathLength = pathLength
            self.key = key
            self.entry = entry
            self.isHit = isHit
            self.cursor = cursor
            rest = known[...]
            leadsOn = !known.isEmpty
        }
    }

    private static let slash = UInt8(ascii: "/")

    private let criteria: FindCriteria
    private let report: (FindEvent) -> Void
    private var matcher: PathMatcher
    private var memory: SearchMemory
    private var frames: [Frame] = []
    /// About how much memory the frames have for what was found.
    private var openInBytes = 0
    /// The path of the current folder, and of an entry while it is looked at.
    private var path: [UInt8] = []
    private(set) var counts = FindCounts()

    init(_ settings: FindSettings, report: @escaping (FindEvent) -> Void) {
        criteria = settings.criteria
        matcher = PathMatcher(settings.criteria.pattern)
        memory = SearchMemory(limitInBytes: settings.memoryInBytes)
        self.report = report
    }

    /// Searches one tree.
    /// - Throws: whatever ends the search; `RepositoryError` `.damaged` never.
    func search(_ root: RootEntry, _ reader: TreeReader) throws {
        frames = []
        openInBytes = 0
        path = []
        do {
            try enter(root.content, entry: nil, isHit: false, reader)
        } catch let error as RepositoryError where error.code == .damaged {
            damaged(error)
        }
        while let frame = frames.last {
            path.removeSubrange(frame.pathLength...)
            do {
                guard try step(reader) else {
                    leave(isWhole: true)
                    continue
                }
            } catch let error as RepositoryError where error.code == .damaged {
                damaged(error)
                leave(isWhole: false)
            }
        }
    }

    /// Looks at the next entry of the current folder.
    /// - Returns: whether there was one.
    private func step(_ reader: TreeReader) throws -> Bool {
        let frame = frames[frames.count - 1]
        if frame.cursor != nil {
            guard let entry = try frame.cursor?.next() else { return false }
            try look(at: entry, reader)
        } else {
            guard let known = frame.rest.popFirst() else { return false }
            path += known.entry.name.bytes
            if known.isHit { tell(known.entry) }
            if known.leadsOn { try descend(known.entry, isHit: known.isHit, reader) }
        }
        return true
    }

    private func look(at entry: Entry, _ reader: TreeReader) throws {
        let nameStart = path.count
        path += entry.name.bytes
        var isDirectory = false
        if case .directory = entry.kind { isDirectory = true }
        let isHit =
            criteria.fits(entry)
            && path.withUnsafeBytes {
                matcher.matches($0, nameStart: nameStart, isDirectory: isDirectory)
            }
        if isHit { tell(entry) }
        if isDirectory {
            try descend(entry, isHit: isHit, reader)
        } else if isHit {
            keep(RememberedEntry(entry, isHit: true, leadsOn: false))
        }
    }

    private func tell(_ entry: Entry) {
        counts.found += 1
        report(.found(entry, path: path))
    }

    /// Goes into a folder, unless it is known that nothing is found there.
    private func descend(_ entry: Entry, isHit: Bool, _ reader: TreeReader) throws {
        guard case .directory(let listing) = entry.kind else { return }
        do {
            try enter(listing, entry: entry, isHit: isHit, reader)
        } catch let error as RepositoryError where error.code == .damaged {
            damaged(error)
            keep(RememberedEntry(entry, isHit: isHit, leadsOn: true))
        }
    }

    private func enter(
        _ listing: Content, entry: Entry?, isHit: Bool, _ reader: TreeReader
    ) throws {
        let folder = path
        let key = SearchMemory.key(listing, path: criteria.pattern.looksAtFolders ? folder : [])
        let known = memory.entries(key)
        if let known, known.isEmpty {
            if let entry, isHit { keep(RememberedEntry(entry, isHit: true, leadsOn: false)) }
            return
        }
        var cursor: ListingCursor?
        if known == nil {
            counts.readListings += 1
            cursor = try ListingCursor(reader, listing, path: folder)
        }
        if !folder.isEmpty { path.append(Self.slash) }
        frames.append(
            Frame(path.count, key, entry, isHit: isHit, cursor: cursor, known: known ?? []))
    }

    /// Goes back to the parent, and remembers what was found.
    private func leave(isWhole: Bool) {
        let frame = frames.removeLast()
        openInBytes -= frame.keptInBytes
        if isWhole, frame.cursor != nil, let kept = frame.kept { memory.insert(kept, frame.key) }
        let leadsOn = frame.leadsOn || !isWhole
        guard let entry = frame.entry, leadsOn || frame.isHit else { return }
        keep(RememberedEntry(entry, isHit: frame.isHit, leadsOn: leadsOn))
    }

    /// Notes something to come back to in the current folder.
    private func keep(_ entry: RememberedEntry) {
        // A root that cannot be read has nobody to note that.
        guard let frame = frames.last else { return }
        frame.leadsOn = true
        // What comes from the memory is there already.
        guard frame.cursor != nil, frame.kept != nil else { return }
        frame.kept?.append(entry)
        frame.keptInBytes += entry.sizeInBytes
        openInBytes += entry.sizeInBytes
        if openInBytes > memory.mostOpenInBytes {
            openInBytes -= frame.keptInBytes
            frame.keptInBytes = 0
            frame.kept = nil
        }
    }

    private func damaged(_ error: RepositoryError) {
        var folder = path
        if folder.last == Self.slash { folder.removeLast() }
        counts.damaged += 1
        report(.damaged(path: folder, reason: "\(error)"))
    }
}
