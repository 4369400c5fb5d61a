import FileHandles
import SnapshotModel
import StatCaching

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An entry that needs no data, with what is known of its place.
struct NodeJob: Sendable {
    let entry: Entry
    var placement = Placement()
    /// The number of the entry in the record.
    var ordinal: Int?
}

/// Makes entries that need no data: empty files, links, pipes, devices.
struct NodeRestorer {
    private let context: RestoreContext
    private var results: RestoreResults { context.results }

    init(_ context: RestoreContext) { self.context = context }

    /// Makes an entry.
    /// - Throws: what makes going on useless: a full disk.
    func restore(_ job: NodeJob, in directory: PendingDirectory) throws {
        do {
            switch job.entry.kind {
            case .file:
                // Without any place to be written, the file is complete at once.
                let file = PendingFile(
                    job.entry, sizeInBytes: 0, in: directory, context, job.placement,
                    ordinal: job.ordinal)
                try file.endPlanning()
            case .socket:
                results.note(
                    .socket, "a socket is made by its server, not restored",
                    directory.path.appending(component: job.entry.name.bytes))
            default:
                directory.touch()
                try place(job, in: directory.open())
            }
        } catch let error as SystemCallError {
            let path = directory.path.appending(component: job.entry.name.bytes)
            if let kind = Self.shortfall(job.entry.kind, error) {
                return results.note(kind, error.reason, path)
            }
            try results.fail(path, error)
        }
    }

    /// What it is when an entry of a kind cannot be made where files can.
    private static func shortfall(
        _ kind: EntryKind, _ error: SystemCallError
    ) -> Shortfall.Kind? {
        guard error.isUnsupported || error.number == EPERM || error.number == EINVAL,
            ["mknod", "symlink"].contains(error.call)
        else { return nil }
        switch kind {
        // A number may be larger than any that the system has.
        case .characterDevice, .blockDevice: return .device
        case .fifo: return .fifo
        case .symlink: return error.number == EINVAL ? nil : .symlink
        case .file, .directory, .socket: return nil
        }
    }

    private func place(_ job: NodeJob, in directory: FileHandle) throws(SystemCallError) {
        let name = job.entry.name.bytes
        if job.placement.expected == nil, !job.placement.isConflict {
            do throws(SystemCallError) {
                try make(job.entry, named: name, in: directory)
                return try note(job, in: directory)
            } catch {
                guard error.isTaken else { throw error }
            }
        }
        let temporary = try makeTemporary(job.entry, in: directory)
        if try job.placement.move(temporary, to: name, in: directory, context) {
            try note(job, in: directory)
        }
    }

    /// Makes an entry under a temporary name that nothing has yet.
    /// - Returns: the name.
    private func makeTemporary(
        _ entry: Entry, in directory: FileHandle
    ) throws(SystemCallError) -> [UInt8] {
        var attempt = 0
        while true {
            let temporary = TemporaryName.make(for: entry.name.bytes, attempt: attempt)
            do throws(SystemCallError) {
                try make(entry, named: temporary, in: directory)
                return temporary
            } catch {
                guard error.isTaken, attempt < PendingFile.attempts else { throw error }
                attempt += 1
            }
        }
    }

    private func note(_ job: NodeJob, in directory: FileHandle) throws(SystemCallError) {
        results.add { $0.others += 1 }
        guard let ordinal = job.ordinal, let record = context.record else { return }
        record.note(ordinal, try directory.status(of: job.entry.name.bytes), isTrusted: true)
    }

    private func make(
        _ entry: Entry, named name: [UInt8], in directory: FileHandle
    ) throws(SystemCallError) {
        let path = directory.path.appending(component: entry.name.bytes)
        switch entry.kind {
        case .symlink(let target): try directory.makeSymlink(name: name, target: target)
        case .fifo: try directory.makeNode(name: name, mode: S_IFIFO | 0o600)
        case .characterDevice(let number):
            try directory.makeNode(
                name: name, mode: S_IFCHR | 0o600, major: number.major, minor: number.minor)
        case .blockDevice(let number):
            try directory.makeNode(
                name: name, mode: S_IFBLK | 0o600, major: number.major, minor: number.minor)
        case .file, .directory, .socket: preconditionFailure("made elsewhere")
        }
        setMetadata(
            FileMetadata(entry, context.owners),
            of: .entry(name, in: directory, isLink: entry.kind.isLink), isNew: true, path, context)
    }
}
