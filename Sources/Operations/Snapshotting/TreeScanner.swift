// The first stage of a snapshot: walks over the tree, compares each entry with the stat cache, and
// passes events and read jobs to whoever makes something of them: the stages of a snapshot, or a
// preview of one. It opens directories and no files.

import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Walks over the sources; runs on a thread of its own.
final class TreeScanner {
    private let cache: StatCache?
    let known: KnownContents?
    private let stamps: StampRule
    /// What is asked of each entry.
    let detail: FileStatus.Detail
    private var selector: EntrySelector
    private let sink: any ScanSink
    private let cancellation: Cancellation
    let report: @Sendable (SnapshotEvent) -> Void
    /// Whose files were seen.
    private(set) var accounts = AccountNumbers()
    private var links = LinkGroups()
    private var fileSystems = FileSystemKinds()

    /// - Parameter known: tells which content of the cache may stand for reading a file; `nil`
    ///   when none may.
    init(
        cache: StatCache?, known: KnownContents?, stamps: StampRule, detail: FileStatus.Detail,
        selector: EntrySelector, sink: any ScanSink, cancellation: Cancellation,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.cache = cache
        self.known = known
        self.stamps = stamps
        self.detail = detail
        self.selector = selector
        self.sink = sink
        self.cancellation = cancellation
        self.report = report
    }

    /// Walks over a snapshot whose root is one directory.
    /// - Parameter listed: what to take of it; `nil` for everything.
    func scan(root directory: FileHandle, _ status: FileStatus, _ listed: ListedPaths?) throws {
        selector.begin(status)
        let attributes = readAttributes(of: directory)
        try scanDirectory(
            directory,
            self.scanned(
                [], [], status, attributes, fileSystems.kind(of: directory, status),
                hasCachedEntry: false), listed)
    }

    /// Walks over a made-up root that has the sources as its entries.
    /// - Parameter sources: ascending by name.
    func scan(_ sources: [SnapshotSource], root status: FileStatus) throws {
        let root = self.scanned([], [], status, .none, .unknown, hasCachedEntry: false)
        try enter(root)
        var cursor = cursor(of: root)
        for source in sources {
            selector.begin(source.status)
            var batch = OpenBatch(directory: source.folder)
            let candidate = ScanCandidate(
                name: source.name, openName: source.openName, status: source.status,
                directory: source.folder,
                fileSystem: fileSystems.kind(ofFile: source.status, in: source.folder),
                hardLink: links.firstMember(of: source.status, named: source.name, in: []))
            try visit(candidate, [], &cursor, &batch)
            try push(&batch)
        }
        try finish(OpenBatch(directory: nil), &cursor)
    }

    private func scanned(
        _ name: [UInt8], _ path: [UInt8], _ status: FileStatus, _ attributes: ScannedAttributes,
        _ fileSystem: FileSystemKind, hasCachedEntry: Bool
    ) -> ScannedDirectory {
        ScannedDirectory(
            name: name, path: path, status: status, isCached: cache?.directory(path) != nil,
            hasCachedEntry: hasCachedEntry, attributes: attributes, fileSystem: fileSystem)
    }

    private func cursor(of scanned: ScannedDirectory) -> StatCacheCursor? {
        scanned.isCached ? cache?.directory(scanned.path).map(StatCacheCursor.init) : nil
    }

    private func scanDirectory(
        _ directory: FileHandle, _ scanned: ScannedDirectory, _ listed: ListedPaths?
    ) throws {
        try cancellation.check()
        let names: SortedNames
        do {
            // What is listed is not looked for, but rules may go by what lies beside it.
            let readsNames = listed == nil || !selector.isIdle
            names =
                readsNames ? try selector.names(of: directory, scanned.status) : SortedNames()
        } catch {
            reportUnreadable(directory.path, error)
            try pushEmpty(scanned)
            return
        }
        selector.enter(directory, named: scanned.name, names)
        defer { selector.leave() }
        try enter(scanned)
        var cursor = cursor(of: scanned)
        var batch = OpenBatch(directory: directory)
        if let listed {
            if !selector.isForeign(scanned.status) {
                try scan(listed, of: directory, scanned, &cursor, &batch)
            }
            return try finish(batch, &cursor)
        }
        for position in 0..<names.count {
            let name = names[position]
            do {
                let status = try names.withName(position) { name throws(SystemCallError) in
                    try directory.status(ofTerminated: name, detail)
                }
                if isExcluded(name, status, in: directory) { continue }
                try visit(name, status, directory, in: scanned, nil, &cursor, &batch)
            } catch let error as SystemCallError {
                // A name that is gone since the directory was read is as one that never was.
                if error.isNoEntry { continue }
                reportUnreadable(directory.path.appending(component: name), error)
            }
        }
        try finish(batch, &cursor)
    }

