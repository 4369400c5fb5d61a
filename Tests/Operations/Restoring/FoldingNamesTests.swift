import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Targets on file systems that do not tell names apart which the snapshot tells apart, and that
/// lack much of what a snapshot has.
@Suite(.enabled(if: MountedFolder.canFold, Comment(rawValue: MountedFolder.foldingReason)))
struct FoldingNamesTests {
    private let sandbox: Sandbox
    private let mount: MountedFolder
    private let disk: DiskPath

    init() throws {
        sandbox = try Sandbox()
        disk = DiskPath(sandbox.directory.appending("disk"))
        try disk.makeDirectory()
        let image = DiskPath(sandbox.directory.appending("image"))
        mount = try MountedFolder(newFoldingDisk: image, at: disk)
    }

    private func collisions(_ run: RestoreRun) -> UInt64 {
        run.counts.shortfalls.first { $0.kind == .collision }?.entries ?? 0
    }

    @Test func `of two names that differ in case neither entry is lost silently`() throws {
        for name in ["NAME", "Name", "name"] {
            try sandbox.source.appending(name).write(Array(name.utf8))
        }
        for name in ["FOLDER", "folder"] {
            try sandbox.source.appending(name).makeDirectory()
            try sandbox.source.appending(name).appending(name + " file").write(Array(name.utf8))
        }
        let id = try sandbox.snapshot().report.id
        let target = disk.appending("target")
        for _ in 0..<2 {
            let run = try sandbox.restore(id, to: target)
            // Two files and a folder.
            #expect(collisions(run) == 3)
            #expect(run.conflicts.isEmpty)
            let names = try target.names()
            #expect(names.count == 2)
            for name in names where try target.appending(name).status().kind == .file {
                #expect(try target.appending(name).read() == name)
            }
            let folder = try #require(names.first { $0.count == 6 })
            #expect(try target.appending(folder).names() == [folder + Array(" file".utf8)])
        }
    }

    @Test func `what the file system lacks is named, and the files are there`() throws {
        try sandbox.source.appending("file").write([1, 2, 3])
        try sandbox.source.appending("file").setOwner(1000, 1000)
        try sandbox.source.appending("link").makeLink(to: [0x61])
        try sandbox.source.appending("other").write([4])
        let id = try sandbox.snapshot().report.id
        let target = disk.appending("target")
        let run = try sandbox.restore(id, to: target)
        #expect(try target.appending("file").read() == [1, 2, 3])
        #expect(try target.appending("other").read() == [4])
        #expect(run.failed.contains(target.appending("link").bytes))
        #expect(run.failed.contains(target.appending("file").bytes))
        let kinds = Set(run.counts.shortfalls.map(\.kind))
        #expect(kinds.isSuperset(of: [.owner, .symlink]))
        #expect(run.damaged.isEmpty)
    }
}
