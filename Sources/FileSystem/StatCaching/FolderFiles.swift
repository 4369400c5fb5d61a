// What one machine remembers of one folder in one repository, in the cache directory:
//
//     <cache>/<repository ID>/<hash of the paths>.state   FolderState, small, written by each run
//     <cache>/<repository ID>/<hash of the paths>.stat    StatCache, written on changes
//     <cache>/<repository ID>/uploads                     packs on their way
//     <cache>/<repository ID>/<64 hex>.pack               small packs, until they are gathered
//
// Several folders that are taken together count as one. All of it may be deleted at any time.

import Cryptography
import FileHandles
package import SnapshotModel

/// Where the local files of a folder are.
package struct FolderFiles: Sendable {
    static let stateSuffix = ".state"
    static let statCacheSuffix = ".stat"
    static let journalName = "uploads"
    static let packSuffix = ".pack"

    /// The folder of the repository.
    let folder: [UInt8]
    /// The path of the `FolderState`.
    package let state: [UInt8]
    /// The path of the `StatCache`.
    package let statCache: [UInt8]
    /// The path of the journal of packs, one for all folders.
    package let journal: [UInt8]

    /// - Parameters:
    ///   - cache: the cache directory.
    ///   - host: the host's name in manifests.
    ///   - paths: the absolute paths of the folder, or of all that are taken together, in order.
    package init(cache: [UInt8], repository: RepositoryID, host: String, paths: [[UInt8]]) {
        var key = Array(host.utf8) + [0]
        for path in paths { key += path + [0] }
        let name = key.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal.prefix(32)
        folder = cache.appending(component: Array("\(repository)".utf8))
        state = folder.appending(component: Array("\(name)\(Self.stateSuffix)".utf8))
        statCache = folder.appending(component: Array("\(name)\(Self.statCacheSuffix)".utf8))
        journal = folder.appending(component: Array(Self.journalName.utf8))
    }

    /// The small packs of the repository, one for all folders.
    package var packs: PackFolder {
        PackFolder(LocalFolder(path: folder), suffix: Self.packSuffix)
    }

    /// Makes the folder; without it the run goes on without caches.
    package func prepare() {
        try? FileHandle.makeDirectories(path: folder, mode: 0o700)
    }
}
