// The first stage of a snapshot: walks over the tree, compares each entry with the stat cache, and
// passes events to the assembler and read jobs to the workers. It opens directories and no files.

import ChunkStorage
import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Walks over the sources; runs on a thread of its own.
final class TreeScanner {
    private let cache: StatCache?
    let known: KnownContents?
    private let index: ChunkIndex
    private let own: Set<FileIdentity>
    /// Says what is left out; `nil` when nothing can be.
    private var selector: EntrySelector?
    private let events: BoundedQueue<ScanEvent>
    private let jobs: WorkQueue
    private let environment: SnapshotEnvironment
    let report: @Sendable (SnapshotEvent) -> Void
    /// Whose files were seen.
    private(set) var accounts = AccountNumbers()
    private var links = LinkGroups()

    /// - Parameter known: tells which content of the cache may stand for reading a file; `nil`
    ///   when none may.
    init(
        cache: StatCache?, known: KnownContents?, own: Set<FileIdentity>,
        selection: SnapshotSelection, events: BoundedQueue<ScanEvent>, jobs: WorkQueue,
        index: ChunkIndex,
        environment: SnapshotEnvironment,
        report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.cache = cache
        self.known = known
        self.index = index
        self.own = own
        selector = EntrySelector(selection, report)
        self.events = events
        self.jobs = jobs
        self.environment = environment
        self.report = report
    }

    /// Walks over a snapshot whose root is one directory.
    func scan(root directory: FileHandle, _ status: FileStatus) throws {
        selector?.begin(status)
        let attributes = readAttributes(of: directory)
        try scanDirectory(
            directory, self.scanned([], [], status, attributes, hasCachedEntry: false))
    }

    /// Walks over a made-up root that has the sources as its entries.
    /// - Parameter sources: ascending by name.
    func scan(_ sources: [SnapshotSource], root status: FileStatus) throws {
        let root = self.scanned([], [], status, .none, hasCachedEntry: false)
        try send(.enter(root))
        var cursor = cursor(of: root)
        for source in sources {
            selector?.begin(source.status)
            var batch = OpenBatch(directory: source.folder)
            let candidate = ScanCandidate(
                name: source.name, openName: source.openName, status: source.status,
                directory: source.folder,
                hardLink: links.firstMember(of: source.status, named: source.name, in: []))
            try visit(candidate, [], &cursor, &batch)
            try push(&batch)
        }
        try finish(OpenBatch(directory: nil), &cursor)
    }

    private func scanned(
        _ name: [UInt8], _ path: [UInt8], _ status: FileStatus, _ attributes: ScannedAttributes,
        hasCachedEntry: Bool
    ) -> ScannedDirectory {
        ScannedDirectory(
            name: name, path: path, status: status, isCached: cache?.directory(path) != nil,
            hasCachedEntry: hasCachedEntry, attributes: attributes)
    }

    private func cursor(of scanned: ScannedDirectory) -> StatCacheCursor? {
        scanned.isCached ? cache?.directory(scanned.path).map(StatCacheCursor.init) : nil
    }