    private func finish(_ batch: OpenBatch, _ cursor: inout StatCacheCursor?) throws {
        var batch = batch
        var rest = 0
        while cursor?.next() != nil { rest += 1 }
        batch.skip(rest)
        try push(&batch)
        try sink.take(.leave, cost: 1)
    }

    /// Whether an entry of a directory is left out.
    func isExcluded(_ name: [UInt8], _ status: FileStatus, in directory: FileHandle) -> Bool {
        guard let reason = selector.exclusion(of: name, status) else { return false }
        tell(reason, directory.path.appending(component: name))
        return true
    }

    /// Takes an entry of a directory.
    /// - Parameter listed: what to take of the entry, if it is a directory; `nil` for everything.
    func visit(
        _ name: [UInt8], _ status: FileStatus, _ directory: FileHandle,
        in scanned: ScannedDirectory, _ listed: ListedPaths?,
        _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) throws {
        let candidate = ScanCandidate(
            name: name, openName: name, status: status, directory: directory,
            fileSystem: scanned.fileSystem.ofFile(status, in: scanned.status),
            hardLink: links.firstMember(of: status, named: name, in: scanned.path),
            listed: listed)
        try visit(candidate, scanned.path, &cursor, &batch)
    }

    private func visit(
        _ candidate: ScanCandidate, _ path: [UInt8], _ cursor: inout StatCacheCursor?,
        _ batch: inout OpenBatch
    ) throws {
        accounts.insert(candidate.status)
        let cached = candidate.name.withUnsafeBytes { name -> StatCacheEntry? in
            batch.skip(Self.advance(&cursor, before: name))
            guard let entry = cursor?.peek(), compareBytes(entry.name, name) == 0 else {
                return nil
            }
            return entry
        }
        if cached != nil { _ = cursor?.next() }
        if candidate.status.kind == .directory {
            try descend(candidate, path, cached, &batch)
        } else if let cached, canTakeOver(cached, candidate.status) {
            takeOver(cached, candidate, &batch)
        } else {
            batch.skip(cached == nil ? 0 : 1)
            add(candidate, to: &batch)
        }
        if batch.isFull { try push(&batch) }
    }

    /// Takes over the content of a file that is as it was, and its line if that is the same.
    private func takeOver(
        _ cached: StatCacheEntry, _ candidate: ScanCandidate, _ batch: inout OpenBatch
    ) {
        // To set an attribute alters the change time, also where that proves nothing of content.
        let hasAttributes = cached.knowsAttributes && cached.isUntouched(candidate.status)
        let isSameLine =
            cached.hasHardLink(candidate.hardLink) && cached.hasBirthTime(of: candidate.status)
        if hasAttributes, isSameLine { return batch.unchanged(candidate, cached) }
        let attributes =
            hasAttributes
            ? .known(cached.extendedAttributes, cached.flags) : readAttributes(of: candidate)
        if isSameLine, attributes.isKnown(as: cached) {
            batch.unchanged(candidate, cached)
        } else {
            batch.skip(1)
            batch.add(
                candidate, .complete(cached.kind), attributes, hasHoles: cached.hasHoles)
        }
    }

    private func canTakeOver(_ cached: StatCacheEntry, _ status: FileStatus) -> Bool {
        guard let known, cached.matches(status, stamps) else { return false }
        return known.isAllKnown
            || (cached.content.map(known.isKnown) ?? true)
                && cached.extendedAttributes.allSatisfy(known.isKnown)
    }

