// Walks through the listings of a tree in order, on the calling thread, side by side with what
// stands at the target: decides about each entry, makes the directories, hands out entries that
// need no data, and has the others planned. Folders that the survey found as they should be are
// passed over.

import ChunkStorage
import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Feeds a pipeline with a tree.
final class TreeWalker {
    /// Entries of one folder that the snapshot does not have.
    private struct Extras {
        let folder: PendingDirectory
        let path: [UInt8]
        let names: [(name: [UInt8], local: LocalEntry)]
    }

    /// A run of entries ends at this many.
    private static let entriesPerRun = 128

    private let comparer: TreeComparer
    private let context: RestoreContext
    /// `nil` when nothing is to be written.
    private let pipeline: RestorePipeline?
    private let planner: FilePlanner
    private let survey: TargetSurvey
    private let decider: EntryDecider
    private let remover: TreeRemover
    private var roomMaker: RoomMaker { RoomMaker(context: context, remover: remover) }
    private let links: TargetLinks
    /// `nil` when nothing is to be written.
    private var linker: LinkRestorer?
    private var extras: [Extras] = []

    /// - Parameters:
    ///   - pipeline: `nil` when nothing is to be written.
    ///   - storedFiles: files that may give way although nothing is remembered of them.
    init(
        _ comparer: TreeComparer, _ context: RestoreContext, _ pipeline: RestorePipeline?,
        _ planner: FilePlanner, _ survey: TargetSurvey, storedFiles: [[UInt8]: FileStatus],
        _ remover: TreeRemover, _ links: TargetLinks
    ) {
        self.links = links
        self.comparer = comparer
        self.context = context
        self.pipeline = pipeline
        self.planner = planner
        self.survey = survey
        self.remover = remover
        decider = EntryDecider(
            rule: context.rule, sameFiles: survey.sameFiles,
            storedFiles: storedFiles)
    }

    /// A folder while it is walked through.
    private struct Folder {
        let compared: ComparedDirectory
        /// `nil` when nothing is to be written.
        let pending: PendingDirectory?
        var run: [NodeJob] = []
        var segments = StatCacheWriter.Segments()

        func path(_ entry: Entry) -> [UInt8] {
            compared.path.appending(component: entry.name.bytes)
        }
    }

    /// Restores an entry: a directory as the target itself, anything else into it.
    /// - Parameters:
    ///   - target: `nil` when it does not exist, and nothing is to be written.
    ///   - status: of the target, if it was there before.
    func restore(_ entry: Entry, to target: FileHandle?, _ status: FileStatus?) throws {
        let existing = survey.isFresh ? nil : target
        let isWriting = pipeline != nil
        if isWriting, let target { linker = LinkRestorer(target, links, planner, context) }
        if case .directory(let listing) = entry.kind {
            if !survey.isChanged([]) {
                context.results.add { $0.directories += 1 }
                return
            }
            let pending = target.flatMap { target in
                isWriting
                    ? PendingDirectory(
                        target: target, rootMetadata(entry, status), context, status: status)
                    : nil
            }
            try walk(ComparedDirectory(path: [], listing: listing, existing: existing), pending)
            pending?.release()
        } else {
            let pending = target.flatMap { target in
                isWriting ? PendingDirectory(target: target, nil, context) : nil
            }
            let compared = ComparedDirectory(path: [], listing: .empty, existing: existing)
            var folder = Folder(compared: compared, pending: pending)
            let local = try existing.flatMap { try comparer.look(at: entry.name.bytes, in: $0) }
            try restore(entry, local, in: &folder)
            try addRun(of: &folder)
            pending?.release()
        }
        try planner.addPlan()
        try makeLinks()
    }

    /// Makes the further names of files, once everything that was planned is in its place.
    private func makeLinks() throws {
        guard let pipeline, let linker, linker.hasJobs else { return }
        repeat { try pipeline.drain() } while try linker.run(orElse: makeFile)
    }

