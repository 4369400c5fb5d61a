import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Flags come back last, and what is locked is changed all the same.
@Suite(.enabled(if: hasFlags, "the temporary folders take no flags"))
struct FlagRestoringTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox(seed: 72)
        target = DiskPath(sandbox.directory.appending("target"))
        try source.appending("folder/inner").parent.makeDirectory()
        try source.appending("folder/inner").makeDirectory()
        for name in ["file", "folder/file", "folder/inner/file", "empty"] {
            try source.appending(name).write(name == "empty" ? [] : Array(name.utf8))
        }
    }

    private func restore(
        _ id: SnapshotID, change: (inout RestoreSettings) -> Void = { _ in }
    ) throws -> RestoreRun {
        try sandbox.restore(id, to: target) { settings in
            settings.memory = sandbox.memory()
            change(&settings)
        }
    }

    /// That a snapshot of the target has the same root.
    private func expectSame(
        _ id: SnapshotID, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try compareTrees(source, target) == [], sourceLocation: sourceLocation)
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }.report.id
        let (root, other) = (try sandbox.manifest(id).root, try sandbox.manifest(taken).root)
        #expect(root == other, sourceLocation: sourceLocation)
    }

    private func set(_ flags: FileFlags, _ names: String...) throws {
        for name in names { try source.appending(name).setFlags(flags) }
    }

    @Test func `of files, empty files, folders and the target itself`() throws {
        try set([.noDump, .noAccessTime], "file", "empty", "folder/inner/file", "folder")
        try source.setFlags(.noDump)
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [])
        #expect(try target.flags() == .noDump)
        try expectSame(id)
        let again = try restore(id)
        #expect(again.counts.unchanged == 4 && again.counts.files == 0 && again.problems == [])
    }

    @Test func `what changes later follows, and what is set here goes`() throws {
        try set(.noDump, "file", "folder")
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        try set([], "file", "folder")
        try set(.noAccessTime, "empty", "folder/file")
        try target.appending("folder/inner").setFlags(.noDump)
        try target.appending("folder/inner/file").setFlags(.noDump)
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [] && run.conflicts.isEmpty && run.counts.files == 0)
        try expectSame(id)
    }

    @Test func `what new files get from their folder is taken away`() throws {
        try target.makeDirectory()
        try target.setFlags([.noDump, .noAccessTime])
        let id = try sandbox.snapshot().report.id
        #expect(try restore(id).problems == [])
        try expectSame(id)
    }

    @Test func `none are set and none are taken away where they are not wanted`() throws {
        try set(.noDump, "file", "folder")
        let id = try sandbox.snapshot().report.id
        #expect(try restore(id) { $0.setsFlags = false }.problems == [])
        #expect(try target.appending("file").flags() == [])
        try target.appending("empty").setFlags(.noDump)
        try target.appending("empty").setModified(FileStatus.Time(seconds: 1, nanoseconds: 0))
        let again = try restore(id) { $0.setsFlags = false }
        #expect(again.problems == [] && again.counts.files == 0)
        #expect(try target.appending("empty").flags() == .noDump)
        // The next snapshot of the folder does not believe that it has them.
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }.report.id
        let entries = try sandbox.entries(of: taken)
        #expect(entries["file"]?.flags == [] && entries["empty"]?.flags == .noDump)
    }

    @Test func `a place without flags is named, and nothing is tried twice`() throws {
        let memory = try TemporaryDirectory(isInMemory: true)
        try #require(memory.text.hasPrefix("/dev/shm") && hasFlags)
        // File systems in memory have some, but not these.
        try set(.synchronous, "file", "folder")
        let id = try sandbox.snapshot().report.id
        let place = DiskPath(memory.appending("target"))
        let run = try sandbox.restore(id, to: place)
        #expect(run.counts.shortfalls.map(\.kind) == [.flags])
        #expect(run.counts.shortfalls.first?.entries == 2 && run.counts.failed == 2)
        #expect(try place.appending("file").read() == Array("file".utf8))
        #expect(try sandbox.restore(id, to: place) { $0.setsFlags = false }.problems == [])
    }
}

