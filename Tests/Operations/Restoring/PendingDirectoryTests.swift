import FileHandles
import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Directories that are filled, closed and opened again.
struct PendingDirectoryTests {
    private let directory: TemporaryDirectory
    private let context: RestoreContext

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        context = RestoreContext(
            RestoreSettings(target: directory.path), RestoreResults { _ in })
    }

    private var root: DiskPath { DiskPath(directory.path) }

    private func metadata(_ mode: UInt16, _ seconds: Int64) -> Metadata {
        Metadata(
            mode: mode, userID: geteuid(), groupID: getegid(),
            modified: Timestamp(seconds: seconds, nanoseconds: 0))
    }

    private func makeTarget() throws -> PendingDirectory {
        PendingDirectory(
            target: try directory.open(),
            FileMetadata(metadata(0o711, 1), attributes: nil, flags: nil), context
        )
    }

    /// Makes a directory in another one, as the walk through a tree does.
    private func make(
        _ name: String, in parent: PendingDirectory, mode: UInt16 = 0o750
    ) throws -> PendingDirectory {
        let bytes = Array(name.utf8)
        try parent.open().makeDirectory(name: bytes, mode: 0o700)
        return PendingDirectory(
            bytes, in: parent, FileMetadata(metadata(mode, 2), attributes: nil, flags: nil), context
        )
    }

    @Test func `the metadata is set when the last entry is done`() throws {
        let target = try makeTarget()
        let inner = try make("inner", in: target)
        inner.retain()
        inner.release()
        target.release()
        let path = root.appending("inner")
        #expect(try path.status().permissions == 0o700)
        #expect(try root.status().permissions == 0o700)
        try path.appending("late").write([1])
        inner.release()
        #expect(try path.status().permissions == 0o750)
        #expect(try path.status().modified == FileStatus.Time(seconds: 2, nanoseconds: 0))
        #expect(try root.status().permissions == 0o711)
        #expect(try root.status().modified == FileStatus.Time(seconds: 1, nanoseconds: 0))
        try root.setPermissions(0o700)
        context.close()
    }

    @Test func `a path of closed directories is opened again`() throws {
        let target = try makeTarget()
        var path = [target]
        for level in 0..<20 { path.append(try make("level \(level)", in: path[level])) }
        for directory in path { directory.closeHandle() }
        let names = (0..<20).map { "level \($0)" }.joined(separator: "/")
        #expect(path[20].path == root.appending(names).bytes)
        let handle = try path[20].open()
        #expect(handle.path == root.appending(names).bytes)
        #expect(try handle.status().inode == root.appending(names).status().inode)
        for directory in path { directory.release() }
        try root.setPermissions(0o700)
        context.close()
    }

    @Test func `without metadata a target stays as it is`() throws {
        try root.setPermissions(0o755)
        let before = try root.status()
        let target = PendingDirectory(target: try directory.open(), nil, context)
        target.release()
        #expect(try root.status() == before)
    }

    @Test func `a link in the place of a directory is not followed`() throws {
        let outside = try TemporaryDirectory(isInMemory: true)
        let target = try makeTarget()
        let inner = try make("inner", in: target)
        let deep = try make("deep", in: inner)
        for directory in [inner, deep] { directory.closeHandle() }
        // Somebody puts a link where the directory was, to a folder that looks the same.
        try DiskPath(outside.path).appending("deep").makeDirectory()
        try root.appending("inner").rename(to: root.appending("moved"))
        try root.appending("inner").makeLink(to: outside.path)
        let before = try DiskPath(outside.path).appending("deep").status()
        #expect(throws: SystemCallError.self) { try deep.open() }
        let entry = Entry(
            name: FileName("file"), kind: .file(.empty), metadata: metadata(0o600, 3))
        try NodeRestorer(context).restore(NodeJob(entry: entry), in: deep)
        for directory in [deep, inner, target] { directory.release() }
        #expect(try DiskPath(outside.path).appending("deep").names().isEmpty)
        #expect(try DiskPath(outside.path).appending("deep").status() == before)
        // The file and the metadata of both directories.
        #expect(context.results.current.failed == 3)
        try root.setPermissions(0o700)
        context.close()
    }
}