    /// Passes over cached entries that stand before a name: they are gone.
    /// - Returns: how many.
    private static func advance(
        _ cursor: inout StatCacheCursor?, before name: UnsafeRawBufferPointer
    ) -> Int {
        var count = 0
        while let entry = cursor?.peek(), compareBytes(entry.name, name) < 0 {
            _ = cursor?.next()
            count += 1
        }
        return count
    }

    private func descend(
        _ candidate: ScanCandidate, _ parentPath: [UInt8], _ cached: StatCacheEntry?,
        _ batch: inout OpenBatch
    ) throws {
        let fullPath = candidate.directory.path.appending(component: candidate.openName)
        let directory: FileHandle?
        // What lies there may have been replaced since its name was met; the open one counts.
        let status: FileStatus
        do {
            let open = try candidate.directory.openDirectory(name: candidate.openName)
            status = try open.status(detail)
            directory = open
        } catch {
            if error.isNoEntry {
                // It went away after it was seen, and its cached line with it.
                batch.skip(cached == nil ? 0 : 1)
                return
            }
            reportUnreadable(fullPath, error)
            status = candidate.status
            directory = nil
        }
        let wasCached = cached != nil
        var cached = cached
        if let line = cached, !line.matchesDirectory(status) || !line.hasBirthTime(of: status) {
            cached = nil
        }
        let attributes = attributes(of: candidate, status, directory, cached)
        if let line = cached, !attributes.isKnown(as: line) { cached = nil }
        batch.skip(wasCached && cached == nil ? 1 : 0)
        try push(&batch)
        let path = parentPath.appending(component: candidate.name)
        let fileSystem = directory.map { fileSystems.kind(of: $0, status) } ?? .unknown
        let scanned = scanned(
            candidate.name, path, status, attributes, fileSystem, hasCachedEntry: cached != nil)
        if let directory {
            try scanDirectory(directory, scanned, candidate.listed)
        } else {
            try pushEmpty(scanned)
        }
    }

    /// Keeps the line of a directory whose entries cannot be read.
    private func pushEmpty(_ scanned: ScannedDirectory) throws {
        try enter(
            ScannedDirectory(
                name: scanned.name, path: scanned.path, status: scanned.status, isCached: false,
                hasCachedEntry: scanned.hasCachedEntry, attributes: scanned.attributes,
                fileSystem: scanned.fileSystem))
        try sink.take(.leave, cost: 1)
    }

    private func add(_ candidate: ScanCandidate, to batch: inout OpenBatch) {
        if candidate.status.kind == .file { return add(file: candidate, to: &batch) }
        do {
            let (name, directory) = (candidate.openName, candidate.directory)
            guard let node = try NodeReading(of: name, in: directory, candidate.status, detail)
            else {
                // Whoever opens it finds out what it is now.
                return batch.add(file: candidate)
            }
            let seen = candidate.becoming(node.status)
            batch.add(seen, .complete(node.kind), readAttributes(of: seen))
        } catch {
            if !error.isNoEntry { reportUnreadable(candidate.path, error) }
        }
    }

    private func add(file candidate: ScanCandidate, to batch: inout OpenBatch) {
        if candidate.status.sizeInBytes > 0 || !candidate.fileSystem.tellsSizes {
            batch.add(file: candidate)
        } else {
            batch.add(candidate, .complete(.file(.empty)), readAttributes(of: candidate))
        }
    }

    /// Passes the batch on: first the files to the workers, for the assembler will wait for them.
    private func push(_ batch: inout OpenBatch) throws {
        let (finished, cost) = batch.finish()
        if let job = finished.job { try sink.take(job) }
        if cost > 0 { try sink.take(.entries(finished), cost: cost) }
    }

    private func enter(_ directory: ScannedDirectory) throws {
        let bytes = directory.attributes.sizeInBytes
        try sink.take(.enter(directory), cost: 1 + OpenBatch.cost(ofAttributeBytes: bytes))
    }

    /// What was asked for needs no telling, and what was not does.
    private func tell(_ reason: ExclusionReason, _ path: [UInt8]) {
        guard reason == .ownFiles else { return }
        report(.notice(path: path, reason: "left out: varve keeps its own files there"))
    }

    func reportUnreadable(_ path: [UInt8], _ error: SystemCallError) {
        report(.unreadable(UnreadablePath(path: path, reason: error.reason)))
    }
}
