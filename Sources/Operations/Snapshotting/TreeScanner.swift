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
    private let selector: EntrySelector
    private let ahead: ReadAhead?
    /// Watched until it shows that readers are worth waking; `nil` from then on.
    private var meter: WaitMeter?
    private let sink: any ScanSink
    private let cancellation: Cancellation
    let report: @Sendable (SnapshotEvent) -> Void
    /// Whose files were seen.
    private(set) var accounts = AccountNumbers()
    private var links = LinkGroups()
    private var fileSystems = FileSystemKinds()

    /// - Parameters:
    ///   - known: tells which content of the cache may stand for reading a file; `nil` when none
    ///     may.
    ///   - ahead: for readers; `nil` when there are none.
    ///   - meter: says when readers are to begin; `nil` for at once.
    init(
        cache: StatCache?, known: KnownContents?, stamps: StampRule, detail: FileStatus.Detail,
        selector: EntrySelector, ahead: ReadAhead?, meter: WaitMeter? = nil, sink: any ScanSink,
        cancellation: Cancellation, report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.cache = cache
        self.known = known
        self.stamps = stamps
        self.detail = detail
        self.selector = selector
        self.ahead = ahead
        self.meter = meter
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
                hasCachedEntry: false), listed, nil)
    }

    /// Walks over a made-up root that has the sources as its entries.
    /// - Parameter sources: ascending by name.
    func scan(_ sources: [SnapshotSource], root status: FileStatus) throws {
        let root = self.scanned([], [], status, .none, .unknown, hasCachedEntry: false)
        try enter(root)
        var cursor = root.cached.map(StatCacheCursor.init)
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
            name: name, path: path, status: status, cached: cache?.directory(path),
            hasCachedEntry: hasCachedEntry, attributes: attributes, fileSystem: fileSystem)
    }

    /// - Parameter folder: what a reader has found there; `nil` when none has been there.
    private func scanDirectory(
        _ directory: FileHandle, _ scanned: ScannedDirectory, _ listed: ListedPaths?,
        _ folder: OpenFolder?
    ) throws {
        try cancellation.check()
        let names: SortedNames
        do {
            if let read = folder?.names {
                names = read
            } else {
                // What is listed is not looked for, but rules may go by what lies beside it.
                let readsNames = listed == nil || !selector.isIdle
                names = readsNames ? try self.names(of: directory, scanned) : SortedNames()
            }
        } catch {
            reportUnreadable(directory.path, error)
            try pushEmpty(scanned)
            return
        }
        selector.enter(directory, named: scanned.name, names)
        defer { selector.leave() }
        var scanned = scanned
        if listed == nil { scanned.selection = selector.digest }
        try enter(scanned)
        var cursor = scanned.cached.map(StatCacheCursor.init)
        var batch = OpenBatch(directory: directory)
        if let listed {
            if !selector.isForeign(scanned.status) {
                try scan(listed, of: directory, scanned, &cursor, &batch)
            }
            return try finish(batch, &cursor)
        }
        ahead?.enter()
        defer { ahead?.leave() }
        try scan(names, of: directory, scanned, folder?.statuses ?? [], &cursor, &batch)
        try finish(batch, &cursor)
    }

    /// What helps with what comes; `nil` while readers are not worth it.
    private var awake: ReadAhead? { meter == nil ? ahead : nil }

    /// Does something that may have to wait for a disk.
    private func metered<Result>(
        _ body: () throws(SystemCallError) -> Result, usual: (Result) -> Duration
    ) throws(SystemCallError) -> Result {
        guard meter != nil else { return try body() }
        let start = ContinuousClock.now
        let result = try body()
        meter?.note(start.duration(to: .now), usual: usual(result))
        if meter?.showsWaiting == true { meter = nil }
        return result
    }

    private func names(
        of directory: FileHandle, _ scanned: ScannedDirectory
    ) throws(SystemCallError) -> SortedNames {
        try metered { () throws(SystemCallError) in
            try selector.names(of: directory, scanned.status)
        } usual: {
            WaitMeter.usual + WaitMeter.usualForName * $0.count
        }
    }

    /// Walks over the names of a directory.
    /// - Parameter statuses: those of the first names, as far as they are known.
    private func scan(
        _ names: SortedNames, of directory: FileHandle, _ scanned: ScannedDirectory,
        _ statuses: [FoundStatus], _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) throws {
        var walk: FolderWalk?
        // By far the most entries of by far the most scans are not asked about.
        let takesAll = selector.isIdle
        let isSelectedAsCached = scanned.isSelectedAsCached
        for position in 0..<names.count {
            if walk == nil, position % FolderWalk.mostStatuses == 0, let awake {
                walk = FolderWalk(
                    directory, names, from: position, position == 0 ? statuses : [], detail,
                    device: selector.onlyDevice, awake)
            }
            do {
                let status = try status(position, names, directory, &walk)
                if isSelectedAsCached,
                    try pass(position, names, status, scanned, &cursor, &batch)
                {
                    continue
                }
                if !takesAll || status.kind == .directory,
                    names.withName(position, { isExcluded($0, status, in: directory) })
                {
                    continue
                }
                if !isSelectedAsCached,
                    try pass(position, names, status, scanned, &cursor, &batch)
                {
                    continue
                }
                let name = names[position]
                let reading = status.kind == .directory ? walk?.openFolder(position) : nil
                try visit(
                    name, status, directory, in: scanned, nil, reading, &cursor, &batch)
            } catch let error as SystemCallError {
                // A name that is gone since the directory was read is as one that never was.
                if error.isNoEntry { continue }
                reportUnreadable(directory.path.appending(component: names[position]), error)
            }
        }
    }

    private func status(
        _ position: Int, _ names: SortedNames, _ directory: FileHandle, _ walk: inout FolderWalk?
    ) throws(SystemCallError) -> FileStatus {
        let found = try walk?.status(position) { name, status in
            name.withUnsafeBytes { selector.exclusion(of: $0, status) == nil }
        }
        if let found { return found }
        // A few tell enough, and the clock takes time too.
        if meter != nil, position % 16 == 0 {
            return try metered { () throws(SystemCallError) in
                try FolderWalk.look(directory, names, at: position, detail).get()
            } usual: { _ in
                WaitMeter.usual
            }
        }
        return try FolderWalk.look(directory, names, at: position, detail).get()
    }

    /// Passes over a file with one name that is as it was: most entries of most scans, so it takes
    /// no memory and asks for nothing more.
    /// - Returns: `false` when the entry is none, and has to be visited.
    private func pass(
        _ position: Int, _ names: SortedNames, _ status: FileStatus, _ scanned: ScannedDirectory,
        _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) throws -> Bool {
        guard status.kind != .directory, status.linkCount == 1,
            let cached = names.withName(position, { Self.find($0, &cursor, &batch) }),
            canTakeOver(cached, status), hasAttributes(cached, status),
            cached.hardLink == nil, cached.hasBirthTime(of: status)
        else { return false }
        accounts.insert(status)
        _ = cursor?.next()
        batch.unchanged(status, on: scanned.fileSystem.ofFile(status, in: scanned.status), cached)
        if batch.isFull { try push(&batch) }
        return true
    }

    /// Moves to a name among the cached entries, passing over those that stand before it: they are
    /// gone.
    /// - Returns: the entry, which still is the next one; `nil` when there is none.
    private static func find(
        _ name: UnsafeRawBufferPointer, _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) -> StatCacheEntry? {
        while let entry = cursor?.peek() {
            let order = compareBytes(entry.name, name)
            if order >= 0 { return order == 0 ? entry : nil }
            _ = cursor?.next()
            batch.skip(1)
        }
        return nil
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
    func isExcluded(
        _ name: UnsafeRawBufferPointer, _ status: FileStatus, in directory: FileHandle
    ) -> Bool {
        guard let reason = selector.exclusion(of: name, status) else { return false }
        tell(reason, directory.path.appending(component: Array(name)))
        return true
    }

    /// Takes an entry of a directory.
    /// - Parameter listed: what to take of the entry, if it is a directory; `nil` for everything.
    func visit(
        _ name: [UInt8], _ status: FileStatus, _ directory: FileHandle,
        in scanned: ScannedDirectory, _ listed: ListedPaths?,
        _ reading: Reading<Result<OpenFolder, SystemCallError>>?,
        _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) throws {
        let candidate = ScanCandidate(
            name: name, openName: name, status: status, directory: directory,
            fileSystem: scanned.fileSystem.ofFile(status, in: scanned.status),
            hardLink: links.firstMember(of: status, named: name, in: scanned.path),
            listed: listed, reading: reading)
        try visit(candidate, scanned.path, &cursor, &batch)
    }

    private func visit(
        _ candidate: ScanCandidate, _ path: [UInt8], _ cursor: inout StatCacheCursor?,
        _ batch: inout OpenBatch
    ) throws {
        accounts.insert(candidate.status)
        let cached = candidate.name.withUnsafeBytes { Self.find($0, &cursor, &batch) }
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
        let hasAttributes = hasAttributes(cached, candidate.status)
        let isSameLine =
            cached.hasHardLink(candidate.hardLink) && cached.hasBirthTime(of: candidate.status)
        if hasAttributes, isSameLine {
            return batch.unchanged(candidate.status, on: candidate.fileSystem, cached)
        }
        let attributes =
            hasAttributes
            ? .known(cached.extendedAttributes, cached.flags) : readAttributes(of: candidate)
        if isSameLine, attributes.isKnown(as: cached) {
            batch.unchanged(candidate.status, on: candidate.fileSystem, cached)
        } else {
            batch.skip(1)
            batch.add(
                candidate, .complete(cached.kind), attributes, hasHoles: cached.hasHoles)
        }
    }

    private func hasAttributes(_ cached: StatCacheEntry, _ status: FileStatus) -> Bool {
        // To set an attribute alters the change time, also where that proves nothing of content.
        cached.knowsAttributes && cached.isUntouched(status)
    }

    private func canTakeOver(_ cached: StatCacheEntry, _ status: FileStatus) -> Bool {
        guard let known, cached.matches(status, stamps) else { return false }
        return known.isAllKnown
            || (cached.content.map(known.isKnown) ?? true)
                && cached.extendedAttributes.allSatisfy(known.isKnown)
    }

    private func descend(
        _ candidate: ScanCandidate, _ parentPath: [UInt8], _ cached: StatCacheEntry?,
        _ batch: inout OpenBatch
    ) throws {
        let fullPath = candidate.directory.path.appending(component: candidate.openName)
        let folder: OpenFolder?
        do {
            folder = try open(candidate)
        } catch {
            if let other = replacement(of: candidate, error) {
                batch.skip(cached == nil ? 0 : 1)
                return add(other, to: &batch)
            }
            if error.isNoEntry {
                // It went away after it was seen, and its cached line with it.
                batch.skip(cached == nil ? 0 : 1)
                return
            }
            reportUnreadable(fullPath, error)
            folder = nil
        }
        // What lies there may have been replaced since its name was met; the open one counts.
        let (status, directory) = (folder?.status ?? candidate.status, folder?.directory)
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
            try scanDirectory(directory, scanned, candidate.listed, folder)
        } else {
            try pushEmpty(scanned)
        }
    }

    /// What has taken the place of a directory since that was met.
    /// - Returns: `nil` when it is a directory all the same.
    private func replacement(
        of candidate: ScanCandidate, _ error: SystemCallError
    ) -> ScanCandidate? {
        guard error.number == SystemCallError.notADirectory,
            let status = try? candidate.directory.status(of: candidate.openName, detail),
            status.kind != .directory
        else { return nil }
        return candidate.becoming(status)
    }

    private func open(_ candidate: ScanCandidate) throws(SystemCallError) -> OpenFolder {
        if let ahead, let reading = candidate.reading {
            return try ahead.value(of: reading).get()
        }
        return try metered { () throws(SystemCallError) in
            try OpenFolder(candidate.openName, in: candidate.directory, detail)
        } usual: { _ in
            WaitMeter.usual
        }
    }

    /// Keeps the line of a directory whose entries cannot be read.
    private func pushEmpty(_ scanned: ScannedDirectory) throws {
        try enter(
            ScannedDirectory(
                name: scanned.name, path: scanned.path, status: scanned.status, cached: nil,
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
