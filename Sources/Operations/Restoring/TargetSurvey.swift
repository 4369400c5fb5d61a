// Looks at the whole target before anything is changed there: which folders have something to do,
// and which local files may hold chunks that are wanted. So folders that are as they should be are
// walked through once, and a renamed file is known before the place is planned that wants it.

import ChunkStorage
import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// What stands at a target.
struct TargetSurvey {
    /// A file at the target.
    struct LocalFile {
        /// Within the target.
        let path: [UInt8]
        let sizeInBytes: UInt64
        let memory: LocalEntry.Memory
    }

    /// Whether nothing stood there at all.
    var isFresh = false
    /// Folders with something to do in them or below them.
    var changedFolders: Set<[UInt8]> = []
    /// Files that were read and have the content that is remembered, with what they looked like
    /// before: they give way.
    var provenFiles: [[UInt8]: FileStatus] = [:]
    /// Files that were read and have the snapshot's content, with what they looked like before.
    var sameFiles: [[UInt8]: FileStatus] = [:]
    /// Those whose last change was so long before that a later one shows.
    var settledFiles: Set<[UInt8]> = []
    /// Folders that could not be looked at to their end: nothing is known of what is in them.
    var unknownFolders: Set<[UInt8]> = []
    /// The sizes of the wanted files together, those in missing folders aside.
    var wantedBytes: UInt64 = 0
    /// The sizes of those files.
    var wantedSizes: Set<UInt64> = []
    /// Listings of folders that are missing at the target.
    var missingFolders: [Content] = []
    /// Files in whose places other content is wanted.
    var replacedFiles: [LocalFile] = []
    /// Files that the snapshot does not have.
    var extraFiles: [LocalFile] = []
    /// Folders that the snapshot does not have, by their paths; not looked into.
    var extraFolders: [[UInt8]] = []

    /// Whether there is, or may be, something to do in a folder or below it.
    func isChanged(_ path: [UInt8]) -> Bool {
        if isFresh || changedFolders.contains(path) { return true }
        if unknownFolders.isEmpty { return false }
        return unknownFolders.contains([])
            || path.indices.contains { position in
                path[position] == UInt8(ascii: "/")
                    && unknownFolders.contains(Array(path[..<position]))
            }
    }

    /// Whether a file was read, has the snapshot's content, and will show it when it is changed.
    func isProven(_ status: FileStatus, _ path: [UInt8]) -> Bool {
        guard let seen = sameFiles[path], settledFiles.contains(path) else { return false }
        return seen.isSameFile(as: status)
    }

    /// Whether content of files is wanted.
    var wantsContent: Bool { isFresh || wantedBytes > 0 || !missingFolders.isEmpty }
}

/// Makes surveys, on the calling thread.
final class TargetSurveyor {
    private let comparer: TreeComparer
    private let planner: FilePlanner
    private let context: RestoreContext
    private let decider: EntryDecider
    private let target: FileHandle
    private let links: TargetLinks
    private var survey = TargetSurvey()

    /// - Parameter planner: compares contents; nothing is planned.
    init(
        _ comparer: TreeComparer, _ planner: FilePlanner, _ context: RestoreContext,
        _ target: FileHandle, _ links: TargetLinks
    ) {
        self.links = links
        self.comparer = comparer
        self.planner = planner
        self.context = context
        self.target = target
        decider = EntryDecider(rule: context.rule)
    }

    /// Surveys a target that is to become equal to a directory.
    func survey(_ listing: Content, _ wanted: FileMetadata) throws -> TargetSurvey {
        let folder = ComparedDirectory(path: [], listing: listing, existing: target)
        _ = try walk(folder)
        if context.owners.needsMetadata(wanted.metadata, try target.status())
            || context.hasOther(wanted, than: target)
        {
            survey.changedFolders.insert([])
        }
        return survey
    }

