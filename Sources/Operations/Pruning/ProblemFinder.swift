// When marking has found chunks missing or listings damaged, this tells which snapshots suffer, and
// where. It is a second walk, so that marking need not know the path of each chunk. It is needed
// seldom, so it goes through the listings one by one.

package import ChunkMarking
package import ChunkStorage
package import ObjectStore
import RepositoryAccess
import RepositoryFormat
package import SnapshotModel

/// Something that a snapshot needs and that cannot be had.
package struct PruneProblem: Hashable, Sendable {
    /// What is wrong.
    package enum Kind: Hashable, Sendable {
        /// A chunk is in no pack that is there; the first such chunk of the content.
        case missing(ChunkID)
        /// A listing, or a list of chunks, cannot be read: what it leads to is not known.
        case unreadable(reason: String)
    }

    /// The snapshot that suffers.
    package let snapshot: SnapshotID
    /// The session that wrote its manifest.
    package let session: SessionID
    /// The path within the snapshot; empty for its root.
    package let path: [UInt8]
    /// What is wrong.
    package let kind: Kind
}

/// Tells which snapshots suffer from what is missing; for one thread.
package final class ProblemFinder {
    private let reader: TreeReader
    private let isLost: (ChunkID) -> Bool
    private let report: (PruneProblem) throws -> Void
    /// Listings of which everything can be had, all below them included.
    private let clean = DigestSet()
    private var manifest: Manifest?

    /// - Parameters:
    ///   - isLost: whether a chunk cannot be had.
    ///   - report: gets each problem of each snapshot; what it throws ends the search.
    package init(
        store: any ObjectStore, index: ChunkIndex, _ settings: MarkSettings,
        isLost: @escaping (ChunkID) -> Bool, report: @escaping (PruneProblem) throws -> Void
    ) throws {
        let shared = ChunkLoader.Shared(store: store, index: index)
        reader = TreeReader(
            try ChunkLoader(shared, metadataWindowInBytes: settings.windowInBytes))
        self.isLost = isLost
        self.report = report
    }

    /// Walks through some snapshots. What several of them share is walked once, unless it has
    /// problems: those are reported for each.
    /// - Throws: `StoreError`; what `report` throws.
    package func search(_ manifests: [Manifest]) throws {
        for manifest in manifests {
            self.manifest = manifest
            _ = try check(manifest.root.extendedAttributes, path: [])
            _ = try check(listing: manifest.root.content, path: [])
        }
    }

    /// - Returns: whether the directory and all below it can be had.
    private func check(listing: Content, path: [UInt8]) throws -> Bool {
        let name = DigestSet.Element(
            [listing.sizeInBytes, UInt64(listing.levels)], listing.chunks)
        if clean.contains(name) { return true }
        let hasChunks = try check(listing, path: path)
        var isClean = hasChunks
        do {
            try reader.forEachEntry(of: listing, path: path) { entry in
                let separator: [UInt8] = path.isEmpty ? [] : [UInt8(ascii: "/")]
                let path = path + separator + entry.name.bytes
                if try !check(entry.extendedAttributes, path: path) { isClean = false }
                switch entry.kind {
                case .directory(let inner):
                    if try !check(listing: inner, path: path) { isClean = false }
                case .file(let content):
                    if try !check(content, path: path) { isClean = false }
                case .symlink, .fifo, .socket, .characterDevice, .blockDevice: break
                }
            }
        } catch let error as RepositoryError where error.code == .damaged {
            isClean = false
            // A missing chunk has been reported; this is what comes of it.
            if hasChunks { try report(.unreadable(reason: "\(error)"), path) }
        }
        if isClean { clean.insert(name) }
        return isClean
    }

    private func check(_ attributes: [ExtendedAttribute], path: [UInt8]) throws -> Bool {
        var isClean = true
        for attribute in attributes {
            guard let content = attribute.content else { continue }
            if try !check(content, path: path) { isClean = false }
        }
        return isClean
    }

    /// - Returns: whether all chunks of the content can be had.
    private func check(_ content: Content, path: [UInt8]) throws -> Bool {
        guard let problem = try findProblem(content.chunks, level: content.levels) else {
            return true
        }
        try report(problem, path)
        return false
    }

    private func findProblem(_ ids: [ChunkID], level: Int) throws -> PruneProblem.Kind? {
        for id in ids {
            if isLost(id) { return .missing(id) }
            if level == 0 { continue }
            do {
                let list = try reader.loader.load(id) { try ContentList.decode($0) }
                if let problem = try findProblem(list, level: level - 1) { return problem }
            } catch let error as RepositoryError where error.code == .damaged {
                return .unreadable(reason: "\(error)")
            } catch let error as FormatError {
                return .unreadable(reason: "\(error)")
            }
        }
        return nil
    }

    private func report(_ kind: PruneProblem.Kind, _ path: [UInt8]) throws {
        guard let manifest else { return }
        try report(
            PruneProblem(
                snapshot: manifest.id, session: manifest.session, path: path, kind: kind))
    }
}
