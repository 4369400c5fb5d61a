import FileHandles
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Makes entries that need no data: empty files, links, pipes, devices.
struct NodeRestorer {
    private let context: RestoreContext
    private var results: RestoreResults { context.results }

    init(_ context: RestoreContext) { self.context = context }

    /// Makes an entry.
    /// - Throws: what makes going on useless: a full disk.
    func restore(_ entry: Entry, in directory: PendingDirectory) throws {
        do {
            if case .file = entry.kind {
                // Without any place to be written, the file is complete at once.
                try PendingFile(entry, sizeInBytes: 0, in: directory, context).endPlanning()
            } else {
                try restoreNode(entry, in: directory.open())
            }
        } catch let error as SystemCallError {
            try results.fail(directory.path.appending(component: entry.name.bytes), error)
        }
    }

    private func restoreNode(_ entry: Entry, in directory: FileHandle) throws {
        let path = directory.path.appending(component: entry.name.bytes)
        switch entry.kind {
        case .symlink(let target):
            try directory.makeSymlink(name: entry.name.bytes, target: target)
            try setMetadata(entry, in: directory, path, isLink: true)
        case .fifo: try makeNode(entry, S_IFIFO, nil, in: directory, path)
        case .characterDevice(let number):
            try makeNode(entry, S_IFCHR, number, in: directory, path)
        case .blockDevice(let number):
            try makeNode(entry, S_IFBLK, number, in: directory, path)
        case .socket: results.fail(path, "a socket is made by its server, not restored")
        case .file, .directory: preconditionFailure("made elsewhere")
        }
    }

    private func makeNode(
        _ entry: Entry, _ type: mode_t, _ number: DeviceNumber?, in directory: FileHandle,
        _ path: [UInt8]
    ) throws {
        try directory.makeNode(
            name: entry.name.bytes, mode: type | 0o600, major: number?.major ?? 0,
            minor: number?.minor ?? 0)
        try setMetadata(entry, in: directory, path, isLink: false)
    }

    /// Sets the metadata of an entry that is not opened: a link, a pipe, a device.
    private func setMetadata(
        _ entry: Entry, in directory: FileHandle, _ path: [UInt8], isLink: Bool
    ) throws {
        let (name, metadata) = (entry.name.bytes, entry.metadata)
        if needsOwner(metadata) {
            do {
                try directory.setOwner(
                    of: name, userID: metadata.userID, groupID: metadata.groupID)
            } catch {
                results.fail(path, "owner: \(error.reason)")
            }
        }
        if !isLink { try directory.setPermissions(of: name, metadata.mode) }
        try directory.setModified(of: name, FileStatus.Time(metadata.modified))
        results.add { $0.others += 1 }
    }
}
