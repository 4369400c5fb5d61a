package import Selection
import StatCaching

/// What of its sources a snapshot leaves out. A source itself is always taken: it was named.
package struct SnapshotSelection: Sendable {
    /// Patterns of the command line; later lists go before earlier ones.
    package var patterns: [PatternList] = []
    /// Files of which folders are left out that have one, all but that file.
    package var marks: [FolderMark] = []
    /// Files that are larger are left out.
    package var largestInBytes: UInt64?
    /// Whether what lies on other file systems than its source is left out, all but the folders
    /// at which they are mounted.
    package var staysOnFileSystem = false
    /// Whether what git ignores is left out.
    package var usesGitignore = false

    /// Leaves nothing out.
    package init() {}

    /// Whether nothing can be left out.
    var isEmpty: Bool {
        patterns.allSatisfy(\.isEmpty) && marks.isEmpty && largestInBytes == nil
            && !staysOnFileSystem && !usesGitignore
    }

    /// Of the rules that decide about anything but directories, before any folder adds its own.
    var digest: SelectionDigest {
        if isEmpty { return .none }
        let limit = largestInBytes.map { Array(String($0).utf8) } ?? []
        return patterns.reduce(SelectionDigest.none.adding([limit])) { digest, list in
            // No path, so that these are never taken for the rules of a folder.
            digest.adding([Array("options".utf8)] + list.patterns.map(\.text))
        }
    }
}

/// A file that says of its folder that it need not be kept.
package struct FolderMark: Hashable, Sendable {
    /// The file's name.
    package let name: [UInt8]
    /// What the file begins with; nothing when its name is enough.
    package let signature: [UInt8]

    /// A mark.
    package init(name: [UInt8], signature: [UInt8] = []) {
        self.name = name
        self.signature = signature
    }

    /// The mark of caches (Bryan Ford's Cache Directory Tagging Specification).
    package static let cache = FolderMark(
        name: Array("CACHEDIR.TAG".utf8),
        signature: Array("Signature: 8a477f597d28d172789f06886806bc55".utf8))
}
