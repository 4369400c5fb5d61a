// Finds what a further name of a file links to. The listings name the first one, but it need not be
// in the stream: it may lie outside of what is exported, have vanished while the snapshot was made,
// or be damaged. A link to nothing would make the reader of the stream fail.

import ChunkStorage
import RepositoryAccess
import SnapshotModel

/// Knows which member of the stream stands for a group of names.
struct LinkTargets {
    /// Names of directories that were looked through lately; bounds memory to some 20 MB.
    private static let namesInMemory = 512 * 1024

    private let reader: TreeReader
    /// The exported directory, and where it is in the snapshot.
    private let top: Entry
    private let topPath: [UInt8]
    /// Members that stand for the first name of a group, by the path of that.
    private var substitutes: [TreePath: [UInt8]] = [:]
    /// Hashes of names that are no directories and no links themselves.
    private var names: [[UInt8]: Set<Int>] = [:]
    private var nameCount = 0
    /// Members that are known to be missing.
    private var missing: Set<[UInt8]> = []

    init(_ reader: TreeReader, top: Entry, path: [UInt8]) {
        self.reader = reader
        self.top = top
        topPath = path
    }

    /// Notes that a member was left out.
    mutating func noteMissing(_ member: [UInt8]) { missing.insert(member) }

    /// The member that a further name links to.
    /// - Parameters:
    ///   - first: the path of the first name, from the snapshot's root.
    ///   - member: stands for the group from now on if no other member does.
    /// - Returns: `nil` when the member must hold the file itself.
    mutating func target(_ first: TreePath, for member: [UInt8]) throws -> [UInt8]? {
        if let known = substitutes[first], !missing.contains(known) { return known }
        if let original = memberPath(of: first), !missing.contains(original),
            try exists(original)
        {
            return original
        }
        substitutes[first] = member
        return nil
    }

    /// Where a path of the snapshot is in the stream; `nil` when it is not below the directory.
    private func memberPath(of path: TreePath) -> [UInt8]? {
        guard case .directory = top.kind else { return nil }
        let dot = Array("./".utf8)
        if topPath.isEmpty { return dot + path.bytes }
        guard path.bytes.starts(with: topPath + [UInt8(ascii: "/")]) else { return nil }
        return dot + path.bytes.dropFirst(topPath.count + 1)
    }

    private mutating func exists(_ member: [UInt8]) throws -> Bool {
        let parts = member.split(separator: UInt8(ascii: "/")).dropFirst().map(Array.init)
        let directory = Array(parts.dropLast().joined(separator: [UInt8(ascii: "/")]))
        if names[directory] == nil {
            let found = try readNames(parts.dropLast().map(FileName.init))
            if nameCount + found.count > Self.namesInMemory {
                names = [:]
                nameCount = 0
            }
            nameCount += found.count
            names[directory] = found
        }
        return names[directory]?.contains(parts[parts.count - 1].hashValue) ?? false
    }

    private func readNames(_ directory: [FileName]) throws -> Set<Int> {
        var found: Set<Int> = []
        do {
            guard let content = top.kind.content else { return [] }
            let root = RootEntry(content: content, metadata: top.metadata)
            let entry = try reader.entry(at: directory, in: root)
            guard case .directory(let listing) = entry.kind else { return [] }
            try reader.forEachEntry(of: listing, path: topPath) { entry in
                if case .directory = entry.kind { return }
                if entry.hardLink == nil { found.insert(entry.name.bytes.hashValue) }
            }
        } catch let error as RepositoryError where error.code == .noPath {
            return []
        } catch let error as RepositoryError where error.code == .damaged {
            // The walk tells of it; what stands before the damage is there.
            return found
        }
        return found
    }
}
