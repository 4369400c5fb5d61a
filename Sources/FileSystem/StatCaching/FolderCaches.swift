package import FileHandles
import SnapshotModel

/// The local files that runs leave for the next ones, of all repositories and folders in one cache
/// directory. FolderFiles tells what they are; all of it may be removed at any time.
package enum FolderCaches {
    /// What is there.
    package static func usage(cacheDirectory: [UInt8]) -> FolderUsage {
        folders(cacheDirectory).reduce(into: FolderUsage()) { usage, folder in
            usage += folder.usage(where: isOurs)
        }
    }

    /// Removes everything: the next snapshot of each folder reads all of its files.
    /// - Returns: what was removed.
    package static func clear(cacheDirectory: [UInt8]) -> FolderUsage {
        folders(cacheDirectory).reduce(into: FolderUsage()) { removed, folder in
            removed += folder.removeFiles(where: isOurs)
            folder.removeIfEmpty()
        }
    }

    /// The folders of repositories, told by their names: somebody may have named a directory as
    /// the cache that has other things in it.
    private static func folders(_ cacheDirectory: [UInt8]) -> [LocalFolder] {
        let cache = LocalFolder(path: cacheDirectory)
        return cache.folders.filter { RepositoryID(hexadecimal: $0) != nil }.map(cache.appending)
    }

    /// The files of `FolderFiles`, and what a killed process has left half-written.
    private static func isOurs(_ name: String) -> Bool {
        if name == FolderFiles.journalName { return true }
        var name = name[...]
        if name.hasSuffix(halfWrittenSuffix) {
            // Behind the whole name stands a drawn number.
            guard let dot = name.dropLast(halfWrittenSuffix.count).lastIndex(of: ".") else {
                return false
            }
            name = name[..<dot]
        }
        return name.hasSuffix(FolderFiles.stateSuffix)
            || name.hasSuffix(FolderFiles.statCacheSuffix)
            || PackFolder.pack(String(name), suffix: FolderFiles.packSuffix) != nil
    }

    private static let halfWrittenSuffix = ".new"
}
