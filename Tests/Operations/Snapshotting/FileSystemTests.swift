#if os(Linux)
import ChunkStorage
import FileHandles
import RepositoryAccess
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// File systems whose stamps and sizes are not what those of a disk are.
struct FileSystemTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func cat(_ run: SnapshotRun, _ name: String) throws -> [UInt8] {
        let manifest = try sandbox.manifest(run.report.id)
        let reader = try sandbox.treeReader()
        let entry = try reader.entry(at: [FileName(name)], in: manifest.root)
        var bytes: [UInt8] = []
        try reader.loader.read(try #require(entry.kind.content)) { bytes += $0 }
        return bytes
    }

    private func read(_ path: String) throws -> [UInt8] {
        try #require(try FileHandle.contents(path: Array(path.utf8), limitInBytes: 1 << 20))
    }

    @Test(arguments: ["/proc/version", "/proc/sys/kernel/ostype", "/proc/filesystems"])
    func `a file of no bytes that has some when it is read is taken with them`(
        path: String
    ) throws {
        let source = DiskPath(path)
        #expect(try source.status().sizeInBytes == 0)
        let run = try sandbox.snapshot { $0.sources = [source.bytes] }
        #expect(run.events.isEmpty)
        let content = try cat(run, String(decoding: source.name, as: UTF8.self))
        #expect(!content.isEmpty)
        #expect(content == (try read(path)))
        #expect(run.report.counts.bytes == UInt64(content.count))
        // Its stamps do not tell whether it is another one now.
        let next = try sandbox.snapshot { $0.sources = [source.bytes] }
        #expect(next.report.readFiles == 1)
        #expect(next.report.counts == run.report.counts)
    }

    @Test func `a folder of such files is taken, with what cannot be read named`() throws {
        let source = DiskPath("/proc/sys/kernel/random")
        let run = try sandbox.snapshot { $0.sources = [source.bytes] }
        #expect(try cat(run, "poolsize") == (try read("/proc/sys/kernel/random/poolsize")))
        #expect(
            run.report.counts.files + run.report.unreadableCount == UInt64(try source.names().count)
        )
    }

    @Test func `a file that ends before its size says is taken as far as it goes`() throws {
        // sysfs tells a page for each.
        let path = "/sys/kernel/mm/transparent_hugepage/enabled"
        guard DiskPath(path).exists else { return }
        let run = try sandbox.snapshot { $0.sources = [Array(path.utf8)] }
        #expect(run.events.isEmpty)
        #expect(try cat(run, "enabled") == (try read(path)))
    }

    @Test(.enabled(if: MountedFolder.isAvailable, "mounting needs root on Linux"))
    func `a folder that is mounted within itself comes to an end`() throws {
        try sandbox.source.appending("file").write([1])
        let loop = sandbox.source.appending("loop")
        try loop.makeDirectory()
        let mounted = try MountedFolder(sandbox.source, at: loop)
        let run = try sandbox.snapshot()
        #expect(run.events.isEmpty)
        #expect(run.report.counts.files == 2)
        // The folder at which it is mounted is empty where it shows itself.
        #expect(run.report.counts.directories == 3)
        withExtendedLifetime(mounted) {}
    }

    @Test(.enabled(if: MountedFolder.isAvailable, "mounting needs root on Linux"))
    func `what is mounted at the source is what is taken`() throws {
        try sandbox.source.appending("below").write([1])
        let mounted = try MountedFolder(nil, at: sandbox.source)
        try sandbox.source.appending("above").write([2])
        let run = try sandbox.snapshot()
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.restore(run.report.id).target.names() == [Array("above".utf8)])
        withExtendedLifetime(mounted) {}
    }

    @Test(.enabled(if: MountedFolder.canFold, Comment(rawValue: MountedFolder.foldingReason)))
    func `files that a program keeps are taken, and read again while their stamps are fresh`()
        throws
    {
        let disk = try MountedFolder(
            newFoldingDisk: sandbox.freshPath("image"), at: sandbox.source)
        try sandbox.source.appending("file").write(Array("content".utf8))
        try sandbox.source.appending("empty").write([])
        let run = try sandbox.snapshot(.now)
        #expect(run.unreadable.isEmpty)
        #expect(try cat(run, "file") == Array("content".utf8))
        #expect(try cat(run, "empty") == [])
        // Also the empty one: its size need not be that of what is read.
        #expect(try sandbox.snapshot(.now).report.readFiles == 2)
        withExtendedLifetime(disk) {}
    }
}
#endif
