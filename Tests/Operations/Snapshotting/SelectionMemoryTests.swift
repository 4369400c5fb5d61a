import FileHandles
import Selection
import Snapshotting
import TestSupport
import Testing

/// What the same rules have taken before is not asked about again; whatever rules come, go, move
/// or change, a snapshot takes what one would take that knows of none before it.
struct SelectionMemoryTests {
    private static let folders = ["", "a", "a/b", "a/b/c", "d", "d/b"]
    private static let names = ["x.o", "x.c", "y.o", "b", "keep"]
    private static let lines = [
        "*.o", "!x.o", "/b", "b/", "x.*", "!keep", "a/**/y.o", "/x.c", "[xy].c", "keep", "/a/b/x.o",
    ]
    private static let ruleFiles = [".gitignore", ".git/info/exclude", ".nobackup", ".git/"]

    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }

    init() throws { sandbox = try Sandbox() }

    private func makeSelections(_ generator: inout SeededGenerator) throws -> [SnapshotSelection] {
        try (0...2).map { number in
            var selection = SnapshotSelection()
            let patterns = try generator.array(0...2) { $0.pick(Self.lines) }.enumerated().map {
                try SelectionPattern(Array($1.utf8), line: $0 + 1)
            }
            selection.patterns = [PatternList(patterns, origin: .options)]
            selection.usesGitignore = number < 2
            if generator.oneIn(2) { selection.marks = [FolderMark(name: Array(".nobackup".utf8))] }
            if generator.oneIn(3) { selection.largestInBytes = 5 }
            return selection
        }
    }

    /// Lets rules or an entry come, go or change.
    private func edit(_ generator: inout SeededGenerator) throws {
        let folder = generator.pick(Self.folders)
        let name = generator.pick(Self.ruleFiles + Self.names)
        let relative = folder.isEmpty ? name : "\(folder)/\(name)"
        let path = source.appending(relative)
        guard path.exists else { return try source.fill(relative) }
        if try path.status().kind == .directory {
            guard name == ".git/" else { return }
            let number = Array("\(generator.next())".utf8)
            try path.rename(to: DiskPath(sandbox.outside.bytes + number))
        } else if generator.oneIn(2) {
            try path.remove()
        } else {
            let lines = generator.array(0...2) { $0.pick(Self.lines) }
            try path.write(Array(lines.joined(separator: "\n").utf8))
        }
    }

    @Test(arguments: seeds(count: 8))
    func `rules that come, go, move and change count at once`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for folder in Self.folders {
            try source.fill(folder.isEmpty ? ".git/" : "\(folder)/")
            for name in Self.names where !source.appending("\(folder)/\(name)").exists {
                if generator.oneIn(2) || name == "b" { continue }
                try source.fill(folder.isEmpty ? name : "\(folder)/\(name)")
            }
        }
        let selections = try makeSelections(&generator)
        var selection = selections[0]
        for _ in 0..<8 {
            if generator.oneIn(3) { selection = generator.pick(selections) }
            #expect(try sandbox.takesAsAlone(selection))
            try sandbox.waitForTick()
            for _ in 0..<generator.number(in: 0...2) { try edit(&generator) }
        }
    }

    @Test func `rules that move down one folder begin there`() throws {
        try source.fill(".git/", "a/b/x", "a/b/y", "a/x", "a/b/b/x")
        var selection = SnapshotSelection()
        selection.usesGitignore = true
        // The same text above the same folder, but it counts from another one on.
        try source.appending("a/.gitignore").write(Array("/b/x".utf8))
        let all = ["a/.gitignore", "a/b/x", "a/b/y", "a/x", "a/b/b/x"]
        let hidden = { (taken: [String]) in all.filter { !taken.contains($0) } }
        #expect(try hidden(sandbox.taken(selection)) == ["a/b/x"])
        try sandbox.waitForTick()
        try source.appending("a/.gitignore").rename(to: source.appending("a/b/.gitignore"))
        #expect(try hidden(sandbox.taken(selection)) == ["a/.gitignore", "a/b/b/x"])
    }

    @Test func `a mark is not taken for the work tree that it marks`() throws {
        try source.fill("a/.git/", "a/x")
        var selection = SnapshotSelection()
        selection.usesGitignore = true
        #expect(try sandbox.taken(selection) == ["a/", "a/.git/", "a/x"])
        selection = SnapshotSelection()
        selection.marks = [FolderMark(name: Array(".git".utf8))]
        #expect(try sandbox.taken(selection) == ["a/", "a/.git/"])
    }

    @Test func `patterns of the command line are not taken for rules of a folder`() throws {
        // A file that the path of the folder would leave out, if it were a pattern.
        let path = String(decoding: source.bytes, as: UTF8.self)
        try source.fill(String(path.dropFirst()))
        try source.appending(".gitignore").write([0x7A])
        var selection = SnapshotSelection()
        selection.usesGitignore = true
        #expect(try sandbox.taken(selection).contains(String(path.dropFirst())))
        #expect(try sandbox.takesAsAlone(SnapshotSelection(excluding: path, "z")))
    }

    @Test func `what was taken without rules is asked about once there are some`() throws {
        try source.fill("a/x", "a/y")
        _ = try sandbox.snapshot()
        #expect(try sandbox.taken(SnapshotSelection(excluding: "x")) == ["a/", "a/y"])
        // A run without rules brings it back, and the next one with the same rules asks again.
        #expect(try sandbox.taken(SnapshotSelection()) == ["a/", "a/x", "a/y"])
        #expect(try sandbox.taken(SnapshotSelection(excluding: "x")) == ["a/", "a/y"])
    }
}
