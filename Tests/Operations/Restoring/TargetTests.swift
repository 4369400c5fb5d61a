import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Where a restore may write, and what becomes of the place.
struct TargetTests {
    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox()
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("folder/inner").makeDirectory()
        try sandbox.source.appending("folder/inner/file").write(Array("content".utf8))
        try sandbox.source.appending("file").write([1, 2, 3])
        id = try sandbox.snapshot().report.id
    }

    @Test func `a target that is not there is made, with the folders above it`() throws {
        let target = sandbox.freshPath().appending("a").appending("b")
        _ = try sandbox.restore(id, to: target)
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test func `an empty target gets the metadata of the root`() throws {
        try sandbox.source.setPermissions(0o1710)
        let target = sandbox.freshPath()
        try target.makeDirectory()
        let run = try sandbox.restore(sandbox.snapshot().report.id, to: target)
        #expect(try compareTrees(sandbox.source, run.target) == [])
    }

    @Test(arguments: ["other", "folder/other", "folder/inner/other"])
    func `what stands at the target and is not in the snapshot stays`(name: String) throws {
        let target = sandbox.freshPath()
        try target.makeDirectory()
        for folder in ["folder", "folder/inner"] { try target.appending(folder).makeDirectory() }
        let path = target.appending(name)
        try path.write([7])
        let run = try sandbox.restore(id, to: target)
        #expect(run.conflicts.isEmpty && run.deleted.isEmpty)
        #expect(try path.read() == [7])
        try path.remove()
        // Removing it has changed the time of its folder.
        _ = try sandbox.restore(id, to: target)
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test func `two restores to one target do not write at once`() throws {
        let target = sandbox.freshPath()
        try target.makeDirectory()
        let other = try FileHandle.openDirectory(path: target.bytes)
        #expect(other.takeExclusively())
        let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
        #expect(error?.code == .targetInUse)
        #expect(try target.names().isEmpty)
        withExtendedLifetime(other) {}
    }

    @Test func `a target that is a file is refused and left alone`() throws {
        let target = sandbox.freshPath()
        try target.write([7])
        let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
        #expect(error?.code == .targetUnusable)
        #expect(try target.read() == [7])
    }

    @Test func `a folder within a snapshot becomes the target itself`() throws {
        let run = try sandbox.restore(id, path: "folder/inner")
        #expect(try compareTrees(sandbox.source.appending("folder/inner"), run.target) == [])
    }

    @Test func `a file within a snapshot goes into the target under its name`() throws {
        let run = try sandbox.restore(id, path: "folder/inner/file")
        #expect(run.counts.files == 1)
        #expect(try run.target.names() == [Array("file".utf8)])
        let file = sandbox.source.appending("folder/inner/file")
        #expect(try compareTrees(file, run.target.appending("file")) == [])
    }

    @Test func `what was restored is counted`() throws {
        try sandbox.source.appending("link").makeLink(to: [0x78])
        let run = try sandbox.restore(sandbox.snapshot().report.id)
        #expect(run.counts.files == 2)
        #expect(run.counts.directories == 3)
        #expect(run.counts.others == 1)
        #expect(run.counts.bytes == 10)
        #expect(run.counts.failed == 0 && run.counts.damaged == 0)
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `a full disk ends the restore, and leaves no half-written file`() throws {
        var generator = SeededGenerator(seed: 3)
        for number in 0..<8 {
            try sandbox.source.appending("large \(number)").write(generator.bytes(300_000))
        }
        let id = try sandbox.snapshot().report.id
        let disk = try SmallFileSystem(sizeInBytes: 1024 * 1024)
        let target = DiskPath(disk.directory.appending("target"))
        let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
        #expect(error?.code == .noSpace)
        for name in try target.names() where try target.appending(name).status().kind == .file {
            let original = sandbox.source.appending(name)
            #expect(try original.read() == target.appending(name).read())
        }
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `after space was made on a full disk the restore goes on`() throws {
        var generator = SeededGenerator(seed: 4)
        for number in 0..<8 {
            try sandbox.source.appending("large \(number)").write(generator.bytes(300_000))
        }
        let id = try sandbox.snapshot().report.id
        let disk = try SmallFileSystem(sizeInBytes: 4 * 1024 * 1024)
        let filler = DiskPath(disk.directory.appending("filler"))
        try filler.write([UInt8](repeating: 1, count: 2 * 1024 * 1024))
        let target = DiskPath(disk.directory.appending("target"))
        let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
        #expect(error?.code == .noSpace)
        try filler.remove()
        let run = try sandbox.restore(id, to: target)
        #expect(run.counts.unchanged > 0 && run.counts.files < 10)
        #expect(try compareTrees(sandbox.source, target) == [])
    }
}
