import FileHandles
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension TemporaryTree {
    /// What can happen to a tree between two snapshots.
    private enum Edit: CaseIterable {
        case add, delete, rename, rewrite, rewriteQuietly, append, shorten, empty, chmod, chown
        case touch, touchDirectory, exchange, replaceByFile, fileToDirectory, directoryToFile
        case fileToLink, linkToFile, retarget, moveAway
        case addHardLink, replaceByHardLink, setAttribute, removeAttributes

        /// What restores do not bring back, and so not every test can do with.
        static let ofLinksAndAttributes: [Edit] = [
            .addHardLink, .replaceByHardLink, .setAttribute, .removeAttributes,
        ]
    }

    /// Makes random changes.
    /// - Returns: what was done, for the message of a failure.
    package mutating func edit(count: Int) throws -> [String] {
        try (0..<count).map { _ in
            let edit = generator.pick(
                editsLinksAndAttributes
                    ? Edit.allCases + Edit.ofLinksAndAttributes
                    : Edit.allCases.filter { !Edit.ofLinksAndAttributes.contains($0) })
            return "\(edit): \(try apply(edit))"
        }
    }

    /// Paths of one kind below the root.
    private func paths(_ kind: FileStatus.Kind) throws -> [DiskPath] {
        try allPaths().filter { try $0.status().kind == kind }
    }

    private func allPaths() throws -> [DiskPath] {
        var all: [DiskPath] = []
        func walk(_ directory: DiskPath) throws {
            for name in try directory.names() {
                let path = directory.appending(name)
                all.append(path)
                if try path.status().kind == .directory { try walk(path) }
            }
        }
        try walk(root)
        return all
    }

    /// - Returns: what was changed; a remark when the tree has nothing to change this way.
    private mutating func apply(_ edit: Edit) throws -> String {
        let path: DiskPath?
        switch edit {
        case .add, .touchDirectory: path = pick([root] + (try paths(.directory)))
        case .delete, .rename, .chown, .touch, .moveAway: path = pickAny(try allPaths())
        case .directoryToFile: path = pickAny(try paths(.directory))
        case .linkToFile, .retarget: path = pickAny(try paths(.symlink))
        case .addHardLink, .replaceByHardLink:
            path = pickAny(try paths(.file) + paths(.symlink) + paths(.fifo))
        case .chmod, .setAttribute, .removeAttributes:
            path = pickAny(try paths(.file) + paths(.directory))
        default: path = pickAny(try paths(.file))
        }
        guard let path else { return "nothing there" }
        switch edit {
        case .rewrite, .rewriteQuietly, .append, .shorten, .empty, .exchange, .replaceByFile:
            try changeContent(of: path, edit)
        case .add, .delete, .rename, .moveAway, .fileToDirectory, .directoryToFile, .fileToLink,
            .linkToFile, .retarget:
            try changeKindOrPlace(of: path, edit)
        case .chmod, .chown, .touch, .touchDirectory: try changeMetadata(of: path, edit)
        case .addHardLink, .replaceByHardLink, .setAttribute, .removeAttributes:
            try changeLinksOrAttributes(of: path, edit)
        }
        return path.text
    }

    private mutating func pickAny(_ paths: [DiskPath]) -> DiskPath? {
        paths.isEmpty ? nil : generator.pick(paths)
    }

    private mutating func changeContent(of path: DiskPath, _ edit: Edit) throws {
        let status = try path.status()
        let size = Int(status.sizeInBytes)
        switch edit {
        case .rewrite, .rewriteQuietly:
            let length = min(size, generator.number(in: 1...5000))
            let offset = generator.number(in: 0...size - length)
            try path.overwrite(generator.bytes(length), at: UInt64(offset))
            // As programs do that keep the time of what they change.
            if edit == .rewriteQuietly { try path.setModified(status.modified) }
        case .append: try path.overwrite(generator.text(100), at: status.sizeInBytes)
        case .shorten: try path.truncate(to: status.sizeInBytes / 2)
        case .empty: try path.truncate(to: 0)
        case .replaceByFile:
            let other = freshPath(in: path.parent)
            try other.write(generator.bytes(size))
            try other.setModified(status.modified)
            try other.rename(to: path)
        default: try exchange(path, pick(try paths(.file)))
        }
    }

    /// Gives two files each other's names.
    private mutating func exchange(_ left: DiskPath, _ right: DiskPath) throws {
        if left == right { return }
        let other = freshPath(in: root)
        try left.rename(to: other)
        try right.rename(to: left)
        try other.rename(to: right)
    }

    private mutating func changeKindOrPlace(of path: DiskPath, _ edit: Edit) throws {
        switch edit {
        case .add: _ = try addEntry(in: path)
        case .delete: try path.remove()
        case .rename: try path.rename(to: freshPath(in: path.parent))
        case .moveAway: try path.rename(to: freshPath(in: root))
        case .fileToDirectory:
            try path.remove()
            try path.makeDirectory()
            for _ in 0..<generator.number(in: 0...3) { _ = try addEntry(in: path) }
        case .fileToLink, .retarget:
            try path.remove()
            try path.makeLink(to: generator.fileName().bytes)
        default:
            try path.remove()
            try path.write(content())
        }
    }

    private mutating func changeMetadata(of path: DiskPath, _ edit: Edit) throws {
        let kind = try path.status().kind
        switch edit {
        case .chmod:
            let owner: UInt16 = kind == .directory ? 0o700 : 0o600
            try path.setPermissions(UInt16(generator.number(in: 0...0o7777)) | owner)
        case .chown where geteuid() == 0:
            try path.setOwner(UInt32(generator.number(in: 0...3)), 0)
        default: try path.setModified(time())
        }
    }

    private mutating func changeLinksOrAttributes(of path: DiskPath, _ edit: Edit) throws {
        let attribute = "user." + generator.pick(["a", "b", "c"])
        switch edit {
        case .addHardLink:
            let directory = pick([root] + (try paths(.directory)))
            try freshPath(in: directory).makeHardLink(to: path)
        case .replaceByHardLink:
            let other = pick(try paths(.file))
            if try other.status().inode == path.status().inode { return }
            try path.remove()
            try path.makeHardLink(to: other)
        case .setAttribute:
            // Small ones, and as many large ones as ext4 takes.
            let size = generator.number(in: 0...generator.pick([10, 900]))
            try path.setAttribute(attribute, generator.bytes(size))
        default:
            for name in try path.attributes().keys { try path.removeAttribute(name) }
        }
    }
}
