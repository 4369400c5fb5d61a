import FileHandles
import FileTree
import SnapshotModel

/// Which names of the target are one file, compared with what the snapshot says; for one walk.
///
/// Later names of a group tell where the first one is in the snapshot (`Entry.hardLink`); the first
/// one tells nothing. Only files with several names are remembered.
final class TargetLinks {
    private let target: FileHandle?
    /// What of the snapshot goes into the target, with a slash behind it; empty for all of it.
    private let prefix: [UInt8]
    /// The group that each file of the target was met in first, by its number.
    private var groups: [UInt64: [UInt8]] = [:]
    /// The number of the file that stands for a group.
    private var inodes: [[UInt8]: UInt64] = [:]
    /// Groups whose first name is made by this run: no file of the target stands for them.
    private var made: Set<[UInt8]> = []

    /// - Parameter subpath: what of the snapshot goes into the target.
    init(_ target: FileHandle?, subpath: [FileName]) {
        self.target = target
        prefix = subpath.flatMap { $0.bytes + [UInt8(ascii: "/")] }
    }

    /// Whether an entry of the target is one file with those names, and only those, that the
    /// snapshot says.
    /// - Parameter path: of the entry, within the target.
    func agree(_ entry: Entry, _ local: FileStatus, path: [UInt8]) -> Bool {
        guard local.linkCount > 1 || entry.hardLink != nil else { return true }
        if case .directory = entry.kind { return true }
        let group = entry.hardLink?.bytes ?? prefix + path
        if entry.hardLink != nil, made.contains(group) { return false }
        if let other = groups[local.inode] { return other == group }
        if entry.hardLink != nil, inode(of: group, orElse: local.inode) != local.inode {
            return false
        }
        groups[local.inode] = group
        inodes[group] = local.inode
        return true
    }

    /// Notes an entry that is made, or made anew: what is another name of it has to follow.
    /// - Parameter path: of the entry, within the target.
    func noteMade(_ entry: Entry, path: [UInt8]) {
        if entry.hardLink == nil { made.insert(prefix + path) }
    }

    /// Where the first name of a group is, within the target.
    /// - Returns: `nil` when it is in a part of the snapshot that does not go into the target.
    func path(of group: TreePath) -> [UInt8]? {
        group.bytes.starts(with: prefix) ? Array(group.bytes.dropFirst(prefix.count)) : nil
    }

    /// The file that stands for a group: the first name, else the first one that was met.
    private func inode(of group: [UInt8], orElse inode: UInt64) -> UInt64 {
        if let known = inodes[group] { return known }
        guard group.starts(with: prefix), let target else { return inode }
        let path = Array(group.dropFirst(prefix.count))
        let name = AbsolutePath.lastComponent(path)
        do throws(SystemCallError) {
            let folder = try target.openDirectory(below: Array(path.dropLast(name.count)))
            return try folder.statusIfPresent(of: name)?.inode ?? inode
        } catch {
            return inode
        }
    }
}