    /// Makes a file of its own where a link was wanted.
    private func makeFile(_ job: LinkRestorer.Job) throws {
        guard case .file(let content) = job.entry.kind, content != .empty else {
            let node = NodeJob(
                entry: job.entry, placement: job.placement, ordinal: job.ordinal)
            try pipeline?.add([node], in: job.folder)
            return
        }
        let file = PendingFile(
            job.entry, sizeInBytes: content.sizeInBytes, in: job.folder, context, job.placement,
            ordinal: job.ordinal)
        try planner.plan(content, for: file, makesHoles: file.makesHoles)
        try planner.addPlan()
    }

    /// Removes what the snapshot does not have, when no local file is needed and no thread writes
    /// any more.
    func removeExtras() throws {
        for extra in extras {
            do {
                try remove(extra)
            } catch let error as SystemCallError {
                // Somebody has moved the folder away.
                try context.results.fail(context.messagePath(extra.path), error)
            }
            extra.folder.release()
        }
        extras = []
    }

    private func remove(_ extra: Extras) throws {
        let folder = try extra.folder.open()
        for (name, local) in extra.names {
            let path = extra.path.appending(component: name)
            let policy = TemporaryName.matches(name) ? .everything : context.settings.deletion
            if policy == .nothing { continue }
            if try remover.remove(name, in: folder, path: path, local, policy) {
                extra.folder.touch()
            }
        }
    }

    /// What the target itself gets at its end.
    private func rootMetadata(_ entry: Entry, _ status: FileStatus?) -> FileMetadata {
        guard let status, !survey.isFresh else { return FileMetadata(entry, context.owners) }
        return metadata(for: entry, LocalEntry(status: status, memory: .none))
    }

    private func walk(_ compared: ComparedDirectory, _ pending: PendingDirectory?) throws {
        try context.settings.cancellation.check()
        context.results.add { $0.directories += 1 }
        var folder = Folder(compared: compared, pending: pending)
        var extra: [(name: [UInt8], local: LocalEntry)] = []
        do {
            try comparer.compare(compared) { entry, local in
                do {
                    if case .directory(let listing) = entry.kind {
                        try restoreDirectory(entry, listing, local, in: &folder)
                    } else {
                        try restore(entry, local, in: &folder)
                    }
                } catch let error as SystemCallError {
                    // One entry that cannot be dealt with costs no other one.
                    try context.results.fail(context.messagePath(folder.path(entry)), error)
                }
            } extra: { name, local in
                extra.append((name, local))
            }
            context.record?.finish(
                &folder.segments, path: compared.path, content: compared.listing)
        } catch let error as RepositoryError where error.code == .damaged {
            context.results.damage(context.messagePath(compared.path), "\(error)")
        } catch let error as SystemCallError {
            try context.results.fail(context.messagePath(compared.path), error)
        }
        try addRun(of: &folder)
        try add(extra, of: folder)
    }

    private func add(
        _ extra: [(name: [UInt8], local: LocalEntry)], of folder: Folder
    ) throws {
        let unwanted = extra.filter { name, _ in
            context.settings.deletion != .nothing || TemporaryName.matches(name)
        }
        if unwanted.isEmpty { return }
        if let pending = folder.pending {
            pending.retain()
            extras.append(Extras(folder: pending, path: folder.compared.path, names: unwanted))
        } else if let existing = folder.compared.existing {
            for (name, local) in unwanted where !TemporaryName.matches(name) {
                let path = folder.compared.path.appending(component: name)
                try remover.remove(name, in: existing, path: path, local, context.settings.deletion)
            }
        }
    }

    private func noteUnknownKeys(of entry: Entry, _ path: [UInt8]) {
        guard entry.hasUnknownKeys else { return }
        context.results.note(
            .newerMetadata, "this version of varve does not know it", context.messagePath(path))
    }

    private func addRun(of folder: inout Folder) throws {
        if folder.run.isEmpty { return }
        if let pending = folder.pending { try pipeline?.add(folder.run, in: pending) }
        folder.run.removeAll(keepingCapacity: true)
    }
}

// MARK: - Directories

