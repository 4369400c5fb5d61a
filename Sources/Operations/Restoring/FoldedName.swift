import FileHandles
import FileTree

/// Names that the snapshot tells apart and the file system of the target does not.
enum FoldedName {
    /// What is said of the second entry.
    static let reason =
        "its name differs from another only in case, which this file system does not tell apart"
}

extension FileHandle {
    /// Whether what this directory has under a name has another one, in other letters.
    func foldsName(_ name: [UInt8]) throws(SystemCallError) -> Bool {
        guard try statusIfPresent(of: name) != nil else { return false }
        var hasName = false
        try forEachName { if $0.elementsEqual(name) { hasName = true } }
        // Whatever was removed in between is asked for once more.
        if hasName { return false }
        return try statusIfPresent(of: name) != nil
    }
}
