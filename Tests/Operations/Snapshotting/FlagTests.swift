import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Flags of files and folders are recorded, and cost nothing when nothing has changed.
@Suite(.enabled(if: hasFlags, "the temporary folders take no flags"))
struct FlagTests {
    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox(seed: 71)
        try source.appending("folder").makeDirectory()
        for name in ["file", "empty", "folder/file"] {
            try source.appending(name).write(name == "empty" ? [] : Array(name.utf8))
        }
        try source.appending("pipe").makePipe()
        try source.appending("link").makeLink(to: Array("file".utf8))
    }

    /// The flags of all entries that have some, after a comparison with a snapshot that knows
    /// nothing of others.
    private func flags(_ run: SnapshotRun) throws -> [String: FileFlags] {
        let root = try sandbox.manifest(run.report.id).root
        #expect(root == (try sandbox.manifest(sandbox.snapshotWithoutCache().report.id).root))
        var all = try sandbox.entries(of: run.report.id).mapValues(\.flags)
        all[""] = root.flags
        return all.filter { !$0.value.isEmpty }
    }

    @Test func `files, empty files, folders and the root have theirs`() throws {
        for name in ["file", "empty", "folder"] {
            try source.appending(name).setFlags([.noDump, .noAccessTime])
        }
        try source.setFlags(.noDump)
        let run = try sandbox.snapshot()
        #expect(run.events.isEmpty)
        #expect(
            try flags(run) == [
                "file": [.noDump, .noAccessTime], "empty": [.noDump, .noAccessTime],
                "folder": [.noDump, .noAccessTime], "": .noDump,
            ])
    }

    @Test func `what changes later follows, and nothing else is read`() throws {
        let first = try sandbox.snapshot()
        #expect(try flags(first) == [:])
        try sandbox.waitForTick()
        for name in ["file", "empty", "folder"] { try source.appending(name).setFlags(.noDump) }
        let second = try sandbox.snapshot()
        #expect(try flags(second) == ["file": .noDump, "empty": .noDump, "folder": .noDump])
        #expect(second.report.readFiles == 1)
        try sandbox.waitForTick()
        let third = try sandbox.snapshot()
        #expect(third.report.readFiles == 0)
        #expect(
            try sandbox.manifest(third.report.id).root == sandbox.manifest(second.report.id).root)
        for name in ["file", "empty", "folder"] { try source.appending(name).setFlags([]) }
        #expect(try flags(sandbox.snapshot()) == [:])
    }

    @Test func `all names of a file have the same, also when another one is new`() throws {
        try source.appending("other").makeHardLink(to: source.appending("file"))
        try source.appending("file").setFlags(.noDump)
        #expect(try flags(sandbox.snapshot()) == ["file": .noDump, "other": .noDump])
        try sandbox.waitForTick()
        try source.appending("a first").makeHardLink(to: source.appending("file"))
        #expect(
            try flags(sandbox.snapshot())
                == ["a first": .noDump, "file": .noDump, "other": .noDump])
    }

    @Test(.enabled(if: canLockFiles, "only root may make files immutable"))
    func `what is immutable is read like anything else`() throws {
        for name in ["file", "empty", "folder"] { try source.appending(name).setFlags(.immutable) }
        let run = try sandbox.snapshot()
        #expect(
            try flags(run) == ["file": .immutable, "empty": .immutable, "folder": .immutable])
        #expect(run.unreadable.isEmpty)
    }
}
