// Walks through two trees side by side. Both give their entries in the order of names, so what
// stands at the front of both streams tells what is common and what only one of them has. Folders
// with the same listing are the same, with all that is below, and are not read.
//
// Changes go into a table first (ChangeTable.swift). Folders that only one tree has stay closed
// there until it is clear that nobody has renamed them as a whole.

import ChunkStorage
import FileHandles
package import SnapshotModel
package import WorkerThreads

/// How to compare.
package struct CompareSettings: Sendable {
    /// About how much memory the changes may take that wait to be paired.
    package var waitingInBytes: Int
    /// Whether files with the same size and time count as the same without being read.
    package var trustsTimes = true
    /// Asks the comparison to stop.
    package var cancellation: Cancellation

    /// About a hundred thousand changes.
    package static let usualWaitingInBytes = 64 * 1024 * 1024

    /// Settings.
    package init(
        waitingInBytes: Int = usualWaitingInBytes, cancellation: Cancellation = Cancellation()
    ) {
        self.waitingInBytes = waitingInBytes
        self.cancellation = cancellation
    }
}

/// Finds what differs between two trees, on the calling thread.
package final class TreeDiffer {
    /// A folder that both trees have.
    private struct Frame {
        let path: [UInt8]
        let old: PeekedStream
        let new: PeekedStream

        /// The next name with what each tree has there.
        func next() throws -> (old: Entry?, new: Entry?)? {
            let (left, right) = (try old.peek(), try new.peek())
            if left == nil, right == nil { return nil }
            let isOld = left.map { left in right.map { !($0.name < left.name) } ?? true } ?? false
            let isNew = right.map { right in left.map { !($0.name < right.name) } ?? true } ?? false
            if isOld { old.pop() }
            if isNew { new.pop() }
            return (isOld ? left : nil, isNew ? right : nil)
        }
    }

    private let old: any ComparedTree
    private let new: any ComparedTree
    private let settings: CompareSettings
    private let report: (CompareEvent) -> Void
    private var counts = CompareCounts()
    private var table: ChangeTable
    private var frames: [Frame] = []
    /// What removed files are compared by with added ones; `nil` for those that are damaged.
    private var removedDigests: [Content: Digest256?] = [:]
    /// The same of added files, by path; `nil` for those that cannot be read.
    private var addedDigests: [[UInt8]: Digest256?] = [:]

    /// - Parameter report: called with each event, on the calling thread: as a rule in the order of
    ///   the tree; where there are too many changes to be held, in several runs of that order.
    package init(
        old: any ComparedTree, new: any ComparedTree, _ settings: CompareSettings = .init(),
        report: @escaping (CompareEvent) -> Void
    ) {
        self.old = old
        self.new = new
        self.settings = settings
        self.report = report
        table = ChangeTable(limitInBytes: settings.waitingInBytes)
    }

    /// Compares two entries and all below.
    /// - Throws: `Interrupted`; what a tree throws that is neither damaged nor unreadable.
    package func compare(_ old: Entry, with new: Entry) throws -> CompareCounts {
        try visit(old, new, path: [])
        while let frame = frames.last {
            try settings.cancellation.check()
            do {
                guard let (left, right) = try frame.next() else {
                    frames.removeLast()
                    continue
                }
                guard let name = (left ?? right)?.name else { continue }
                try visit(left, right, path: frame.path.appending(component: name.bytes))
            } catch {
                frames.removeLast()
                try note(error, frame.path)
            }
        }
        try settle()
        return counts
    }

    // MARK: - What both trees have

    /// Errors here are about the entry itself.
    private func visit(_ left: Entry?, _ right: Entry?, path: [UInt8]) throws {
        guard let left, let right else {
            if let left { try add(lone: left, isNew: false, path: path) }
            if let right { try add(lone: right, isNew: true, path: path) }
            return
        }
        guard EntryComparison.haveSameType(left, right) else {
            // Only one of them can be a folder.
            let folder = folder(left, isNew: false, path) ?? folder(right, isNew: true, path)
            let fields = EntryComparison.fields(left, right)
            let change = Change(.type, path: path, old: left, new: right, fields: fields)
            return try add(WaitingChange(change, folder: folder))
        }
        let fields = EntryComparison.fields(left, right)
        if case .directory(let before) = left.kind, case .directory(let after) = right.kind {
            if !fields.isEmpty {
                try add(change: .metadata, left, right, fields, path)
            }
            if before != after || !before.isKnown { try enter(before, after, path) }
            return
        }
        guard let isSame = try isSameContent(left, right, path) else { return }
        if !isSame {
            try add(change: .content, left, right, fields, path)
        } else if !fields.isEmpty {
            try add(change: .metadata, left, right, fields, path)
        }
    }

    private func enter(_ before: Content, _ after: Content, _ path: [UInt8]) throws {
        do {
            frames.append(
                Frame(
                    path: path, old: PeekedStream(try old.entries(of: before, path: path)),
                    new: PeekedStream(try new.entries(of: after, path: path))))
        } catch {
            try note(error, path)
        }
    }

    /// - Returns: `nil` when it cannot be told, which was reported.
    private func isSameContent(_ left: Entry, _ right: Entry, _ path: [UInt8]) throws -> Bool? {
        let isSame = EntryComparison.haveSameContent(
            left, right, trustsTimes: settings.trustsTimes)
        if let isSame { return isSame }
        guard case .file(let content) = left.kind else { return false }
        do {
            return try new.has(content, path: path)
        } catch {
            try note(error, path)
            return nil
        }
    }

    private func add(
        change kind: Change.Kind, _ left: Entry, _ right: Entry, _ fields: [MetadataField],
        _ path: [UInt8]
    ) throws {
        let change = Change(kind, path: path, old: left, new: right, fields: fields)
        try add(WaitingChange(change))
    }

    /// Reports what cannot be read, and lets everything else end the comparison.
    private func note(_ error: any Error, _ path: [UInt8]) throws {
        switch error {
        case let error as RepositoryError where error.code == .damaged:
            tell(.damaged(path: path, reason: "\(error)"))
        case let error as SystemCallError:
            tell(.unreadable(path: path, reason: error.reason))
        default: throw error
        }
    }

    private func tell(_ event: CompareEvent) {
        counts.add(event)
        report(event)
    }

    // MARK: - What only one tree has

    private func folder(_ entry: Entry, isNew: Bool, _ path: [UInt8]) -> LoneFolder? {
        guard case .directory(let listing) = entry.kind else { return nil }
        return LoneFolder(path: path, listing: listing, isNew: isNew)
    }

    private func lone(_ entry: Entry, isNew: Bool, _ path: [UInt8]) -> Change {
        Change(
            isNew ? .added : .removed, path: path, old: isNew ? nil : entry,
            new: isNew ? entry : nil)
    }

    private func add(lone entry: Entry, isNew: Bool, path: [UInt8]) throws {
        try add(
            WaitingChange(
                lone(entry, isNew: isNew, path), key: RenameKey(entry),
                folder: folder(entry, isNew: isNew, path)))
    }

    private func add(_ change: WaitingChange) throws {
        table.add(change)
        guard table.isFull else { return }
        try pair()
        for item in table.takeAll() {
            tell(.changed(item.change))
            if let folder = item.folder { try forEachEntryBelow(folder) }
        }
        addedDigests = [:]
        removedDigests = [:]
    }

    /// Pairs what waits, opens the folders that stayed alone, and so on down, and tells the rest.
    private func settle() throws {
        while true {
            try pair()
            let folders = table.takeFolders()
            if folders.isEmpty { break }
            for folder in folders {
                try forEachEntry(of: folder) { entry, path in
                    try add(lone: entry, isNew: folder.isNew, path: path)
                }
            }
        }
        for item in table.takeAll() { tell(.changed(item.change)) }
    }

    private func forEachEntry(
        of folder: LoneFolder, _ body: (Entry, _ path: [UInt8]) throws -> Void
    ) throws {
        let tree = folder.isNew ? new : old
        guard let stream = try stream(of: folder, in: tree) else { return }
        while let entry = try next(of: stream, folder.path) {
            try settings.cancellation.check()
            try body(entry, folder.path.appending(component: entry.name.bytes))
        }
    }

    /// Tells everything below a folder, without room to look for partners.
    private func forEachEntryBelow(_ folder: LoneFolder) throws {
        let tree = folder.isNew ? new : old
        var open: [(path: [UInt8], stream: any EntryStream)] = []
        if let first = try stream(of: folder, in: tree) { open.append((folder.path, first)) }
        while let (path, stream) = open.last {
            try settings.cancellation.check()
            guard let entry = try next(of: stream, path) else {
                open.removeLast()
                continue
            }
            let entryPath = path.appending(component: entry.name.bytes)
            tell(.changed(lone(entry, isNew: folder.isNew, entryPath)))
            if let inner = self.folder(entry, isNew: folder.isNew, entryPath),
                let stream = try self.stream(of: inner, in: tree)
            {
                open.append((entryPath, stream))
            }
        }
    }

    /// - Returns: `nil` when it cannot be read, which was reported.
    private func stream(
        of folder: LoneFolder, in tree: any ComparedTree
    ) throws -> (any EntryStream)? {
        do {
            return try tree.entries(of: folder.listing, path: folder.path)
        } catch {
            try note(error, folder.path)
            return nil
        }
    }

    /// - Returns: `nil` also when it cannot be read on, which was reported.
    private func next(of stream: any EntryStream, _ path: [UInt8]) throws -> Entry? {
        do {
            return try stream.next()
        } catch {
            try note(error, path)
            return nil
        }
    }

    // MARK: - Renames

    private func pair() throws {
        table.pair()
        let sizes = table.removedSizes
        if sizes.isEmpty { return }
        var isAnyFound = false
        try table.identify { sizeInBytes, path in
            guard let candidates = sizes[sizeInBytes] else { return nil }
            let found = try identify(candidates, path)
            isAnyFound = isAnyFound || found != nil
            return found
        }
        if isAnyFound { table.pair() }
    }

    /// Which of some files that were removed an added one has the bytes of; each is read once.
    private func identify(_ candidates: [Content], _ path: [UInt8]) throws -> Content? {
        guard let digest = try addedDigest(path) else { return nil }
        return try candidates.first { try removedDigest($0) == digest }
    }

    private func addedDigest(_ path: [UInt8]) throws -> Digest256? {
        if let known = addedDigests[path] { return known }
        try settings.cancellation.check()
        var digest: Digest256?
        do {
            digest = try new.digest(of: .unlisted, path: path)
        } catch {
            try note(error, path)
        }
        addedDigests[path] = .some(digest)
        return digest
    }

    private func removedDigest(_ content: Content) throws -> Digest256? {
        if let known = removedDigests[content] { return known }
        var digest: Digest256?
        do {
            digest = try old.digest(of: content, path: [])
        } catch let error as RepositoryError where error.code == .damaged {
            // What is gone from the folder is gone, whether its bytes are whole or not.
            digest = nil
        }
        removedDigests[content] = .some(digest)
        return digest
    }
}
