package import FileHandles

/// What the caches of repositories on the network take on the local disk.
package struct CacheStatus: Equatable, Sendable {
    /// Index tables.
    package var indexes = FolderUsage()
    /// Manifests and descriptions.
    package var manifests = FolderUsage()
    /// Parts of packs that hold listings.
    package var listings = FolderUsage()
    /// Names of condemned packs.
    package var condemned = FolderUsage()

    /// Nothing.
    package init() {}

    /// All of it.
    package var total: FolderUsage {
        var total = indexes
        total += manifests
        total += listings
        total += condemned
        return total
    }

    mutating func add(_ kind: CacheKind, _ usage: FolderUsage) {
        switch kind {
        case .indexes: indexes += usage
        case .manifests: manifests += usage
        case .listings: listings += usage
        case .condemned: condemned += usage
        }
    }
}

/// The caches of all repositories in one cache directory. Safe while others use them.
package enum CacheTree {
    private static let storesFolder = "stores"
    /// The digits of a repository's folder.
    static let nameLength = 32

    /// What is there.
    package static func status(cacheDirectory: [UInt8]) -> CacheStatus {
        var status = CacheStatus()
        for (kind, folder) in folders(in: stores(cacheDirectory)) {
            status.add(kind, folder.usage())
        }
        return status
    }

    /// Removes everything.
    /// - Returns: what was removed.
    package static func clear(cacheDirectory: [UInt8]) -> FolderUsage {
        let stores = stores(cacheDirectory)
        var removed = FolderUsage()
        for root in roots(in: stores) { removed += clear(root) }
        stores.removeIfEmpty()
        return removed
    }

    @discardableResult
    static func clear(_ root: LocalFolder) -> FolderUsage {
        var removed = FolderUsage()
        for kind in CacheKind.allCases {
            let folder = root.appending(kind.rawValue)
            removed += folder.removeFiles()
            folder.removeIfEmpty()
        }
        root.removeIfEmpty()
        return removed
    }

    static func stores(_ cacheDirectory: [UInt8]) -> LocalFolder {
        LocalFolder(path: cacheDirectory).appending(storesFolder)
    }

    /// Removes what was not used for longest until nine tenths of the limit are left; what killed
    /// processes have left half-written is used by nobody, so it goes, too.
    static func trim(_ stores: LocalFolder, limitInBytes: UInt64) {
        var files: [(path: [UInt8], status: FileStatus)] = []
        var total: UInt64 = 0
        for (_, folder) in folders(in: stores) {
            for (name, status) in folder.files {
                files.append((folder.appending(name).path, status))
                total += status.sizeInBytes
            }
        }
        if total <= limitInBytes { return }
        // Some room at once, so that not every object that comes makes one go.
        let goal = limitInBytes - limitInBytes / 10
        files.sort { left, right in
            let (first, second) = (left.status.modified, right.status.modified)
            return (first.seconds, first.nanoseconds) < (second.seconds, second.nanoseconds)
        }
        for file in files where total > goal {
            guard (try? FileHandle.remove(path: file.path)) != nil else { continue }
            total -= file.status.sizeInBytes
        }
    }

    private static func roots(in stores: LocalFolder) -> [LocalFolder] {
        stores.folders.filter { name in
            name.utf8.count == nameLength && name.allSatisfy { $0.isHexDigit }
        }
        .map(stores.appending)
    }

    private static func folders(in stores: LocalFolder) -> [(CacheKind, LocalFolder)] {
        roots(in: stores).flatMap { root in
            CacheKind.allCases.map { ($0, root.appending($0.rawValue)) }
        }
    }
}
