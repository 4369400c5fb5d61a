import FileHandles
import FileTree
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Several names of one file come back as names of one file, and no name leads elsewhere.
struct LinkRestoringTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox(seed: 51)
        target = DiskPath(sandbox.directory.appending("target"))
        for folder in ["a", "b", "b/inner"] { try source.appending(folder).makeDirectory() }
        var generator = SeededGenerator(seed: 51)
        try source.appending("a/first").write(generator.bytes(200_000))
        try link("b/second", to: "a/first")
        try link("b/inner/third", to: "a/first")
        try source.appending("a/empty").write([])
        try link("b/empty", to: "a/empty")
        try source.appending("a/link").makeLink(to: Array("first".utf8))
        try link("b/link", to: "a/link")
    }

    private func link(_ path: String, to other: String) throws {
        try source.appending(path).makeHardLink(to: source.appending(other))
    }

    private func inode(_ path: String) throws -> UInt64 {
        try target.appending(path).status().inode
    }

    private func restore(
        _ id: SnapshotID, path: String = "", change: (inout RestoreSettings) -> Void = { _ in }
    ) throws -> RestoreRun {
        try sandbox.restore(id, path: path, to: target) { settings in
            settings.memory = sandbox.memory(path: path)
            change(&settings)
        }
    }

    @Test func `names in any folder are one file again, and the next runs have nothing to do`()
        throws
    {
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [])
        #expect(try compareTrees(source, target) == [])
        #expect(try inode("a/first") == inode("b/inner/third"))
        #expect(try inode("a/link") == inode("b/link"))
        let again = try restore(id)
        #expect(again.counts.files == 0 && again.counts.others == 0)
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }
        #expect(taken.report.readFiles == 0)
        #expect(try sandbox.manifest(taken.report.id).root == sandbox.manifest(id).root)
    }

    @Test func `of a part of a snapshot the names that are in it are one file`() throws {
        let id = try sandbox.snapshot().report.id
        let run = try restore(id, path: "b")
        #expect(run.problems == [])
        #expect(try compareTrees(source.appending("b"), target) == [])
        #expect(try inode("second") == inode("inner/third"))
        let again = try restore(id, path: "b")
        #expect(again.counts.files == 0 && again.counts.others == 0)
    }

    @Test func `names that are joined or parted later are joined or parted at the target`() throws {
        try source.appending("a/single").write(Array("single".utf8))
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        try source.appending("b/second").remove()
        try source.appending("b/second").write(source.appending("a/first").read())
        try link("b/inner/single", to: "a/single")
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [] && run.conflicts.isEmpty)
        #expect(try compareTrees(source, target) == [])
        #expect(try restore(id).counts.others == 0)
    }

    @Test func `a first name that was changed here leaves the others to each other`() throws {
        let id = try sandbox.snapshot().report.id
        _ = try restore(id)
        try sandbox.waitForTick()
        try target.appending("a/first").remove()
        try target.appending("a/first").write(Array("mine".utf8))
        try target.appending("b/second").remove()
        let run = try restore(id) { $0.onConflict = .keep }
        #expect(run.conflicts["a/first"] == .kept)
        #expect(try target.appending("a/first").read() == Array("mine".utf8))
        #expect(try target.appending("b/second").read() == source.appending("a/first").read())
    }

    /// The entries of a listing in which a file says that it is another name of `path`.
    private func plant(_ path: String, _ others: [Entry] = []) throws -> SnapshotID {
        let content = try sandbox.saveContent(Array("right".utf8))
        let metadata = Metadata(
            mode: 0o600, userID: Machine.userID, groupID: Machine.groupID,
            modified: Timestamp(seconds: 1, nanoseconds: 0))
        let entry = Entry(
            name: FileName("z"), kind: .file(content), metadata: metadata,
            hardLink: TreePath(Array(path.utf8)))
        return try sandbox.plant(listing: sandbox.listing(others + [entry]))
    }

    @Test(arguments: ["nowhere", "a/nowhere", "folder", "out/victim", "other"])
    func `a link to what is not the same file becomes a file of its own`(path: String) throws {
        let outside = sandbox.freshPath("outside")
        try outside.makeDirectory()
        try outside.appending("victim").write(Array("right".utf8))
        try target.makeDirectory()
        try target.appending("folder").makeDirectory()
        try target.appending("out").makeLink(to: outside.bytes)
        // Of the same size, so that only reading it shows that it is another one.
        try target.appending("other").write(Array("wrong".utf8))
        let id = try plant(path)
        let run = try restore(id)
        #expect(run.problems == [])
        #expect(try target.appending("z").read() == Array("right".utf8))
        #expect(try target.appending("z").status().linkCount == 1)
        #expect(try outside.appending("victim").status().linkCount == 1)
        #expect(try target.appending("other").read() == Array("wrong".utf8))
    }

    @Test func `links of a file that is damaged are damaged, and nothing else is`() throws {
        let id = try sandbox.snapshot().report.id
        let pack = try #require(sandbox.keys("packs/").first)
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(pack, bit: 8 * 60_000)
        let run = try sandbox.restore(id, to: target, through: faulty) { _ in }
        #expect(!run.damaged.isEmpty)
        #expect(!target.appending("a/first").exists && !target.appending("b/second").exists)
        #expect(try inode("a/empty") == inode("b/empty"))
    }
}
