import Selection
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// That what a scan finds does not depend on who looks at the directories.
struct ReadersTests {
    private static let counts = [1, 2, 3, 8, 32]

    /// Snapshots of one tree, each without a cache, with different numbers of readers.
    private func expectSame(
        _ sandbox: Sandbox, change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws {
        var roots: Set<Content> = []
        var problems: Set<[String]> = []
        var counts: [TreeCounts] = []
        for readers in Self.counts {
            let empty = sandbox.freshPath("cache")
            let run = try sandbox.snapshot { settings in
                change(&settings)
                settings.cacheDirectory = empty.bytes
                settings.readerCount = readers
            }
            roots.insert(try sandbox.manifest(run.report.id).root.content)
            problems.insert(run.unreadable.map { "\(DiskPath($0.path).text): \($0.reason)" })
            counts.append(run.report.counts)
        }
        #expect(roots.count == 1 && problems.count == 1)
        #expect(counts.allSatisfy { $0 == counts[0] })
    }

    @Test(arguments: seeds(count: 4))
    func `the tree is the same, however many read it`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 150)
        try expectSame(sandbox)
        let patterns = try ["*1*", "!*12*"].enumerated().map {
            try SelectionPattern(Array($1.utf8), line: $0)
        }
        try expectSame(sandbox) {
            $0.selection.patterns = [PatternList(patterns, origin: .options)]
        }
        try expectSame(sandbox) { $0.selection.staysOnFileSystem = true }
    }

    @Test(arguments: seeds(count: 3))
    func `what has changed is found, however many look`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 120)
        for readers in Self.counts {
            let run = try sandbox.snapshot { $0.readerCount = readers }
            #expect(try sandbox.differences(run.report.id) == [])
            let again = try sandbox.snapshot { $0.readerCount = readers }
            #expect(again.report.readFiles == 0)
            try sandbox.waitForTick()
            _ = try tree.edit(count: 5)
        }
    }

    /// More names than are read ahead, and more than are looked at in one go.
    @Test func `large directories, and chains of small ones, are the same`() throws {
        let sandbox = try Sandbox(seed: 5)
        var chain = sandbox.source
        for number in 0..<30 {
            chain = chain.appending("\(number)")
            try chain.makeDirectory()
            try chain.appending("file").write([UInt8(number)])
        }
        var tree = TemporaryTree(at: sandbox.source, seed: 5)
        try tree.addLargeDirectory("wide", entries: 4500)
        for number in 0..<100 {
            let folder = sandbox.source.appending("wide/entry-\(number % 10)-folder-\(number)")
            try folder.makeDirectory()
            try folder.appending("file").write([UInt8(number)])
        }
        try expectSame(sandbox)
    }

    @Test func `what cannot be read is told in the same order`() throws {
        let sandbox = try Sandbox(seed: 6)
        try DiskPath(sandbox.directory.path).setPermissions(0o755)
        try sandbox.source.setPermissions(0o755)
        let folders = (0..<40).map { sandbox.source.appending("\($0)") }
        for (number, folder) in folders.enumerated() {
            try folder.makeDirectory()
            try folder.appending("file").write([UInt8(number)])
            // Cannot be opened; its names can be read, and nothing of what they name; all right.
            try folder.setPermissions([0, 0o444, 0o755][number % 3])
        }
        try withoutPrivileges { try expectSame(sandbox) }
        for folder in folders { try folder.setPermissions(0o755) }
    }
}
