import ChunkStorage
import FileHandles
import FileTree
import RepositoryAccess
import SnapshotModel
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes entries of directories, for one thread.
///
/// A file is written under a temporary name and renamed when it is complete, so that whoever looks
/// sees it whole or not at all.
final class FileRestorer {
    /// Writes are gathered to this size: chunks are small.
    private static let bufferInBytes = 256 * 1024
    private static let temporaryPrefix = Array(".varve-restore-".utf8)

    private let loader: ChunkLoader
    private let settings: RestoreSettings
    private let results: RestoreResults
    private let number: Int
    private var counter = 0
    private var buffer: [UInt8] = []

    /// - Parameter number: tells this restorer's temporary names from the others'.
    init(
        _ loader: ChunkLoader, _ settings: RestoreSettings, _ results: RestoreResults, number: Int
    ) {
        self.loader = loader
        self.settings = settings
        self.results = results
        self.number = number
        buffer.reserveCapacity(Self.bufferInBytes)
    }

    /// Writes one entry that is no directory.
    /// - Throws: what makes going on useless: a full disk, a store that cannot be reached.
    func restore(_ entry: Entry, in directory: FileHandle) throws {
        let path = directory.path.appending(component: entry.name.bytes)
        do {
            switch entry.kind {
            case .file(let content): try restoreFile(entry, content, in: directory, path)
            case .symlink(let target):
                try directory.makeSymlink(name: entry.name.bytes, target: target)
                try restoreNode(entry, in: directory, path, isLink: true)
            case .fifo: try makeNode(entry, S_IFIFO, nil, in: directory, path)
            case .characterDevice(let number):
                try makeNode(entry, S_IFCHR, number, in: directory, path)
            case .blockDevice(let number):
                try makeNode(entry, S_IFBLK, number, in: directory, path)
            case .socket: results.fail(path, "a socket is made by its server, not restored")
            case .directory: preconditionFailure("directories are walked into")
            }
        } catch let error as SystemCallError {
            try results.fail(path, error)
        } catch let error as RepositoryError {
            results.damage(path, "\(error)")
        }
        if entry.hasUnknownKeys {
            results.fail(path, "has metadata that this version of varve cannot restore")
        }
    }

    private func restoreFile(
        _ entry: Entry, _ content: Content, in directory: FileHandle, _ path: [UInt8]
    ) throws {
        counter += 1
        let temporary = Self.temporaryPrefix + Array("\(getpid())-\(number)-\(counter)".utf8)
        let file = try directory.open(
            name: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        do {
            try write(content, to: file)
            setMetadata(entry.metadata, of: file, path, results)
            try directory.rename(temporary, to: entry.name.bytes)
        } catch {
            // The first error is the one to report.
            try? directory.remove(name: temporary)
            throw error
        }
        results.add { counts in
            counts.files += 1
            counts.bytes += content.sizeInBytes
        }
    }

    private func write(_ content: Content, to file: FileHandle) throws {
        var offset: UInt64 = 0
        var hasHoleAtEnd = false
        buffer.removeAll(keepingCapacity: true)
        try loader.read(content) { bytes in
            try settings.cancellation.check()
            if settings.makesHoles, bytes.isAllZero {
                offset += try flush(to: file, at: offset) + UInt64(bytes.count)
                hasHoleAtEnd = true
                return
            }
            hasHoleAtEnd = false
            buffer.append(contentsOf: bytes)
            if buffer.count >= Self.bufferInBytes { offset += try flush(to: file, at: offset) }
        }
        offset += try flush(to: file, at: offset)
        if hasHoleAtEnd { try file.truncate(to: offset) }
    }

    private func flush(to file: FileHandle, at offset: UInt64) throws -> UInt64 {
        defer { buffer.removeAll(keepingCapacity: true) }
        try buffer.withUnsafeBytes { try file.write($0, at: offset) }
        return UInt64(buffer.count)
    }

    private func makeNode(
        _ entry: Entry, _ type: mode_t, _ number: DeviceNumber?, in directory: FileHandle,
        _ path: [UInt8]
    ) throws {
        try directory.makeNode(
            name: entry.name.bytes, mode: type | 0o600, major: number?.major ?? 0,
            minor: number?.minor ?? 0)
        try restoreNode(entry, in: directory, path, isLink: false)
    }

    /// Sets the metadata of an entry that is not opened: a link, a pipe, a device.
    private func restoreNode(
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

/// Sets owner, mode and time of an open file or directory; what fails is reported, not thrown.
func setMetadata(
    _ metadata: Metadata, of file: FileHandle, _ path: [UInt8], _ results: RestoreResults
) {
    var mode = metadata.mode
    if needsOwner(metadata) {
        do {
            try file.setOwner(userID: metadata.userID, groupID: metadata.groupID)
        } catch {
            results.fail(path, "owner: \(error.reason)")
            // With another owner, setuid and setgid would give away other rights than they did.
            mode &= 0o1777
        }
    }
    do {
        // After the owner, because changing the owner clears setuid and setgid.
        try file.setPermissions(mode)
        try file.setModified(FileStatus.Time(metadata.modified))
    } catch {
        results.fail(path, "\(error.call): \(error.reason)")
    }
}

/// New files belong to this process's user and group unless somebody else is wanted; a superuser
/// sets the owner always, because a setgid folder may have given another group.
private func needsOwner(_ metadata: Metadata) -> Bool {
    Machine.userID == 0 || metadata.userID != Machine.userID || metadata.groupID != Machine.groupID
}

extension FileStatus.Time {
    init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
