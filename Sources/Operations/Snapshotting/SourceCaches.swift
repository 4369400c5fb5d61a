package import FileHandles
import SnapshotModel

/// The local files that snapshots leave for the next ones, of all repositories and sources in one
/// cache directory. SourceState tells what they are; all of it may be removed at any time.
package enum SourceCaches {
    /// What is there.
    package static func usage(cacheDirectory: [UInt8]) -> FolderUsage {
        folders(cacheDirectory).reduce(into: FolderUsage()) { usage, folder in
            usage += folder.usage(where: isOurs)
        }
    }

    /// Removes everything: the next snapshot of each source reads all of its files.
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

    /// The files of `SourceFiles`, and what a killed process has left half-written.
    private static func isOurs(_ name: String) -> Bool {
        name == SourceFiles.journalName
            || [SourceFiles.stateSuffix, SourceFiles.statCacheSuffix].contains { suffix in
                name.hasSuffix(suffix) || (name.hasSuffix(".new") && name.contains(suffix + "."))
            }
    }
}
