import ObjectStore
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What can be taken, and what stays out.
struct SourcesTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        for name in ["one", "two"] {
            try sandbox.source.appending(name).makeDirectory()
            try sandbox.source.appending("\(name)/file").write(Array(name.utf8))
        }
        try sandbox.source.appending("single").write(Array("alone".utf8))
        try sandbox.source.appending("link").makeLink(to: Array("one".utf8))
        try sandbox.source.appending("file link").makeLink(to: Array("single".utf8))
    }

    private func names(_ paths: [String]) throws -> (RestoreRun, [String]) {
        let sources = paths.map { sandbox.source.appending($0).bytes }
        let run = try sandbox.snapshot { $0.sources = sources }
        #expect(try sandbox.snapshot { $0.sources = sources }.report.readFiles == 0)
        #expect(try sandbox.manifest(run.report.id).paths == sources)
        let restored = try sandbox.restore(run.report.id)
        return (restored, try restored.target.names().map { String(decoding: $0, as: UTF8.self) })
    }

    @Test func `several sources are entries of the root by their last components`() throws {
        let (run, names) = try names(["two", "single", "one"])
        #expect(names == ["one", "single", "two"])
        for name in names {
            let copy = run.target.appending(name)
            #expect(try compareTrees(sandbox.source.appending(name), copy) == [])
        }
    }

    @Test func `a file alone is an entry of the root`() throws {
        let (run, names) = try names(["single"])
        #expect(names == ["single"])
        #expect(try run.target.appending("single").read() == Array("alone".utf8))
    }

    @Test func `a link given as a source stands for what it points to`() throws {
        let (run, names) = try names(["link"])
        #expect(names == ["file"])
        #expect(try run.target.appending("file").read() == Array("one".utf8))
    }

    @Test func `so it does among several, under its own name`() throws {
        let (run, names) = try names(["link", "file link"])
        #expect(names == ["file link", "link"])
        #expect(try run.target.appending("link/file").read() == Array("one".utf8))
        #expect(try run.target.appending("file link").read() == Array("alone".utf8))
    }

    @Test func `links within a source stay links`() throws {
        let run = try sandbox.snapshot()
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `sources with one last component collide`() throws {
        let paths = [sandbox.source.appending("one/file"), sandbox.source.appending("two/file")]
        let error = #expect(throws: SnapshotError.self) {
            try sandbox.snapshot { $0.sources = paths.map(\.bytes) }
        }
        #expect(error?.code == .collision)
        #expect(try sandbox.manifests().isEmpty)
    }

    @Test(arguments: ["missing", "single/below", "missing/below"])
    func `a source that is not there is an error, and nothing is written`(name: String) throws {
        let recorder = RecordingStore(sandbox.store)
        let error = #expect(throws: SnapshotError.self) {
            try sandbox.snapshot(through: recorder) {
                $0.sources.append(sandbox.source.appending(name).bytes)
            }
        }
        #expect(error?.code == .noSource)
        #expect(error?.path == sandbox.source.appending(name).bytes)
        #expect(recorder.calls.allSatisfy { $0.operation != .put })
        #expect(!sandbox.cache.exists)
    }

    @Test func `the repository and the cache are left out, by any name`() throws {
        let inner = sandbox.source.appending("one/repository")
        try inner.makeDirectory()
        try inner.appending("pack").write([1])
        let cache = sandbox.source.appending("cache")
        let alias = sandbox.freshPath()
        try alias.makeLink(to: inner.bytes)
        for _ in 0..<3 {
            let run = try sandbox.snapshot {
                $0.cacheDirectory = cache.bytes
                $0.ownDirectories = [alias.bytes, cache.bytes]
            }
            let restored = try sandbox.restore(run.report.id).target
            #expect(!restored.appending("cache").exists)
            #expect(try restored.appending("one").names() == [Array("file".utf8)])
            let left = run.notices.map(\.path)
            #expect(left.contains(inner.bytes))
        }
    }

    @Test func `the repository is no source`() throws {
        let own = sandbox.source.appending("one").bytes
        let error = #expect(throws: SnapshotError.self) {
            try sandbox.snapshot {
                $0.sources = [own]
                $0.ownDirectories = [own]
            }
        }
        #expect(error?.code == .ownDirectory)
        #expect(error?.path == own)
    }

    @Test func `the same paths in another order are another source`() throws {
        let paths = ["one", "two"].map { sandbox.source.appending($0).bytes }
        let first = try sandbox.snapshot { $0.sources = paths }
        let second = try sandbox.snapshot { $0.sources = paths.reversed() }
        let roots = [try sandbox.manifest(first.report.id), try sandbox.manifest(second.report.id)]
        #expect(roots[0].root == roots[1].root)
        #expect(roots[1].parent == nil)
    }
}
