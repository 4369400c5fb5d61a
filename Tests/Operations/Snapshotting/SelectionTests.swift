import Selection
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What is left out is not in the snapshot, whatever snapshots came before.
struct SelectionTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    @Test func `patterns leave out files and whole folders`() throws {
        try sandbox.source.fill("a.o", "a.c", "deep/b.o", "deep/b.c", "build/x/y", "src/build/z")
        #expect(
            try sandbox.taken(SnapshotSelection(excluding: "*.o", "/build"))
                == ["a.c", "deep/", "deep/b.c", "src/", "src/build/", "src/build/z"])
    }

    @Test func `a pattern may keep what an earlier one leaves out, but not below a folder`() throws
    {
        try sandbox.source.fill("a.log", "keep.log", "logs/keep.log")
        let selection = try SnapshotSelection(excluding: "*.log", "logs/", "!keep.log")
        #expect(try sandbox.taken(selection) == ["keep.log"])
    }

    @Test func `patterns count from each source on, and never leave out a source`() throws {
        try sandbox.source.fill("one/x", "one/one/x", "two/x", "two/y")
        let paths = ["one", "two", "two/y"].map { sandbox.source.appending($0).bytes }
        let selection = try SnapshotSelection(excluding: "/x", "one", "two", "y")
        let taken = try sandbox.taken(selection) { $0.sources = paths }
        #expect(taken == ["one/", "two/", "y"])
    }

    @Test func `folders with a mark keep the mark alone`() throws {
        try sandbox.source.fill("a/.nobackup", "a/x", "a/b/y", "c/z", ".nobackup")
        var selection = SnapshotSelection()
        selection.marks = [FolderMark(name: Array(".nobackup".utf8))]
        #expect(try sandbox.taken(selection) == [".nobackup", "a/", "a/.nobackup", "c/", "c/z"])
    }

    @Test func `a mark of caches needs its signature, and must be a file`() throws {
        try sandbox.source.fill(
            "cache/CACHEDIR.TAG", "cache/x", "no/CACHEDIR.TAG", "no/x", "folder/CACHEDIR.TAG/x")
        let text = "Signature: 8a477f597d28d172789f06886806bc55\n# a cache\n"
        try sandbox.source.appending("cache/CACHEDIR.TAG").write(Array(text.utf8))
        var selection = SnapshotSelection()
        selection.marks = [.cache]
        #expect(
            try sandbox.taken(selection) == [
                "cache/", "cache/CACHEDIR.TAG", "folder/", "folder/CACHEDIR.TAG/",
                "folder/CACHEDIR.TAG/x", "no/", "no/CACHEDIR.TAG", "no/x",
            ])
    }

    @Test func `files beyond a size stay out, folders and links do not`() throws {
        for size in [9, 10, 11] {
            try sandbox.source.appending("\(size)").write([UInt8](repeating: 1, count: size))
        }
        try sandbox.source.appending("link").makeLink(to: Array("a very long target".utf8))
        try sandbox.source.fill("folder/")
        var selection = SnapshotSelection()
        selection.largestInBytes = 10
        #expect(try sandbox.taken(selection) == ["10", "9", "folder/", "link"])
    }

    @Test(.enabled(if: MountedFolder.isAvailable, "\(SmallFileSystem.reason)"))
    func `of other file systems the folders stay at which they are mounted`() throws {
        try sandbox.source.fill("a/x", "mounted/", "z")
        let mount = try MountedFolder(nil, at: sandbox.source.appending("mounted"))
        try withExtendedLifetime(mount) {
            try sandbox.source.fill("mounted/inner")
            var selection = SnapshotSelection()
            #expect(try sandbox.taken(selection).contains("mounted/inner"))
            selection.staysOnFileSystem = true
            let expected = ["a/", "a/x", "mounted/", "z"]
            #expect(try sandbox.taken(selection) == expected)
            let again = try sandbox.snapshot { $0.selection = selection }
            #expect(again.report.readFiles == 0)
            // The file system of each source counts, not that of the first.
            let sources = [sandbox.source.appending("a"), sandbox.source.appending("mounted")]
            let taken = try sandbox.taken(selection) { $0.sources = sources.map(\.bytes) }
            #expect(taken == ["a/", "a/x", "mounted/", "mounted/inner"])
        }
    }

    @Test func `a changed selection counts although nothing else has changed`() throws {
        try sandbox.source.fill("a", "b", "folder/a", "folder/b")
        let all = ["a", "b", "folder/", "folder/a", "folder/b"]
        #expect(try sandbox.taken(SnapshotSelection()) == all)
        #expect(
            try sandbox.taken(SnapshotSelection(excluding: "a")) == ["b", "folder/", "folder/b"])
        #expect(try sandbox.taken(SnapshotSelection(excluding: "folder")) == ["a", "b"])
        #expect(try sandbox.taken(SnapshotSelection()) == all)
    }

    @Test func `what stays out is not even read, and an unchanged rest neither`() throws {
        try sandbox.source.fill("a", "b", "folder/a")
        let selection = try SnapshotSelection(excluding: "a")
        let first = try sandbox.snapshot { $0.selection = selection }
        #expect(first.report.readFiles == 1)
        #expect(first.report.counts.files == 1)
        let second = try sandbox.snapshot {
            $0.selection = selection
            $0.skipsUnchanged = true
        }
        #expect(second.report.readFiles == 0)
        #expect(!second.report.isNew)
    }

    @Test func `a file of which the first name stays out is taken under the next one`() throws {
        try sandbox.source.fill("a", "z")
        try sandbox.source.appending("m").makeHardLink(to: sandbox.source.appending("a"))
        _ = try sandbox.snapshot()
        let selection = try SnapshotSelection(excluding: "a")
        let run = try sandbox.snapshot { $0.selection = selection }
        let target = try sandbox.restore(run.report.id).target
        #expect(try target.appending("m").read() == Array("a".utf8))
    }

    @Test(arguments: seeds(count: 12))
    func `any selections in a row give what each would give alone`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "b", "c.o", "d.o", "sub", "keep"]
        for _ in 0..<40 {
            let path = generator.array(1...4) { $0.pick(names) }.joined(separator: "/")
            // Where a folder is, or a file is in the way, there is enough already.
            do { try sandbox.source.fill(path) } catch { continue }
        }
        let patterns = ["a", "*.o", "!keep", "sub/", "/b", "sub/**/a", "!c.o", "keep", "[a-b]"]
        for _ in 0..<6 {
            var selection = SnapshotSelection()
            let list = try generator.array(0...3) { $0.pick(patterns) }.enumerated().map {
                try SelectionPattern(Array($1.utf8), line: $0)
            }
            selection.patterns = [PatternList(list, origin: .options)]
            if generator.oneIn(4) { selection.largestInBytes = 5 }
            if generator.oneIn(4) { selection.marks = [FolderMark(name: Array("keep".utf8))] }
            #expect(
                try sandbox.takesAsAlone(selection),
                "\(list.map { String(decoding: $0.text, as: UTF8.self) })")
        }
    }
}
