import ChunkStorage
import DirectoryStore
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

struct RoundTripTests {
    @Test(arguments: seeds(count: 6))
    func `a restored snapshot equals the tree`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 120)
        try tree.addDeepPath(levels: 60)
        let run = try sandbox.snapshot()
        #expect(run.events.isEmpty)
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test(arguments: [CompressionSetting.off, .zstd(level: 1), .zstd(level: 9)])
    func `so it does with each compression, from a directory of the disk`(
        compression: CompressionSetting
    ) throws {
        let sandbox = try Sandbox(seed: 7) { DirectoryStore(path: $0.appending("repository")) }
        var tree = TemporaryTree(at: sandbox.source, seed: 7)
        try tree.grow(entries: 60)
        let run = try sandbox.snapshot { $0.compression = compression }
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `an empty folder makes a snapshot`() throws {
        let sandbox = try Sandbox()
        let run = try sandbox.snapshot()
        #expect(run.report.counts.directories == 1)
        #expect(run.report.counts.files == 0)
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.snapshot().report.newBytes == 0)
    }

    @Test(arguments: seeds(count: 3))
    func `equal trees have equal roots, however they came about`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 60)
        let first = try sandbox.snapshot()
        let copy = try sandbox.restore(first.report.id).target
        let second = try sandbox.snapshot {
            $0.sources = [copy.bytes]
            $0.workerCount = 5
        }
        let roots = [try sandbox.manifest(first.report.id), try sandbox.manifest(second.report.id)]
        #expect(roots[0].root == roots[1].root)
        #expect(second.report.newBytes == 0)
        #expect(roots[0].counts == roots[1].counts)
    }

    @Test func `the manifest tells what was asked for and what there is`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("a").write(Array("12345".utf8))
        try sandbox.source.appending("empty").write([])
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("link").makeLink(to: Array("a".utf8))
        let run = try sandbox.snapshot {
            $0.tags = ["b", "a", "b"]
            $0.description = "all of it"
            $0.host = "elsewhere"
        }
        let manifest = try sandbox.manifest(run.report.id)
        #expect(manifest.tags == ["a", "b"])
        #expect(manifest.description == "all of it")
        #expect(manifest.host == "elsewhere")
        #expect(manifest.paths == [sandbox.source.bytes])
        #expect(manifest.parent == nil)
        #expect(manifest.tool == "varve test")
        #expect(manifest.counts == TreeCounts(files: 2, directories: 2, others: 1, bytes: 5))
        #expect(manifest.counts == run.report.counts)
        #expect(manifest.upload.newBytes == run.report.newBytes)
        let second = try sandbox.snapshot { $0.host = "elsewhere" }
        #expect(try sandbox.manifest(second.report.id).parent == manifest.id)
    }
}
