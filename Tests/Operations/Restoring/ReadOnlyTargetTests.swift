import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// A target that nothing can be written to is one clear error, not one for each file.
struct ReadOnlyTargetTests {
    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox()
        for name in ["a", "b", "c"] { try sandbox.source.appending(name).write([1]) }
        id = try sandbox.snapshot().report.id
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `on a file system that is read-only`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 1024 * 1024)
        let target = DiskPath(disk.directory.appending("target"))
        _ = try sandbox.restore(id, to: target)
        try target.appending("b").remove()
        try disk.makeReadOnly()
        let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
        #expect(error?.code == .targetUnusable)
        #expect(error?.cause == "Read-only file system")
        let missing = target.appending("x")
        let other = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: missing) }
        #expect(other?.code == .targetUnusable)
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `but nothing is wrong when nothing is to be done`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 1024 * 1024)
        let target = DiskPath(disk.directory.appending("target"))
        _ = try sandbox.restore(id, to: target)
        try disk.makeReadOnly()
        let run = try sandbox.restore(id, to: target)
        #expect(run.problems == [] && run.counts.files == 0)
    }

    @Test func `to a user who may not write there`() throws {
        let (sandbox, id) = (sandbox, id)
        let place = try TemporaryDirectory.shared()
        try withoutPrivileges {
            let target = DiskPath(place.appending("target"))
            _ = try sandbox.restore(id, to: target)
            try target.appending("b").remove()
            try target.setPermissions(0o555)
            let error = #expect(throws: RestoreError.self) { try sandbox.restore(id, to: target) }
            #expect(error?.code == .targetUnusable)
            #expect(error?.cause == "Permission denied")
            #expect(try target.status().permissions == 0o555)
        }
    }

    @Test func `folders that the snapshot has locked are no obstacle`() throws {
        let sandbox = sandbox
        try sandbox.source.appending("folder").makeDirectory()
        for name in ["folder/inner", "folder/other"] {
            try sandbox.source.appending(name).makeDirectory()
            try sandbox.source.appending(name).appending("file").write([1])
        }
        for name in ["folder/inner", "folder", ""] {
            try sandbox.source.appending(name).setPermissions(0o500)
        }
        let first = try sandbox.snapshot().report.id
        try sandbox.source.appending("folder/inner/file").write([1, 2, 3])
        try sandbox.source.appending("new").write([3])
        let second = try sandbox.snapshot().report.id
        let place = try TemporaryDirectory.shared()
        try withoutPrivileges {
            let target = DiskPath(place.appending("target"))
            _ = try sandbox.restore(first, to: target)
            // Owners are others as root; what counts is that everything is there.
            let run = try sandbox.restore(second, to: target)
            #expect(run.damaged.isEmpty)
            #expect(try target.appending("folder/inner/file").read() == [1, 2, 3])
            #expect(try target.appending("new").read() == [3])
            // Folders that cannot even be looked at before they are unlocked.
            try target.appending("folder/inner/file").setPermissions(0o600)
            try target.appending("folder/inner").setPermissions(0o700)
            try target.appending("folder/inner/file").write([7])
            try target.appending("folder").setPermissions(0)
            let again = try sandbox.restore(second, to: target) { $0.onConflict = .replace }
            #expect(again.conflicts.count == 1)
            #expect(try target.appending("folder/inner/file").read() == [1, 2, 3])
            #expect(try target.appending("folder").status().permissions == 0o500)
        }
    }
}