extension TreeWalker {
    private func restoreDirectory(
        _ entry: Entry, _ listing: Content, _ local: LocalEntry?, in folder: inout Folder
    ) throws {
        let path = folder.path(entry)
        _ = context.record?.add(entry, to: &folder.segments)
        var status = local?.status
        if let local, local.status.kind != .directory {
            guard try makeRoom(for: entry, local, in: folder) else { return }
            status = nil
        }
        if status != nil, !survey.isChanged(path) { return }
        do {
            try prepareDirectory(entry, local, status, in: folder)
            let existing = try status.flatMap { _ in
                try folder.compared.existing?.openDirectory(name: entry.name.bytes)
            }
            noteUnknownKeys(of: entry, path)
            let pending = folder.pending.map { parent in
                PendingDirectory(
                    entry.name.bytes, in: parent, metadata(for: entry, local), context,
                    status: status)
            }
            try walk(ComparedDirectory(path: path, listing: listing, existing: existing), pending)
            pending?.release()
        } catch let error as SystemCallError {
            if error.isTaken, let directory = try folder.pending?.open(),
                try directory.foldsName(entry.name.bytes)
            {
                return context.results.note(
                    .collision, FoldedName.reason, context.messagePath(path))
            }
            try context.results.fail(context.messagePath(path), error)
        }
    }

    /// What a directory gets at its end.
    private func metadata(for entry: Entry, _ local: LocalEntry?) -> FileMetadata {
        guard let local, local.status.kind == .directory, !decider.rule.mayAdjust(entry, local)
        else { return FileMetadata(entry, context.owners) }
        return FileMetadata(local.status.metadata, attributes: nil, flags: nil)
    }

    /// Makes a directory, or sees to it that one that is there can be written to.
    private func prepareDirectory(
        _ entry: Entry, _ local: LocalEntry?, _ status: FileStatus?, in folder: Folder
    ) throws(SystemCallError) {
        guard let parent = folder.pending else { return }
        let name = entry.name.bytes
        guard let status else {
            try parent.open().makeDirectory(name: name, mode: 0o700)
            parent.touch()
            return
        }
        // At its end the directory gets the flags and the mode back that it should have.
        if metadata(for: entry, local).flags != nil {
            try context.flags?.unlock(name, in: parent.open())
        }
        try TreeRemover.unlock(name, in: parent.open(), status)
    }

    /// Takes something away that stands where a directory is wanted, or a directory that stands
    /// where something else is.
    /// - Returns: `false` when it stays.
    private func makeRoom(
        for entry: Entry, _ local: LocalEntry, in folder: Folder
    ) throws -> Bool {
        let path = folder.path(entry)
        switch decider.decide(entry, local, path: path) {
        case .leave:
            context.results.noteLeft(context.messagePath(path))
            return false
        case .make, .keep: return true
        case .replace(let isConflict):
            let name = entry.name.bytes
            guard let pending = folder.pending else {
                try roomMaker.plan(
                    name, local, in: folder.compared.existing, path, isConflict: isConflict)
                return true
            }
            pending.touch()
            return try roomMaker.makeRoom(
                name, local, in: pending.open(), path, isConflict: isConflict)
        }
    }
}

// MARK: - Everything else

extension TreeWalker {
    /// Restores an entry that is no directory, at once or with the next segment.
    private func restore(
        _ entry: Entry, _ local: LocalEntry?, in folder: inout Folder
    ) throws {
        let path = folder.path(entry)
        let decision = decider.decide(entry, local, path: path, links) {
            context.hasOther(entry, than: local, in: folder.compared.existing)
        }
        switch decision {
        case .keep(let needsMetadata):
            try keep(entry, local, needsMetadata: needsMetadata, in: &folder)
        case .leave:
            _ = context.record?.add(entry, to: &folder.segments)
            context.results.noteLeft(context.messagePath(path))
        case .make: try make(entry, Placement(), in: &folder)
        case .replace(let isConflict):
            guard let local else { preconditionFailure("nothing to be replaced") }
            if local.status.kind == .directory {
                guard try makeRoomForEntry(entry, local, in: &folder) else { return }
                return try make(entry, Placement(), in: &folder)
            }
            if isConflict, pipeline == nil { roomMaker.noteConflict(context.messagePath(path)) }
            try make(
                entry, Placement(expected: local.status, isConflict: isConflict), in: &folder)
        }
    }