    /// Surveys the place of one entry that is no directory.
    func survey(_ entry: Entry) throws -> TargetSurvey {
        survey.changedFolders.insert([])
        let local = try comparer.look(at: entry.name.bytes, in: target)
        let folder = ComparedDirectory(path: [], listing: .empty, existing: target)
        _ = try look(entry, local, in: folder)
        return survey
    }

    /// What a look at an entry has shown.
    private struct Finding {
        var isClean: Bool
        /// Whether the record has the same of it.
        var isRecorded = false
        /// Whether the content is known to be the snapshot's, and not only by size and time.
        var isTrusted = false
        /// Whether the extended attributes are known to be the snapshot's.
        var knowsAttributes = false
    }

    /// - Returns: whether nothing is to be done in the folder and below it.
    private func walk(_ folder: ComparedDirectory) throws -> Bool {
        try context.settings.cancellation.check()
        let recorded = comparer.recorded(folder)
        var isClean = true
        var isRecorded = recorded != nil
        /// How many entries, all from the start, are as the record has them.
        var recordedCount = 0
        var segments = StatCacheWriter.Segments()
        do {
            try comparer.compare(folder) { entry, local in
                let finding = try look(entry, local, in: folder)
                isClean = isClean && finding.isClean
                if isRecorded, let recorded {
                    isRecorded = finding.isRecorded
                    recordedCount += isRecorded ? 1 : 0
                    if !isRecorded {
                        context.record?.add(first: recordedCount, of: recorded, to: &segments)
                    }
                }
                if isClean, !isRecorded, let local {
                    context.record?.add(
                        entry, local.status, isTrusted: finding.isTrusted,
                        knowsAttributes: finding.knowsAttributes, to: &segments)
                }
            } extra: { name, local in
                if addExtra(name, local, in: folder) { isClean = false }
            }
        } catch is RepositoryError {
            // Whoever restores the folder tells what is wrong with its listing.
            isClean = false
            survey.unknownFolders.insert(folder.path)
        } catch is SystemCallError {
            isClean = false
            survey.unknownFolders.insert(folder.path)
        }
        if !isClean {
            survey.changedFolders.insert(folder.path)
        } else if let recorded, isRecorded {
            context.record?.keep(recorded)
        } else {
            context.record?.finish(&segments, path: folder.path, content: folder.listing)
        }
        return isClean
    }

    private func look(
        _ entry: Entry, _ local: LocalEntry?, in folder: ComparedDirectory
    ) throws -> Finding {
        let path = folder.path.appending(component: entry.name.bytes)
        if case .directory(let listing) = entry.kind {
            return try lookAtFolder(entry, listing, local, in: folder, path)
        }
        if let local, decider.rule.likeness(entry, local) == .unsure {
            let rule = TrustRule(start: Machine.now())
            if try has(entry.kind.content, entry.name.bytes, in: folder) {
                survey.sameFiles[path] = local.status
                let kind = folder.existing?.fileSystemKind ?? .unknown
                if rule.isSettled(local.status, on: kind) { survey.settledFiles.insert(path) }
            }
        }
        var decider = decider
        decider.sameFiles = survey.sameFiles[path].map { [path: $0] } ?? [:]
        let decision = decider.decide(entry, local, path: path, links) {
            context.hasOther(entry, than: local, in: folder.existing)
        }
        switch decision {
        case .keep(let needsMetadata):
            if !needsMetadata { context.results.add { $0.unchanged += 1 } }
            guard let local else { return Finding(isClean: false) }
            let isRemembered = local.memory.isUnchanged
            return Finding(
                isClean: !needsMetadata, isRecorded: isRemembered && local.attributes != nil,
                isTrusted: isRemembered || survey.settledFiles.contains(path),
                knowsAttributes: decider.rule.mayAdjust(entry, local)
                    && context.attributes != nil && context.flags?.canHave(entry.flags) == true)
        case .leave:
            return Finding(isClean: false)
        case .make, .replace:
            want(entry)
            links.noteMade(entry, path: path)
            if let local {
                addFile(
                    try prove(local, entry.name.bytes, in: folder, path), path,
                    to: &survey.replacedFiles)
            }
            return Finding(isClean: false)
        }
    }