/// What is immutable, or can only be added to.
@Suite(.enabled(if: canLockFiles, "only root may make files immutable"))
struct LockRestoringTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox(seed: 73)
        target = DiskPath(sandbox.directory.appending("target"))
        try source.appending("folder").makeDirectory()
        for name in ["append", "folder/file", "locked"] {
            try source.appending(name).write(Array(name.utf8))
        }
        try source.appending("folder/other").makeHardLink(to: source.appending("locked"))
        try source.appending("third").makeHardLink(to: source.appending("locked"))
        try lock()
    }

    private func lock() throws {
        try source.appending("append").setFlags(.appendOnly)
        for name in ["locked", "folder/file", "folder"] {
            try source.appending(name).setFlags(.immutable)
        }
        try source.setFlags(.immutable)
    }

    private func unlock() throws {
        try source.setFlags([])
        for name in ["folder", "append", "locked", "folder/file"] {
            try source.appending(name).setFlags([])
        }
    }

    private func restore(
        _ id: SnapshotID, change: (inout RestoreSettings) -> Void = { _ in }
    ) throws -> RestoreRun {
        try sandbox.restore(id, to: target) { settings in
            settings.memory = sandbox.memory()
            change(&settings)
        }
    }

    @Test func `files, their further names, and folders are locked when all is done`() throws {
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [])
        #expect(try target.flags() == .immutable)
        #expect(try compareTrees(source, target) == [])
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }.report.id
        #expect(try sandbox.manifest(taken).root == sandbox.manifest(id).root)
        let again = try restore(id)
        #expect(again.problems == [] && again.counts.files == 0 && again.counts.others == 0)
    }

    @Test func `what is locked here is changed, replaced and removed all the same`() throws {
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        try unlock()
        try source.appending("append").write(Array("appended to".utf8))
        try source.appending("folder/file").setPermissions(0o600)
        try source.appending("third").remove()
        try source.appending("folder/new").write([1])
        try lock()
        let id = try sandbox.snapshot().report.id
        let run = try restore(id) { $0.deletion = .everything }
        #expect(run.problems == [])
        #expect(run.deleted == ["third"])
        #expect(try compareTrees(source, target) == [])
        try sandbox.waitForTick()
        // Then nothing is locked any more, and a folder goes.
        try unlock()
        try source.appending("folder").remove()
        let last = try sandbox.snapshot().report.id
        let second = try restore(last) { $0.deletion = .everything }
        #expect(second.problems == [])
        #expect(try compareTrees(source, target) == [])
    }

    @Test func `what was changed here and locked is kept under another name`() throws {
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        try target.setFlags([])
        try target.appending("append").setFlags([])
        try target.appending("append").write(Array("mine".utf8))
        try target.appending("append").setFlags(.immutable)
        try unlock()
        try source.appending("append").write(Array("another".utf8))
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [])
        #expect(run.conflicts.keys.sorted() == ["append"])
        #expect(try target.appending("append").read() == Array("another".utf8))
        let mine = try #require(target.names().first { $0.starts(with: Array("append.v".utf8)) })
        #expect(try target.appending(mine).flags() == .immutable)
        let replaced = try restore(sandbox.snapshot().report.id) { $0.onConflict = .replace }
        #expect(replaced.problems == [])
    }

    @Test func `locks stay where flags are not wanted, and are in the way`() throws {
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        try unlock()
        try source.appending("folder/file").write(Array("another".utf8))
        try lock()
        let id = try sandbox.snapshot().report.id
        #expect(throws: RestoreError.self) { try restore(id) { $0.setsFlags = false } }
        try target.setFlags([])
        let run = try restore(id) { $0.setsFlags = false }
        #expect(run.counts.failed > 0)
        #expect(try target.appending("folder/file").read() == Array("folder/file".utf8))
        #expect(try target.appending("folder").flags() == .immutable)
        // What could not be replaced counts as changed from then on.
        #expect(try restore(id) { $0.onConflict = .replace }.problems == [])
        #expect(try compareTrees(source, target) == [])
    }

    @Test func `locks that cannot be set are named, and not tried again`() throws {
        let id = try sandbox.snapshot().report.id
        try target.makeDirectory()
        try target.setOwner(65_534, 65_534)
        try target.parent.setPermissions(0o755)
        let sandbox = sandbox
        let target = target
        // Root by number, but without the rights to the file system.
        try withoutPrivileges {
            let run = try sandbox.restore(id, to: target) { $0.owners = .none }
            #expect(run.counts.shortfalls.map(\.kind).contains(.flags))
        }
        #expect(try target.appending("append").read() == Array("append".utf8))
        #expect(try target.appending("locked").flags() == [])
    }
}
