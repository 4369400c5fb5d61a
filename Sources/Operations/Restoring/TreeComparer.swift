// Walks through one directory of the snapshot and the directory at the target side by side: both
// are in the order of names, and so is what is remembered of the target.

import ChunkStorage
import FileHandles
import FileTree
import RepositoryAccess
import SnapshotModel
import StatCaching

/// A directory of the snapshot with the one at the target.
struct ComparedDirectory {
    /// Within the target: names with slashes between; empty for the target itself.
    let path: [UInt8]
    let listing: Content
    /// The directory at the target; `nil` when there is none.
    let existing: FileHandle?
}

/// Compares directories, for one thread.
final class TreeComparer {
    private let reader: TreeReader
    private let record: StatCache?

    /// - Parameter record: what is remembered of the target.
    init(_ reader: TreeReader, record: StatCache?) {
        self.reader = reader
        self.record = record
    }

    var loader: ChunkLoader { reader.loader }

    /// Whether a folder was there when the target was restored or taken last.
    func isRemembered(_ path: [UInt8]) -> Bool { record?.directory(path) != nil }

    /// Calls `body` with each entry of a directory of the snapshot.
    func forEachEntry(of listing: Content, _ body: (Entry) throws -> Void) throws {
        try reader.forEachEntry(of: listing, path: [], body)
    }

    /// What is remembered of a directory, if its listing was the same then.
    func recorded(_ directory: ComparedDirectory) -> StatCacheDirectory? {
        guard let recorded = record?.directory(directory.path),
            recorded.content == directory.listing
        else { return nil }
        return recorded
    }

    /// Calls `body` with each entry of the snapshot and what stands there at the target, and, when
    /// all of them are known, `extra` with each name that only the target has.
    /// - Throws: `RepositoryError` `.damaged` when the listing cannot be read to its end: then no
    ///   name is an extra one.
    func compare(
        _ directory: ComparedDirectory, _ body: (Entry, LocalEntry?) throws -> Void,
        extra: ([UInt8], LocalEntry) throws -> Void
    ) throws {
        let recorded = record?.directory(directory.path)
        guard let existing = directory.existing else {
            return try forEachEntry(of: directory, recorded) { try body($0, nil) }
        }
        let names = try SortedNames(of: existing)
        let extras = try compare(directory, existing, names, recorded, body)
        var cursor = RecordCursor(recorded)
        for position in extras {
            if let local = try Self.look(at: names[position], in: existing, &cursor) {
                try extra(names[position], local)
            }
        }
    }

    /// - Returns: the positions of the names that only the target has.
    private func compare(
        _ directory: ComparedDirectory, _ existing: FileHandle, _ names: SortedNames,
        _ recorded: StatCacheDirectory?, _ body: (Entry, LocalEntry?) throws -> Void
    ) throws -> [Int] {
        var cursor = RecordCursor(recorded)
        var position = 0
        var extras: [Int] = []
        try forEachEntry(of: directory, recorded) { entry in
            while position < names.count, names.isBefore(position, entry.name.bytes) {
                extras.append(position)
                position += 1
            }
            guard position < names.count, names[position] == entry.name.bytes else {
                return try body(entry, nil)
            }
            position += 1
            try body(entry, Self.look(at: entry.name.bytes, in: existing, &cursor))
        }
        return extras + Array(position..<names.count)
    }

    /// The entries of a directory. A listing that is remembered need not be read.
    private func forEachEntry(
        of directory: ComparedDirectory, _ recorded: StatCacheDirectory?,
        _ body: (Entry) throws -> Void
    ) throws {
        guard let recorded, recorded.content == directory.listing else {
            return try reader.forEachEntry(
                of: directory.listing, path: directory.path, body)
        }
        var cursor = StatCacheCursor(recorded)
        while let entry = cursor.next() { try body(entry.entry) }
    }

    /// What stands at a name of the target's own folder.
    /// - Returns: `nil` when nothing does.
    func look(at name: [UInt8], in directory: FileHandle) throws(SystemCallError) -> LocalEntry? {
        var cursor = RecordCursor(nil)
        return try Self.look(at: name, in: directory, &cursor)
    }

    /// Calls `body` with everything in a local directory, in the order of names.
    /// - Parameter path: within the target; `nil` for a directory elsewhere.
    func forEachName(
        of directory: FileHandle, path: [UInt8]?,
        _ body: ([UInt8], LocalEntry) throws -> Void
    ) throws {
        let names = try SortedNames(of: directory)
        var cursor = RecordCursor(path.flatMap { record?.directory($0) })
        for position in 0..<names.count {
            guard let local = try Self.look(at: names[position], in: directory, &cursor)
            else { continue }
            try body(names[position], local)
        }
    }

    /// - Returns: `nil` when it is gone.
    private static func look(
        at name: [UInt8], in directory: FileHandle, _ cursor: inout RecordCursor
    ) throws(SystemCallError) -> LocalEntry? {
        do throws(SystemCallError) {
            let status = try directory.status(of: name)
            let target = status.kind == .symlink ? try directory.linkTarget(of: name) : []
            var memory = cursor.memory(of: name, status)
            // Where a link leads is all that there is of it.
            if case .touched(.symlink(target)) = memory {
                memory = .unchanged(.symlink(target: target))
            }
            return LocalEntry(
                status: status, memory: memory, linkTarget: target, attributes: cursor.attributes,
                flags: cursor.flags)
        } catch {
            guard error.isNoEntry else { throw error }
            return nil
        }
    }
}

/// Looks names up in a remembered directory, in ascending order.
private struct RecordCursor {
    private var cursor: StatCacheCursor?
    /// The extended attributes of the entry that was looked up last, if they are known.
    private(set) var attributes: [ExtendedAttribute]?
    /// Its flags, if they are known.
    private(set) var flags: FileFlags?

    init(_ directory: StatCacheDirectory?) { cursor = directory.map(StatCacheCursor.init) }

    mutating func memory(of name: [UInt8], _ status: FileStatus) -> LocalEntry.Memory {
        attributes = nil
        flags = nil
        while let entry = cursor?.peek() {
            let order = name.withUnsafeBytes { compareBytes(entry.name, $0) }
            if order > 0 { break }
            _ = cursor?.next()
            if order == 0 {
                guard entry.hasStamps(of: status) else {
                    return entry.isTouched(status) ? .touched(entry.entry.kind) : .changed
                }
                if entry.knowsAttributes {
                    attributes = entry.extendedAttributes
                    flags = entry.flags
                }
                let isProven = entry.isTrusted || status.kind != .file
                return isProven ? .unchanged(entry.entry.kind) : .none
            }
        }
        return .none
    }
}
