import FileHandles
import FileTree
import SnapshotModel

/// A path of the command line, looked at once before anything is written.
struct SnapshotSource: Sendable {
    /// The absolute path as the user gave it.
    let path: [UInt8]
    /// Its last component: the name in the snapshot.
    let name: [UInt8]
    /// The folder that has it, once a symbolic link that the user gave is followed.
    let folder: FileHandle
    /// The name in `folder`.
    let openName: [UInt8]
    let status: FileStatus

    /// Looks at a path. A symbolic link stands for what it points to, for the user has named it.
    /// - Throws: `SnapshotError` `.noSource`, `.unreadableSource`.
    init(_ path: [UInt8], _ detail: FileStatus.Detail = .usual) throws {
        do {
            let resolved = try FileHandle.resolve(path: path)
            let name = AbsolutePath.lastComponent(resolved)
            let folderPath = Array(resolved.dropLast(name.count + (name.isEmpty ? 0 : 1)))
            folder = try FileHandle.openDirectory(
                path: folderPath.isEmpty ? [UInt8(ascii: "/")] : folderPath)
            status = try FileStatus.of(path: resolved, followsLinks: false, detail)
            openName = name.isEmpty ? [UInt8(ascii: ".")] : name
        } catch {
            throw Self.error(error, path)
        }
        self.path = path
        name = AbsolutePath.lastComponent(path)
    }

    /// Opens a source that is a directory.
    /// - Throws: `SnapshotError` `.noSource`, `.unreadableSource`.
    func openDirectory() throws -> FileHandle {
        do {
            return try folder.openDirectory(name: openName)
        } catch {
            throw Self.error(error, path)
        }
    }

    private static func error(_ error: SystemCallError, _ path: [UInt8]) -> SnapshotError {
        SnapshotError(
            code: error.isNoEntry ? .noSource : .unreadableSource, path: path, cause: error.reason)
    }

    /// Looks at all paths.
    /// - Throws: `SnapshotError`, `.collision` too.
    static func all(
        _ paths: [[UInt8]], _ detail: FileStatus.Detail = .usual
    ) throws -> [SnapshotSource] {
        let sources = try paths.map { try SnapshotSource($0, detail) }
        if sources.count == 1 { return sources }
        var names: Set<[UInt8]> = []
        for source in sources {
            guard !source.name.isEmpty, names.insert(source.name).inserted else {
                throw SnapshotError(
                    code: .collision, path: source.path,
                    cause: "another path has the same last component; take them one by one")
            }
        }
        return sources.sorted { FileName($0.name) < FileName($1.name) }
    }
}
