import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// A preview lists what the snapshot then has.
struct PreviewTests {
    private static func expectSame(_ run: PreviewRun, _ report: SnapshotReport) {
        #expect(run.preview.counts == report.counts)
        #expect(run.preview.unreadableCount == report.unreadableCount)
    }

    @Test(arguments: seeds(count: 12))
    func `whatever is left out, a snapshot takes what its preview says`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        tree.editsLinksAndAttributes = hasUserAttributes
        try tree.grow(entries: 50)
        for _ in 0..<4 {
            let paths = try sandbox.source.pathsBelow()
            let selection = try tree.generator.selection(of: paths)
            let run = try sandbox.preview { $0.selection = selection }
            let report = try sandbox.snapshot { $0.selection = selection }.report
            #expect(try run.paths() == sandbox.paths(report.id))
            Self.expectSame(run, report)
            _ = try tree.edit(count: 4)
        }
    }

    @Test(arguments: seeds(count: 6))
    func `what is marked is what the snapshot before did not have, or reads`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 50)
        let first = try sandbox.snapshot().report
        let before = try sandbox.paths(first.id)
        #expect(try sandbox.preview().paths(.new, .changed) == [])
        try sandbox.waitForTick()
        _ = try tree.edit(count: 6)
        let run = try sandbox.preview()
        #expect(Set(run.paths(.new)).isDisjoint(with: before))
        #expect(Set(run.paths(.changed, .unchanged)).isSubset(of: before))
        let second = try sandbox.snapshot().report
        let read = run.entries.filter {
            $0.kind == .file && $0.sizeInBytes > 0 && $0.change != .unchanged
        }
        // A further name of a file that was read already is not read again.
        #expect(UInt64(read.count) >= second.readFiles)
        #expect(run.preview.readBytes == read.reduce(0) { $0 + $1.sizeInBytes })
    }

    @Test func `several sources are below a folder that is made up`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill("one/x", "two/y/z", "three")
        let sources = ["two", "three", "one"].map { sandbox.source.appending($0).bytes }
        let run = try sandbox.preview { $0.sources = sources }
        #expect(run.paths() == ["one", "one/x", "three", "two", "two/y", "two/y/z"])
        let report = try sandbox.snapshot { $0.sources = sources }.report
        #expect(try run.paths() == sandbox.paths(report.id))
        Self.expectSame(run, report)
        let again = try sandbox.preview { $0.sources = sources }
        #expect(again.paths(.unchanged) == run.paths())
    }

    @Test func `folders and files are marked by what became of them`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill("a", "b", "gone", "folder/same", "kept/same", "z/gone")
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try sandbox.source.fill("c", "folder/new", "new/file", "gone-too")
        try sandbox.source.appending("b").write([1, 2, 3])
        for name in ["gone", "z/gone"] { try sandbox.source.appending(name).remove() }
        let run = try sandbox.preview()
        #expect(run.paths(.new) == ["c", "folder/new", "gone-too", "new", "new/file"])
        #expect(run.paths(.changed) == ["b", "folder", "z"])
        #expect(run.paths(.unchanged) == ["a", "folder/same", "kept", "kept/same"])
        #expect(run.preview.newFiles == 4 && run.preview.changedFiles == 1)
        #expect(run.preview.readBytes == 3 + UInt64("cfolder/newnew/filegone-too".count))
        #expect(try sandbox.preview(isKnown: false).paths(.new) == run.paths())
        let rescan = try sandbox.preview { $0.ignoresStatCache = true }
        #expect(rescan.preview.readBytes == rescan.preview.counts.bytes)
    }

    @Test func `nothing is written, and no request is sent`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill("a", "folder/b")
        _ = try sandbox.preview()
        #expect(!sandbox.cache.exists)
        _ = try sandbox.snapshot()
        try sandbox.source.fill("c")
        let objects = try sandbox.names("")
        func contents() throws -> [[UInt8]: [UInt8]] {
            var contents: [[UInt8]: [UInt8]] = [:]
            for path in try sandbox.cache.pathsBelow() {
                let file = sandbox.cache.appending(path)
                if try file.status().kind == .file { contents[path] = try file.read() }
            }
            return contents
        }
        let before = try contents()
        #expect(!before.isEmpty)
        #expect(try sandbox.preview().paths(.new) == ["c"])
        #expect(try contents() == before)
        #expect(try sandbox.names("") == objects)
    }

    @Test func `the cache folder is passed over, and is no source`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill("a", "own/b")
        let own = sandbox.source.appending("own").bytes
        #expect(try sandbox.preview { $0.ownDirectories = [own] }.paths() == ["a"])
        let error = #expect(throws: SnapshotError.self) {
            try sandbox.preview {
                $0.ownDirectories = [own]
                $0.sources = [own]
            }
        }
        #expect(error?.code == .ownDirectory)
    }
}
