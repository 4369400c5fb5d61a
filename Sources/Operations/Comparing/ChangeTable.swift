// The changes that were found and not told yet: what was removed here may come back there, which
// makes one change of two. They wait in a table of bounded size. When it is full, what it holds is
// paired as far as it goes and told; whoever comes later finds no partner in it any more
// (Specs/decisions/0030-pair-renames-in-a-bounded-table.md).

import SnapshotModel

/// What the two sides of a rename have in common: content that is not empty.
struct RenameKey: Hashable {
    let isDirectory: Bool
    let content: Content

    /// - Returns: `nil` for entries that are never taken for renamed.
    init?(_ entry: Entry?) {
        guard let entry, let content = entry.kind.content, content.sizeInBytes > 0,
            content.isKnown
        else { return nil }
        isDirectory = entry.isDirectory
        self.content = content
    }
}

/// A folder that only one tree has, with all that is below.
struct LoneFolder {
    let path: [UInt8]
    let listing: Content
    /// Whether the new tree has it.
    let isNew: Bool
}

/// A change that waits.
struct WaitingChange {
    var change: Change
    /// What a partner has, too; `nil` when none is wanted.
    var key: RenameKey?
    /// The folder whose entries are changes as well and wait to be listed.
    var folder: LoneFolder?

    init(_ change: Change, key: RenameKey? = nil, folder: LoneFolder? = nil) {
        self.change = change
        self.key = key
        self.folder = folder
    }

    /// About what it takes in memory: two entries with what they hold, and the chunks' names.
    var costInBytes: Int {
        let entries = [change.old, change.new].compactMap(\.self)
        let contents = entries.reduce(0) { sum, entry in
            sum + (entry.kind.content?.chunks.count ?? 0) * Digest256.byteCount
                + entry.extendedAttributes.reduce(0) { sum, attribute in
                    let value = attribute.value
                    let inline = if case .inline(let bytes) = value { bytes.count } else { 0 }
                    return sum + attribute.name.count + inline + 100
                }
        }
        return 2 * change.path.count + contents + 500
    }
}

/// The changes that wait.
struct ChangeTable {
    private let limitInBytes: Int
    private var waiting: [WaitingChange] = []
    private var costInBytes = 0

    init(limitInBytes: Int) { self.limitInBytes = limitInBytes }

    /// Whether the changes should be told now.
    var isFull: Bool { costInBytes >= limitInBytes }

    mutating func add(_ change: WaitingChange) {
        costInBytes += change.costInBytes
        waiting.append(change)
    }

    /// Makes one change of each removed entry and an added one with the same content: of those with
    /// the same name first, then in the order in which they came.
    mutating func pair() {
        var removed: [RenameKey: [Int]] = [:]
        var added: [RenameKey: [Int]] = [:]
        for (position, item) in waiting.enumerated() {
            guard let key = item.key else { continue }
            if item.change.kind == .removed { removed[key, default: []].append(position) }
            if item.change.kind == .added { added[key, default: []].append(position) }
        }
        var gone: Set<Int> = []
        for (key, olds) in removed {
            for (old, new) in partners(olds, added[key] ?? []) {
                rename(old, to: new)
                gone.insert(old)
            }
        }
        if gone.isEmpty { return }
        costInBytes -= gone.reduce(0) { $0 + waiting[$1].costInBytes }
        waiting = waiting.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    }

    private func partners(_ olds: [Int], _ news: [Int]) -> [(Int, Int)] {
        if news.isEmpty { return [] }
        var byName: [[UInt8]: [Int]] = [:]
        for position in news.reversed() { byName[name(position), default: []].append(position) }
        var pairs: [(Int, Int)] = []
        var rest: [Int] = []
        for old in olds {
            if let new = byName[name(old)]?.popLast() {
                pairs.append((old, new))
            } else {
                rest.append(old)
            }
        }
        let taken = Set(pairs.map(\.1))
        return pairs + zip(rest, news.filter { !taken.contains($0) })
    }

    private func name(_ position: Int) -> [UInt8] {
        let change = waiting[position].change
        return (change.old ?? change.new)?.name.bytes ?? []
    }

    private mutating func rename(_ old: Int, to new: Int) {
        let (from, to) = (waiting[old].change, waiting[new].change)
        guard let before = from.old, let after = to.new else {
            preconditionFailure("what was removed was there, and what was added is")
        }
        waiting[new] = WaitingChange(
            Change(
                .renamed, path: to.path, oldPath: from.path, old: before, new: after,
                fields: EntryComparison.fields(before, after)))
    }

    /// The folders that have no partner. Their entries are to be added.
    mutating func takeFolders() -> [LoneFolder] {
        var folders: [LoneFolder] = []
        for position in waiting.indices {
            guard let folder = waiting[position].folder else { continue }
            folders.append(folder)
            waiting[position].folder = nil
            // It has been looked into, so that what is in it may have partners of its own.
            waiting[position].key = nil
        }
        return folders
    }

    /// Everything, in the order of the tree.
    mutating func takeAll() -> [WaitingChange] {
        let all = waiting.sorted { Self.isBefore($0.change.path, $1.change.path) }
        waiting = []
        costInBytes = 0
        return all
    }

    /// The sizes of files that were removed and have no partner.
    var removedSizes: [UInt64: [Content]] {
        var sizes: [UInt64: [Content]] = [:]
        for item in waiting where item.change.kind == .removed {
            guard let key = item.key, !key.isDirectory else { continue }
            sizes[key.content.sizeInBytes, default: []].append(key.content)
        }
        return sizes
    }

    /// Asks for the content of added files of which only the size is known.
    /// - Parameter identify: the content of the file at a path, if some other file is known that
    ///   has it.
    mutating func identify(
        _ identify: (_ sizeInBytes: UInt64, _ path: [UInt8]) throws -> Content?
    ) rethrows {
        for position in waiting.indices where waiting[position].change.kind == .added {
            let change = waiting[position].change
            guard waiting[position].key == nil, let new = change.new,
                case .file(let content) = new.kind, !content.isKnown,
                let known = try identify(content.sizeInBytes, change.path)
            else { continue }
            waiting[position].key = RenameKey(new.with(content: known))
        }
    }

    /// The order in which a walk through the tree comes by: a folder, what is in it, the next name.
    static func isBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            // No name has a NUL, so a slash may come before all.
            let slash = UInt8(ascii: "/")
            return (one == slash ? 0 : one) < (other == slash ? 0 : other)
        }
        return left.count < right.count
    }
}

extension Entry {
    fileprivate func with(content: Content) -> Entry {
        Entry(name: name, kind: .file(content), metadata: metadata)
    }
}
