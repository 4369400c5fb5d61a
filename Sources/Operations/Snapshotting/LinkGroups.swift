import FileHandles
import RepositoryFormat
import SnapshotModel

/// The files with several names that the walk has met so far, each with its first name.
///
/// Memory: some 200 bytes for each file of which names are still to come; the names of a directory
/// share its path.
struct LinkGroups {
    private struct FirstMember {
        let directory: [UInt8]
        let name: [UInt8]
        /// How many of the file's names were met.
        var count: UInt64
    }

    private var members: [FileIdentity: FirstMember] = [:]

    /// Takes note of an entry.
    /// - Parameter directory: the path of its directory, below the root.
    /// - Returns: the path of the file's first name; `nil` when this is the first, or the only one.
    mutating func firstMember(
        of status: FileStatus, named name: [UInt8], in directory: [UInt8]
    ) -> TreePath? {
        guard status.linkCount > 1, status.kind != .directory else { return nil }
        let identity = FileIdentity(status)
        guard var first = members[identity] else {
            members[identity] = FirstMember(directory: directory, name: name, count: 1)
            return nil
        }
        first.count += 1
        // After the last name nobody asks again.
        members[identity] = first.count < status.linkCount ? first : nil
        let path = TreePath(directory: first.directory, name: first.name)
        // Beyond the limit each name becomes a file of its own.
        return path.bytes.count <= FormatLimits.hardLinkInBytes ? path : nil
    }
}

/// First names that turned out to lead to nothing, or to another file than the walk has seen there:
/// the next name of the file takes their place.
struct LinkCorrections {
    /// The first names, with what stands for them as soon as that is known.
    private var lost: [TreePath: TreePath?] = [:]

    /// Whether there is nothing to correct, as almost always.
    var isEmpty: Bool { lost.isEmpty }

    /// Whether a path does not have the file that others are linked to.
    func isLost(_ path: TreePath) -> Bool { lost[path] != nil }

    /// Notes that a path does not have the file that others are linked to.
    mutating func lose(_ path: TreePath) { lost[path] = .some(nil) }

    /// The hard link of an entry that is about to be written.
    mutating func correct(_ link: TreePath?, at path: @autoclosure () -> TreePath) -> TreePath? {
        guard let link, let replacement = lost[link] else { return link }
        if let replacement { return replacement }
        lost[link] = path()
        return nil
    }
}
