#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How many files there are, and how large they are.
package struct FolderUsage: Equatable, Sendable {
    /// The number of files.
    package var files: UInt64 = 0
    /// Their sizes together.
    package var bytes: UInt64 = 0

    /// No files.
    package init() {}

    /// Counts a file.
    package mutating func add(sizeInBytes: UInt64) {
        files += 1
        bytes += sizeInBytes
    }

    package static func += (left: inout Self, right: Self) {
        left.files += right.files
        left.bytes += right.bytes
    }
}

/// The regular files of one local folder, for whoever keeps caches there. Nothing here fails:
/// a folder that is missing, or cannot be read, has no files.
package struct LocalFolder: Sendable {
    /// Where the folder is.
    package let path: [UInt8]

    /// The folder at a path.
    package init(path: [UInt8]) { self.path = path }

    /// A folder within this one.
    package func appending(_ name: String) -> LocalFolder {
        LocalFolder(path: path.appending(component: Array(name.utf8)))
    }

    /// The names of everything in the folder that are UTF-8, in no order.
    package var names: [String] {
        var names: [String] = []
        try? FileHandle.openDirectory(path: path, followsLinks: false).forEachName { name in
            if let name = String(validating: name, as: UTF8.self) { names.append(name) }
        }
        return names
    }

    /// The regular files in the folder, links and other folders left out, in no order.
    package var files: [(name: String, status: FileStatus)] { entries(.file) }

    /// The names of the folders in this folder, links left out, in no order.
    package var folders: [String] { entries(.directory).map(\.name) }

    private func entries(_ kind: FileStatus.Kind) -> [(name: String, status: FileStatus)] {
        guard let folder = try? FileHandle.openDirectory(path: path, followsLinks: false) else {
            return []
        }
        return names.compactMap { name in
            guard let status = try? folder.status(of: Array(name.utf8)), status.kind == kind
            else { return nil }
            return (name, status)
        }
    }

    /// Removes regular files, as far as that is permitted.
    /// - Parameter isUnwanted: chooses them by their names.
    /// - Returns: what was removed.
    @discardableResult
    package func removeFiles(where isUnwanted: (String) -> Bool = { _ in true }) -> FolderUsage {
        var removed = FolderUsage()
        for (name, status) in files where isUnwanted(name) {
            guard (try? FileHandle.remove(path: appending(name).path)) != nil else { continue }
            removed.add(sizeInBytes: status.sizeInBytes)
        }
        return removed
    }

    /// Removes the folder itself, if it is empty.
    package func removeIfEmpty() { _ = path.withCString { rmdir($0) } }

    /// What the chosen regular files come to.
    /// - Parameter isCounted: chooses them by their names.
    package func usage(where isCounted: (String) -> Bool = { _ in true }) -> FolderUsage {
        var usage = FolderUsage()
        for (name, status) in files where isCounted(name) {
            usage.add(sizeInBytes: status.sizeInBytes)
        }
        return usage
    }
}
