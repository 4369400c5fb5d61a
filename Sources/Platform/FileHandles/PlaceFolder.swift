/// A folder of the cache directory with files that are about one place each, such as a repository.
/// Their names begin with digits of the hash of what tells the place from others.
package struct PlaceFolder: Sendable {
    private static let digits = 32

    /// The folder.
    package let folder: LocalFolder

    /// The folder of a name; it need not exist.
    package init(_ name: String, in cacheDirectory: [UInt8]) {
        folder = LocalFolder(path: cacheDirectory).appending(name)
    }

    /// What the names of the files for a place begin with; nothing else follows but after a dot.
    /// - Parameter hash: of the place, hexadecimal, of 32 digits at least.
    package static func name(forHash hash: String) -> String { String(hash.prefix(digits)) }

    /// What the files for all places come to.
    package var usage: FolderUsage { folder.usage(where: Self.isOurs) }

    /// Removes the files for all places.
    /// - Returns: what was removed.
    package func clear() -> FolderUsage {
        let removed = folder.removeFiles(where: Self.isOurs)
        folder.removeIfEmpty()
        return removed
    }

    private static func isOurs(_ name: String) -> Bool {
        let first = name.prefix { $0 != "." }
        return first.utf8.count == digits && first.allSatisfy(\.isHexDigit)
    }
}
