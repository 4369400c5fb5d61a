import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Files with several names.
struct HardLinkTests {
    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox()
        for name in ["a", "b", "c"] { try sandbox.source.appending(name).makeDirectory() }
        try sandbox.source.appending("b/file").write(Array("content".utf8))
        try sandbox.source.appending("a/other").write(Array("other".utf8))
    }

    /// The entry of each path, after a comparison with a snapshot that knows nothing of others.
    private func entries(
        _ run: SnapshotRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Entry] {
        let root = try sandbox.manifest(run.report.id).root
        let other = try sandbox.manifest(sandbox.snapshotWithoutCache().report.id).root
        #expect(root == other, sourceLocation: sourceLocation)
        #expect(try sandbox.differences(run.report.id) == [], sourceLocation: sourceLocation)
        return try sandbox.entries(of: run.report.id)
    }

    /// The paths that are further names, with their first ones.
    private func links(
        _ run: SnapshotRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: String] {
        try entries(run, sourceLocation: sourceLocation).compactMapValues(\.hardLink?.display)
    }

    @Test func `further names lead to the first one, across directories`() throws {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        try source.appending("b/zzz").makeHardLink(to: source.appending("b/file"))
        try source.appending("d").makeHardLink(to: source.appending("b/file"))
        let run = try sandbox.snapshot { $0.workerCount = 1 }
        #expect(try links(run) == ["b/zzz": "b/file", "c/x": "b/file", "d": "b/file"])
        let all = try sandbox.entries(of: run.report.id)
        #expect(all["c/x"]?.kind == all["b/file"]?.kind)
        #expect(all["c/x"]?.metadata == all["b/file"]?.metadata)
        #expect(run.report.readFiles == 2)
        #expect(run.report.counts.files == 5)
        #expect(run.report.counts.bytes == 4 * 7 + 5)
    }

    @Test func `the first name is the first of the tree, not of the directory that was asked`()
        throws
    {
        try source.appending("b.txt").makeHardLink(to: source.appending("b/file"))
        // "b" stands before "b.txt", and all that is in it, too.
        #expect(try links(sandbox.snapshot()) == ["b.txt": "b/file"])
        try sandbox.waitForTick()
        try source.appending("a/z").makeHardLink(to: source.appending("b/file"))
        #expect(try links(sandbox.snapshot()) == ["b/file": "a/z", "b.txt": "a/z"])
    }

    @Test func `other kinds take part, empty files too`() throws {
        try source.appending("a/empty").write([])
        try source.appending("a/link").makeLink(to: Array("nowhere".utf8))
        try source.appending("a/pipe").makePipe()
        for name in ["empty", "link", "pipe"] {
            try source.appending("c/" + name).makeHardLink(to: source.appending("a/" + name))
        }
        let expected = ["c/empty": "a/empty", "c/link": "a/link", "c/pipe": "a/pipe"]
        #expect(try links(sandbox.snapshot()) == expected)
        #expect(try links(sandbox.snapshot()) == expected)
    }

    @Test func `a file whose other names lie elsewhere is an ordinary one`() throws {
        try sandbox.outside.makeHardLink(to: source.appending("b/file"))
        #expect(try links(sandbox.snapshot()) == [:])
        let inner = try sandbox.snapshot { [source] in
            $0.sources = [source.appending("b").bytes]
        }
        #expect(try sandbox.entries(of: inner.report.id)["file"]?.hardLink == nil)
    }

    @Test func `unchanged names are not read again, and add nothing`() throws {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        let first = try sandbox.snapshot()
        let second = try sandbox.snapshot()
        #expect(second.report.readFiles == 0)
        #expect(second.report.newBytes == 0)
        #expect(
            try sandbox.manifest(first.report.id).root
                == sandbox.manifest(second.report.id).root)
        let third = try sandbox.snapshot { $0.skipsUnchanged = true }
        #expect(!third.report.isNew)
    }

    @Test func `the lines of further names follow when the first one's directory is renamed`()
        throws
    {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try source.appending("b").rename(to: source.appending("aa"))
        let run = try sandbox.snapshot()
        #expect(try links(run) == ["c/x": "aa/file"])
        // The new path is not known, so the file is read once; the other name only gets its line.
        #expect(run.report.readFiles == 1)
        try source.appending("aa").rename(to: source.appending("z"))
        #expect(try links(sandbox.snapshot()) == ["z/file": "c/x"])
    }

    @Test func `no file is read because a name before it became the first`() throws {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        try source.appending("c/y").makeHardLink(to: source.appending("b/file"))
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        // Moves the first name out of the tree without touching the file itself.
        try source.appending("b").rename(to: sandbox.outside)
        let run = try sandbox.snapshot()
        #expect(run.report.readFiles == 0)
        #expect(try links(run) == ["c/y": "c/x"])
        try sandbox.outside.rename(to: source.appending("b"))
        let back = try sandbox.snapshot()
        #expect(try links(back) == ["c/x": "b/file", "c/y": "b/file"])
    }

    @Test func `the next name is the first one when that is deleted`() throws {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        try source.appending("c/y").makeHardLink(to: source.appending("b/file"))
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try source.appending("b/file").remove()
        #expect(try links(sandbox.snapshot()) == ["c/y": "c/x"])
        try sandbox.waitForTick()
        try source.appending("c/x").remove()
        #expect(try links(sandbox.snapshot()) == [:])
    }

    @Test func `a name that becomes a file of its own loses its link`() throws {
        let other = source.appending("c/x")
        try other.makeHardLink(to: source.appending("b/file"))
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try other.remove()
        try other.write(Array("content".utf8))
        #expect(try links(sandbox.snapshot()) == [:])
    }

    @Test func `links are found across several sources`() throws {
        try source.appending("c/x").makeHardLink(to: source.appending("b/file"))
        let run = try sandbox.snapshot { [source] in
            $0.sources = [source.appending("c").bytes, source.appending("b").bytes]
        }
        let entries = try sandbox.entries(of: run.report.id)
        #expect(entries["c/x"]?.hardLink?.display == "b/file")
        #expect(entries["b/file"]?.hardLink == nil)
    }

    @Test func `names are bytes`() throws {
        let directory = source.appending([0xFF, 0x0A])
        try directory.makeDirectory()
        try directory.appending([0x22, 0xFE]).write([1])
        try source.appending([0xFF, 0x0B]).makeHardLink(to: directory.appending([0x22, 0xFE]))
        let run = try sandbox.snapshot()
        let paths = try sandbox.entries(of: run.report.id).values.compactMap(\.hardLink?.bytes)
        #expect(paths == [[0xFF, 0x0A, 0x2F, 0x22, 0xFE]])
    }

    @Test func `large files with several names are read once`() throws {
        var generator = SeededGenerator(seed: 5)
        let bytes = generator.bytes(3_000_000)
        try source.appending("a/large").write(bytes)
        for number in 0..<5 {
            try source.appending("c/\(number)").makeHardLink(to: source.appending("a/large"))
        }
        let run = try sandbox.snapshot { $0.workerCount = 1 }
        #expect(run.report.readFiles == 3)
        #expect(try links(run).count == 5)
        #expect(run.report.counts.bytes == 6 * 3_000_000 + 12)
    }
}
