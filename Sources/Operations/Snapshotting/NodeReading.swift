import FileHandles
import FileTree
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Something that is neither a file nor a directory, with a status that belongs to it.
struct NodeReading: Sendable {
    /// How often it is looked at again when something else takes its place meanwhile.
    private static let attempts = 3

    let kind: EntryKind
    let status: FileStatus

    /// Reads an entry of a directory.
    /// - Parameters:
    ///   - status: as it was seen; when something else has come in its place, that counts.
    ///   - detail: what the status tells.
    /// - Returns: `nil` for what is a file or a directory, or becomes one meanwhile.
    init?(
        of name: [UInt8], in directory: FileHandle, _ status: FileStatus,
        _ detail: FileStatus.Detail
    ) throws(SystemCallError) {
        var status = status
        for _ in 0..<Self.attempts {
            switch status.kind {
            case .file, .directory: return nil
            case .fifo: kind = .fifo
            case .socket: kind = .socket
            case .characterDevice: kind = .characterDevice(status.deviceNumber)
            case .blockDevice: kind = .blockDevice(status.deviceNumber)
            case .symlink:
                let target = try Self.target(of: name, in: directory)
                let after = try directory.status(of: name, detail)
                guard let target, after == status else {
                    status = after
                    continue
                }
                kind = .symlink(target: target)
            }
            self.status = status
            return
        }
        throw SystemCallError(
            number: EAGAIN, call: "readlink", path: directory.path.appending(component: name))
    }

    /// - Returns: `nil` when it is no link any more.
    private static func target(
        of name: [UInt8], in directory: FileHandle
    ) throws(SystemCallError) -> [UInt8]? {
        do {
            return try directory.linkTarget(of: name)
        } catch {
            if error.number == EINVAL { return nil }
            throw error
        }
    }
}