    private func lookAtFolder(
        _ entry: Entry, _ listing: Content, _ local: LocalEntry?, in folder: ComparedDirectory,
        _ path: [UInt8]
    ) throws -> Finding {
        guard let local, local.status.kind == .directory, let parent = folder.existing else {
            survey.missingFolders.append(listing)
            if let local { addFile(local, path, to: &survey.replacedFiles) }
            return Finding(isClean: false)
        }
        let existing: FileHandle
        do {
            existing = try parent.openDirectory(name: entry.name.bytes)
        } catch {
            // Whoever restores the folder tells why it cannot be opened.
            survey.changedFolders.insert(path)
            survey.unknownFolders.insert(path)
            return Finding(isClean: false)
        }
        let isClean = try walk(ComparedDirectory(path: path, listing: listing, existing: existing))
        let needsMetadata =
            decider.rule.mayAdjust(entry, local)
            && (decider.rule.needsMetadata(entry, local.status)
                || context.hasOther(FileMetadata(entry, context.owners), than: existing))
        if needsMetadata { survey.changedFolders.insert(path) }
        if isClean, !needsMetadata { context.results.add { $0.directories += 1 } }
        return Finding(isClean: isClean && !needsMetadata, isRecorded: true)
    }

    private func want(_ entry: Entry) {
        guard case .file(let content) = entry.kind, content.sizeInBytes > 0 else { return }
        // A hostile listing may name any sizes.
        survey.wantedBytes = survey.wantedBytes &+ content.sizeInBytes
        survey.wantedSizes.insert(content.sizeInBytes)
    }

    /// Whether a file has some content.
    private func has(
        _ content: Content?, _ name: [UInt8], in folder: ComparedDirectory
    ) throws -> Bool {
        guard let content, let directory = folder.existing else { return false }
        do {
            return try planner.has(content, in: directory.openFile(below: name))
        } catch is SystemCallError {
            // It cannot be read, so nothing is known of it.
            return false
        }
    }

    /// Finds out whether a file whose change time alone is another one is as it is remembered.
    private func prove(
        _ local: LocalEntry, _ name: [UInt8], in folder: ComparedDirectory, _ path: [UInt8]
    ) throws -> LocalEntry {
        if local.memory.isUnchanged, local.status.linkCount > 1 {
            // This run may move its change time on by what it does to another name of it.
            survey.provenFiles[path] = local.status
        }
        guard case .touched(let kind) = local.memory, case .file(let content) = kind,
            try has(content, name, in: folder)
        else { return local }
        survey.provenFiles[path] = local.status
        return LocalEntry(status: local.status, memory: .unchanged(kind))
    }

    /// Notes something that the snapshot does not have.
    /// - Returns: whether there is something to do about it.
    private func addExtra(
        _ name: [UInt8], _ local: LocalEntry, in folder: ComparedDirectory
    ) -> Bool {
        if TemporaryName.matches(name) { return true }
        if ConflictName.matches(name) { return false }
        let path = folder.path.appending(component: name)
        let isFolder = local.status.kind == .directory
        if isFolder {
            survey.extraFolders.append(path)
        } else {
            addFile(local, path, to: &survey.extraFiles)
        }
        switch context.settings.deletion {
        case .nothing: return false
        case .everything: return true
        case .unchanged:
            return isFolder ? comparer.isRemembered(path) : local.memory.isUnchanged
        }
    }

    private func addFile(
        _ local: LocalEntry, _ path: [UInt8], to files: inout [TargetSurvey.LocalFile]
    ) {
        guard local.status.kind == .file, local.status.sizeInBytes > 0 else { return }
        files.append(
            TargetSurvey.LocalFile(
                path: path, sizeInBytes: local.status.sizeInBytes, memory: local.memory))
    }
}