    private func scanDirectory(_ directory: FileHandle, _ scanned: ScannedDirectory) throws {
        try environment.cancellation.check()
        let names: SortedNames
        do {
            // Of another file system the folder is taken at which it is mounted, and no more.
            let isForeign = selector?.isForeign(scanned.status) == true
            names = isForeign ? SortedNames() : try SortedNames(of: directory)
        } catch {
            reportUnreadable(directory.path, error)
            try pushEmpty(scanned)
            return
        }
        selector?.enter(directory, named: scanned.name, names)
        defer { selector?.leave() }
        try enter(scanned)
        var cursor = cursor(of: scanned)
        var batch = OpenBatch(directory: directory)
        for position in 0..<names.count {
            let name = names[position]
            do {
                let status = try names.withName(position) { name throws(SystemCallError) in
                    try directory.status(ofTerminated: name)
                }
                if selector?.exclusion(of: name, status) != nil { continue }
                let candidate = ScanCandidate(
                    name: name, openName: name, status: status, directory: directory,
                    hardLink: links.firstMember(of: status, named: name, in: scanned.path))
                try visit(candidate, scanned.path, &cursor, &batch)
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
        try send(.leave)
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
        if cached.knowsAttributes, cached.hasHardLink(candidate.hardLink) {
            return batch.unchanged(candidate.status)
        }
        let attributes =
            cached.knowsAttributes
            ? .known(cached.extendedAttributes, cached.flags) : readAttributes(of: candidate)
        if attributes.isKnown(as: cached), cached.hasHardLink(candidate.hardLink) {
            batch.unchanged(candidate.status)
        } else {
            batch.skip(1)
            batch.add(candidate, .complete(cached.kind), attributes)
        }
    }

    private func canTakeOver(_ cached: StatCacheEntry, _ status: FileStatus) -> Bool {
        guard let known, cached.matches(status) else { return false }
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
        let (status, parent) = (candidate.status, candidate.directory)
        let fullPath = parent.path.appending(component: candidate.openName)
        if own.contains(FileIdentity(status)) {
            report(.notice(path: fullPath, reason: "left out: varve keeps its own files there"))
            batch.skip(cached == nil ? 0 : 1)
            return
        }
        let wasCached = cached != nil
        let directory: FileHandle?
        do {
            directory = try parent.openDirectory(name: candidate.openName)
        } catch {
            if error.isNoEntry {
                // It went away after it was seen, and its cached line with it.
                batch.skip(cached == nil ? 0 : 1)
                return
            }
            reportUnreadable(fullPath, error)
            directory = nil
        }
        var cached = cached?.matchesDirectory(status) == true ? cached : nil
        let attributes = attributes(of: candidate, directory, cached)
        if let line = cached, !attributes.isKnown(as: line) { cached = nil }
        batch.skip(wasCached && cached == nil ? 1 : 0)
        try push(&batch)
        let path = parentPath.appending(component: candidate.name)
        let scanned = scanned(
            candidate.name, path, status, attributes, hasCachedEntry: cached != nil)
        if let directory {
            try scanDirectory(directory, scanned)
        } else {
            try pushEmpty(scanned)
        }
    }

    /// Keeps the line of a directory whose entries cannot be read.
    private func pushEmpty(_ scanned: ScannedDirectory) throws {
        try enter(
            ScannedDirectory(
                name: scanned.name, path: scanned.path, status: scanned.status, isCached: false,
                hasCachedEntry: scanned.hasCachedEntry, attributes: scanned.attributes))
        try send(.leave)
    }

    private func add(_ candidate: ScanCandidate, to batch: inout OpenBatch) {
        let status = candidate.status
        let kind: EntryKind
        switch status.kind {
        case .file:
            if status.sizeInBytes > 0 { return batch.add(file: candidate) }
            kind = .file(.empty)
        case .symlink:
            do {
                kind = .symlink(
                    target: try candidate.directory.linkTarget(of: candidate.openName))
            } catch {
                if !error.isNoEntry { reportUnreadable(candidate.path, error) }
                return
            }
        case .fifo: kind = .fifo
        case .socket: kind = .socket
        case .characterDevice: kind = .characterDevice(status.deviceNumber)
        case .blockDevice: kind = .blockDevice(status.deviceNumber)
        case .directory: preconditionFailure("directories are walked into")
        }
        batch.add(candidate, .complete(kind), readAttributes(of: candidate))
    }

    /// Passes the batch on: first the files to the workers, for the assembler will wait for them.
    private func push(_ batch: inout OpenBatch) throws {
        let (finished, cost) = batch.finish()
        if let job = finished.job {
            try index.prepare()
            jobs.push(job)
        }
        if cost > 0 { try send(.entries(finished), cost: cost) }
    }

    private func enter(_ directory: ScannedDirectory) throws {
        let bytes = directory.attributes.sizeInBytes
        try send(.enter(directory), cost: 1 + OpenBatch.cost(ofAttributeBytes: bytes))
    }

    /// Passes an event on; ends the walk when the run has failed and nobody listens any more.
    private func send(_ event: ScanEvent, cost: Int = 1) throws {
        guard events.push(event, cost: cost) else { throw Interrupted() }
    }

    private func reportUnreadable(_ path: [UInt8], _ error: SystemCallError) {
        report(.unreadable(UnreadablePath(path: path, reason: error.reason)))
    }
}
