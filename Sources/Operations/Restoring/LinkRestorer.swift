// Makes further names of files. The first name of a group may still be on its way, or turn out to
// be something else: a file that was changed here and is kept, or one that is damaged. So links are
// made when everything that was planned is in its place, and what cannot be linked becomes a file
// of its own, which stands for its group from then on.

import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Makes hard links, on the calling thread.
final class LinkRestorer {
    /// A name that is wanted.
    struct Job {
        let entry: Entry
        /// The group: the path of the first name within the snapshot.
        let group: TreePath
        let placement: Placement
        /// The number of the entry in the record.
        let ordinal: Int?
        let folder: PendingDirectory
        /// Within the target.
        let path: [UInt8]
    }

    /// So many jobs are gathered before they are carried out.
    static let jobsAtOnce = 32 * 1024

    private let target: FileHandle
    private let links: TargetLinks
    private let planner: FilePlanner
    private let context: RestoreContext
    private var jobs: [Job] = []
    /// Where the file is that stands for a group, within the target, when it is not the first name.
    private var substitutes: [[UInt8]: [UInt8]] = [:]
    /// The files that were found to have the content of their groups.
    private var verified: [[UInt8]: UInt64] = [:]

    init(
        _ target: FileHandle, _ links: TargetLinks, _ planner: FilePlanner,
        _ context: RestoreContext
    ) {
        self.target = target
        self.links = links
        self.planner = planner
        self.context = context
    }

    /// Whether there are any jobs.
    var hasJobs: Bool { !jobs.isEmpty }

    /// Whether there are so many jobs that they should be carried out.
    var isFull: Bool { jobs.count >= Self.jobsAtOnce }

    /// Notes a name that is wanted.
    func add(_ job: Job) {
        job.folder.retain()
        jobs.append(job)
    }

    /// Makes the names; everything that was planned must be in its place.
    /// - Parameter restore: plans an entry as a file of its own.
    /// - Returns: whether there is something left that waits for such files.
    func run(orElse restore: (Job) throws -> Void) throws -> Bool {
        var waiting: [Job] = []
        var planned: Set<[UInt8]> = []
        for job in jobs {
            try context.settings.cancellation.check()
            if planned.contains(job.group.bytes) {
                waiting.append(job)
                continue
            }
            if try !makeLink(job) {
                substitutes[job.group.bytes] = job.path
                verified[job.group.bytes] = nil
                planned.insert(job.group.bytes)
                try restore(job)
            }
            job.folder.release()
        }
        jobs = waiting
        return !jobs.isEmpty
    }

    /// - Returns: `false` when the file of the group is not there, or is another one.
    private func makeLink(_ job: Job) throws -> Bool {
        guard let path = substitutes[job.group.bytes] ?? links.path(of: job.group),
            path != job.path
        else { return false }
        let name = AbsolutePath.lastComponent(path)
        do {
            let folder = try target.openDirectory(below: Array(path.dropLast(name.count)))
            guard let status = try folder.statusIfPresent(of: name),
                try isVerified(job, name, in: folder, status)
            else { return false }
            try place(job, name, in: folder, status)
            return true
        } catch let error as SystemCallError {
            // Nothing is where the first name should be.
            if error.isNoEntry { return false }
            let path = context.messagePath(job.path)
            if error.isNoSpace { try context.results.fail(path, error) }
            // Where links cannot be made, a copy is better than nothing.
            context.results.note(.hardLink, error.reason, path)
            return false
        }
    }

    private func isVerified(
        _ job: Job, _ name: [UInt8], in folder: FileHandle, _ status: FileStatus
    ) throws -> Bool {
        if let inode = verified[job.group.bytes] { return inode == status.inode }
        let rule = OverwriteRule(policy: .always)
        let target = status.kind == .symlink ? try folder.linkTarget(of: name) : []
        let local = LocalEntry(status: status, memory: .none, linkTarget: target)
        switch rule.likeness(job.entry, local) {
        case .same: break
        case .different: return false
        case .unsure:
            guard case .file(let content) = job.entry.kind,
                try planner.has(content, in: folder.openFile(below: name))
            else { return false }
        }
        verified[job.group.bytes] = status.inode
        return true
    }

    private func place(
        _ job: Job, _ name: [UInt8], in folder: FileHandle, _ status: FileStatus
    ) throws {
        let directory = try job.folder.open()
        let newName = job.entry.name.bytes
        job.folder.touch()
        guard try makeNameOfLocked(job, name, in: folder, directory, status) else { return }
        context.results.add { $0.others += 1 }
        guard let record = context.record else { return }
        // Whatever is done to one name of a file moves the change time of all of them on.
        let after = try directory.status(of: newName)
        record.noteLink(status, after)
        if let ordinal = job.ordinal { record.note(ordinal, after, isTrusted: true) }
    }

    /// Makes a name, also of a file that is locked and so takes no further one.
    private func makeNameOfLocked(
        _ job: Job, _ name: [UInt8], in folder: FileHandle, _ directory: FileHandle,
        _ status: FileStatus
    ) throws -> Bool {
        if job.entry.flags.isDisjoint(with: .locking) {
            return try makeName(job, name, in: folder, directory, status)
        }
        context.flags?.unlock(name, in: folder)
        let result = Result { try makeName(job, name, in: folder, directory, status) }
        lock(job, name, in: folder)
        return try result.get()
    }

    private func lock(_ job: Job, _ name: [UInt8], in folder: FileHandle) {
        do {
            let file = try folder.openFile(below: name)
            var lacks = EntryShortfalls()
            let wanted = FileMetadata(job.entry, context.owners)
            _ = setFlags(wanted, of: .open(file), isNew: false, &lacks, context)
            // It was locked before, so that it can be is certain but for a disk that fails.
            if !lacks.isEmpty { context.results.note(lacks, context.messagePath(job.path)) }
        } catch {
            context.results.note(.flags, "\(error)", context.messagePath(job.path))
        }
    }

    /// - Returns: `false` when something that was changed here keeps the name.
    private func makeName(
        _ job: Job, _ name: [UInt8], in folder: FileHandle, _ directory: FileHandle,
        _ status: FileStatus
    ) throws -> Bool {
        let newName = job.entry.name.bytes
        if job.placement.expected == nil, !job.placement.isConflict {
            do throws(SystemCallError) {
                try folder.makeLink(of: name, named: newName, in: directory)
                return true
            } catch {
                guard error.isTaken else { throw error }
            }
        }
        // Renaming one name of a file to another one of it does nothing.
        if try directory.statusIfPresent(of: newName)?.inode == status.inode { return true }
        let temporary = try makeTemporary(name, in: folder, for: newName, directory)
        return try job.placement.move(temporary, to: newName, in: directory, context)
    }

    private func makeTemporary(
        _ name: [UInt8], in folder: FileHandle, for newName: [UInt8], _ directory: FileHandle
    ) throws(SystemCallError) -> [UInt8] {
        var attempt = 0
        while true {
            let temporary = TemporaryName.make(for: newName, attempt: attempt)
            do throws(SystemCallError) {
                try folder.makeLink(of: name, named: temporary, in: directory)
                return temporary
            } catch {
                guard error.isTaken, attempt < PendingFile.attempts else { throw error }
                attempt += 1
            }
        }
    }
}
