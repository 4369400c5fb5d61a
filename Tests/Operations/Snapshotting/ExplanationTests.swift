import Selection
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Why a path is in or out, as the scanner sees it.
struct ExplanationTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func explain(
        _ path: String, change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> PathVerdict {
        let verdicts = try sandbox.explain(sandbox.source.appending(path), change: change)
        #expect(verdicts.count == 1)
        return verdicts[0]
    }

    private func path(_ path: String) -> [UInt8] { sandbox.source.appending(path).bytes }

    private func match(_ text: String, line: Int, _ origin: PatternOrigin) throws -> PatternMatch {
        PatternMatch(
            pattern: try SelectionPattern(Array(text.utf8), line: line), origin: origin)
    }

    @Test(arguments: seeds(count: 10))
    func `what is said to be taken is what a snapshot has`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 60)
        let paths = try sandbox.source.pathsBelow()
        for _ in 0..<4 {
            let selection = try tree.generator.selection(of: paths)
            let report = try sandbox.snapshot { $0.selection = selection }.report
            let taken = try Set(sandbox.paths(report.id))
            for path in paths {
                let verdicts = try sandbox.explain(sandbox.source.appending(path)) {
                    $0.selection = selection
                }
                let text = DiskPath(path).text
                switch verdicts[0] {
                case .taken(let entry, _):
                    #expect(entry == path && taken.contains(text), "\(text)")
                case .leftOut(let place, _):
                    #expect((sandbox.source.bytes + [0x2F] + path).starts(with: place))
                    #expect(!taken.contains(text), "\(text)")
                default: Issue.record("\(text): \(verdicts)")
                }
            }
        }
    }

    @Test func `patterns are named with their place`() throws {
        try sandbox.source.fill("a.o", "keep.o", "b", "logs/x/y", "sub/c.tmp", "sub/.gitignore")
        try sandbox.source.appending("sub/.gitignore").write(Array("# none\n*.tmp\n".utf8))
        let selection = try SnapshotSelection(
            excluding: "*.o", "!keep.o", "logs/", gitignore: true)
        func explain(_ path: String) throws -> PathVerdict {
            try self.explain(path) { $0.selection = selection }
        }
        #expect(
            try explain("a.o")
                == .leftOut(at: path("a.o"), .pattern(match("*.o", line: 1, .options))))
        #expect(
            try explain("keep.o")
                == .taken(as: Array("keep.o".utf8), keptBy: match("!keep.o", line: 2, .options)))
        #expect(try explain("b") == .taken(as: Array("b".utf8), keptBy: nil))
        #expect(
            try explain("logs/x/y")
                == .leftOut(at: path("logs"), .pattern(match("logs/", line: 3, .options))))
        #expect(
            try explain("sub/c.tmp")
                == .leftOut(
                    at: path("sub/c.tmp"),
                    .pattern(match("*.tmp", line: 2, .file(path("sub/.gitignore"))))))
    }

    @Test func `sizes, marks and varve's own folders are named`() throws {
        try sandbox.source.fill("marked/.nobackup", "marked/x/y", "own/z")
        try sandbox.source.appending("large").write([UInt8](repeating: 0, count: 11))
        func explain(_ path: String) throws -> PathVerdict {
            try self.explain(path) { settings in
                settings.selection.largestInBytes = 10
                settings.selection.marks = [FolderMark(name: Array(".nobackup".utf8))]
                settings.ownDirectories = [self.path("own")]
            }
        }
        #expect(try explain("large") == .leftOut(at: path("large"), .larger(thanBytes: 10)))
        let mark = ExclusionReason.marked(by: Array(".nobackup".utf8))
        #expect(try explain("marked/x/y") == .leftOut(at: path("marked/x"), mark))
        #expect(
            try explain("marked/.nobackup")
                == .taken(as: Array("marked/.nobackup".utf8), keptBy: nil))
        #expect(try explain("own/z") == .leftOut(at: path("own"), .ownFiles))
    }

    @Test func `links, missing paths and paths elsewhere are named`() throws {
        try sandbox.source.fill("folder/file")
        try sandbox.source.appending("link").makeLink(to: Array("folder".utf8))
        #expect(try explain("link") == .taken(as: Array("link".utf8), keptBy: nil))
        #expect(try explain("link/file") == .behindLink(at: path("link")))
        #expect(try explain("none") == .missing(at: path("none")))
        #expect(try explain("none/below") == .missing(at: path("none")))
        #expect(try explain("folder/file/below") == .missing(at: path("folder/file/below")))
        #expect(try sandbox.explain(sandbox.cache) == [.outside])
        // A name that only begins like the source's.
        let beside = DiskPath(sandbox.source.bytes + Array("-2/x".utf8))
        #expect(try sandbox.explain(beside) == [.outside])
        #expect(try sandbox.explain(sandbox.source) == [.taken(as: [], keptBy: nil)])
    }

    @Test(.enabled(if: MountedFolder.isAvailable, "\(SmallFileSystem.reason)"))
    func `other file systems are named`() throws {
        try sandbox.source.fill("mounted/")
        let mount = try MountedFolder(nil, at: sandbox.source.appending("mounted"))
        try withExtendedLifetime(mount) {
            try sandbox.source.fill("mounted/x")
            let verdict = try explain("mounted/x") { $0.selection.staysOnFileSystem = true }
            #expect(verdict == .leftOut(at: path("mounted"), .otherFileSystem))
            let folder = try explain("mounted") { $0.selection.staysOnFileSystem = true }
            #expect(folder == .taken(as: Array("mounted".utf8), keptBy: nil))
        }
    }

    @Test func `each source that has the path is answered for`() throws {
        try sandbox.source.fill("one/two/file")
        let sources = ["one", "one/two"].map { path($0) }
        let selection = try SnapshotSelection(excluding: "/two")
        let verdicts = try sandbox.explain(sandbox.source.appending("one/two/file")) {
            $0.sources = sources
            $0.selection = selection
        }
        let pattern = try match("/two", line: 1, .options)
        #expect(
            verdicts == [
                .leftOut(at: path("one/two"), .pattern(pattern)),
                .taken(as: Array("two/file".utf8), keptBy: nil),
            ])
        let file = try sandbox.explain(sandbox.source.appending("one/two/file")) {
            $0.sources = [path("one/two/file")]
        }
        #expect(file == [.taken(as: Array("file".utf8), keptBy: nil)])
    }

    @Test func `a source that is named by a link is known by both names`() throws {
        try sandbox.source.fill("real/file")
        try sandbox.source.appending("link").makeLink(to: Array("real".utf8))
        for name in ["link/file", "real/file"] {
            let verdict = try explain(name) { $0.sources = [path("link")] }
            #expect(verdict == .taken(as: Array("file".utf8), keptBy: nil))
        }
    }
}