    /// Takes a directory away; one that stays is remembered as unlike the snapshot's entry.
    private func makeRoomForEntry(
        _ entry: Entry, _ local: LocalEntry, in folder: inout Folder
    ) throws -> Bool {
        do {
            if try makeRoom(for: entry, local, in: folder) { return true }
        } catch let error as SystemCallError {
            try context.results.fail(context.messagePath(folder.path(entry)), error)
        }
        _ = context.record?.add(entry, to: &folder.segments)
        return false
    }

    private func keep(
        _ entry: Entry, _ local: LocalEntry?, needsMetadata: Bool, in folder: inout Folder
    ) throws {
        guard let local else { preconditionFailure("nothing to be kept") }
        let path = folder.path(entry)
        context.results.add { $0.unchanged += needsMetadata || survey.isFresh ? 1 : 0 }
        let isTrusted = local.memory.isUnchanged || survey.isProven(local.status, path)
        guard needsMetadata, let pending = folder.pending else {
            context.record?.add(
                entry, local.status, isTrusted: isTrusted,
                knowsAttributes: local.attributes == entry.extendedAttributes
                    && local.flags == entry.flags,
                to: &folder.segments)
            return
        }
        let ordinal = context.record?.add(entry, to: &folder.segments)
        do throws(SystemCallError) {
            let directory = try pending.open()
            guard try adjustMetadata(entry, local.status, in: directory, context) else {
                return context.results.noteConflict(context.messagePath(path), .kept)
            }
            if let ordinal {
                let status = try directory.status(of: entry.name.bytes)
                context.record?.note(ordinal, status, isTrusted: isTrusted)
            }
        } catch {
            try context.results.fail(context.messagePath(path), error)
        }
    }

    private func make(_ entry: Entry, _ placement: Placement, in folder: inout Folder) throws {
        noteUnknownKeys(of: entry, folder.path(entry))
        if !survey.isFresh { links.noteMade(entry, path: folder.path(entry)) }
        let ordinal = context.record?.add(entry, to: &folder.segments)
        if let group = entry.hardLink, let linker, let pending = folder.pending {
            linker.add(
                LinkRestorer.Job(
                    entry: entry, group: group, placement: placement, ordinal: ordinal,
                    folder: pending, path: folder.path(entry)))
            if linker.isFull {
                try planner.addPlan()
                try makeLinks()
            }
            return
        }
        if case .file(let content) = entry.kind, content != .empty {
            try plan(entry, content, placement, ordinal, in: folder)
            return
        }
        if folder.pending == nil {
            let isFile = entry.kind == .file(.empty)
            context.results.add { counts in
                counts.files += isFile ? 1 : 0
                counts.others += isFile ? 0 : 1
            }
        }
        folder.run.append(NodeJob(entry: entry, placement: placement, ordinal: ordinal))
        if folder.run.count == Self.entriesPerRun { try addRun(of: &folder) }
    }

    private func plan(
        _ entry: Entry, _ content: Content, _ placement: Placement, _ ordinal: Int?,
        in folder: Folder
    ) throws {
        guard let pending = folder.pending else {
            context.results.add { counts in
                counts.files += 1
                counts.bytes = counts.bytes &+ content.sizeInBytes
            }
            return try planner.plan(
                content, for: nil, begun: begunFile(entry, content, in: folder),
                makesHoles: entry.hasHoles || context.settings.makesHoles)
        }
        let begun = begunFile(entry, content, in: folder)
        let file = PendingFile(
            entry, sizeInBytes: content.sizeInBytes, in: pending, context, placement,
            ordinal: ordinal, begun: begun)
        try planner.plan(content, for: file, begun: begun, makesHoles: file.makesHoles)
    }

    /// A large file that an earlier run has not completed.
    private func begunFile(
        _ entry: Entry, _ content: Content, in folder: Folder
    ) -> PendingFile.Begun? {
        guard let existing = folder.compared.existing,
            content.sizeInBytes >= PendingFile.resumedSizeInBytes
        else { return nil }
        return PendingFile.openBegun(entry.name.bytes, in: existing)
    }
}
