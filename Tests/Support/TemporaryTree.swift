import FileHandles
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes random trees, and changes them as users and programs do. All follows from the seed.
package struct TemporaryTree {
    /// Where the tree is.
    package let root: DiskPath
    /// Draws everything.
    package var generator: SeededGenerator
    /// Whether `edit` also makes hard links and sets extended attributes.
    package var editsLinksAndAttributes = false

    /// A tree that is empty so far; the directory is there.
    package init(at root: DiskPath, seed: UInt64) {
        self.root = root
        generator = SeededGenerator(seed: seed)
    }

    /// Adds entries of all kinds, some of them deep below the others.
    package mutating func grow(entries: Int) throws {
        var directories = [root]
        for _ in 0..<entries {
            // The newest directory often gets the entry, so that some paths become deep.
            let parent = generator.oneIn(3) ? directories[directories.count - 1] : pick(directories)
            if let added = try addEntry(in: parent) { directories.append(added) }
        }
        // From below: whatever is added to a directory changes its time.
        for directory in directories.reversed() { try decorate(directory, .directory) }
    }

    /// A chain of directories with a file at its end.
    package mutating func addDeepPath(levels: Int) throws {
        var path = root
        for level in 0..<levels {
            path = path.appending("level \(level)")
            try path.makeDirectory()
        }
        try path.appending("leaf").write(generator.bytes(100))
    }

    /// A directory with so many entries that its lines fill several segments of a stat cache.
    package mutating func addLargeDirectory(_ name: String, entries: Int) throws {
        let directory = root.appending(name)
        try directory.makeDirectory()
        for number in 0..<entries {
            let file = directory.appending("entry-\(generator.number(in: 0...9))-\(number)")
            try generator.oneIn(4)
                ? file.makeLink(to: generator.bytes(generator.number(in: 1...40)).map { $0 | 1 })
                : file.write(generator.bytes(generator.number(in: 0...40)))
        }
    }

    /// Adds an entry of a random kind.
    /// - Returns: the path if it is a directory.
    mutating func addEntry(in parent: DiskPath) throws -> DiskPath? {
        let path = freshPath(in: parent)
        switch generator.number(in: 0...19) {
        case 0...3:
            try path.makeDirectory()
            return path
        case 4, 5: try path.makeLink(to: generator.fileName().bytes)
        case 6: try path.makePipe()
        case 7: try writeSparse(path)
        default: try path.write(content())
        }
        try decorate(path, path.status().kind)
        return nil
    }

    /// A path that does not exist.
    mutating func freshPath(in parent: DiskPath) -> DiskPath {
        while true {
            let path = parent.appending(generator.fileName().bytes)
            if !path.exists { return path }
        }
    }

    /// Content of a size around which something changes, or of any.
    mutating func content() -> [UInt8] {
        let sizes = [0, 0, 1, 2, 63, 64, 300, 4095, 4096, 4097, 16 * 1024, 70_000]
        let size = generator.oneIn(2) ? generator.pick(sizes) : generator.number(in: 1...30_000)
        return generator.mixedBytes(size)
    }

    private mutating func writeSparse(_ path: DiskPath) throws {
        try path.truncate(to: UInt64(generator.number(in: 1...300_000)))
        try path.overwrite(generator.bytes(100), at: UInt64(generator.number(in: 0...200_000)))
    }

    /// Gives a path a random mode, time and, where it is allowed, owner.
    mutating func decorate(_ path: DiskPath, _ kind: FileStatus.Kind) throws {
        if geteuid() == 0, generator.oneIn(3) {
            let (user, group) = (generator.pick([0, 1, 1000]), generator.pick([0, 33]))
            try path.setOwner(UInt32(user), UInt32(group))
        }
        if kind != .symlink, generator.oneIn(2) {
            // The user keeps the rights to read and to edit, which without root tests need.
            let owner: UInt16 = kind == .directory ? 0o700 : 0o600
            try path.setPermissions(UInt16(generator.number(in: 0...0o7777)) | owner)
        }
        if generator.oneIn(2) { try path.setModified(time()) }
    }

    /// A time that ext4, the narrowest of the usual file systems, can keep.
    mutating func time() -> FileStatus.Time {
        let nanoseconds = generator.pick([0, 1, 999_999_999, generator.number(in: 0...999_999_999)])
        return FileStatus.Time(
            seconds: Int64(generator.number(in: -2_000_000_000...10_000_000_000)),
            nanoseconds: UInt32(nanoseconds))
    }

    mutating func pick(_ paths: [DiskPath]) -> DiskPath { generator.pick(paths) }
}
