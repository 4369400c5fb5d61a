import FileHandles
import SnapshotModel
import TestSupport
import Testing

@testable import StatCaching

/// A writer says what has become of the stat cache, so that no state goes with a wrong one.
struct StatCacheWriterTests {
    private let directory: TemporaryDirectory
    private let path: [UInt8]

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        path = directory.appending("cache")
    }

    private func write(_ directories: [String], old: StatCache? = nil) -> StatCacheWriter {
        let writer = StatCacheWriter(path: path, old: old)
        for name in directories {
            var segments = StatCacheWriter.Segments()
            writer.finish(&segments, path: Array(name.utf8), content: .empty)
        }
        return writer
    }

    /// A cache of two directories.
    private func makeOld() throws -> StatCache {
        let hash = try #require(write(["", "a"]).finish().hash)
        return try #require(StatCache(path: path, digest: hash))
    }

    @Test func `a new cache has the hash that is told`() throws {
        #expect(try makeOld().directoryCount == 2)
    }

    @Test func `what was only kept leaves the old cache as it is`() throws {
        let old = try makeOld()
        let before = try directory.read("cache")
        let writer = write([], old: old)
        for name in ["", "a"] { writer.keep(try #require(old.directory(Array(name.utf8)))) }
        #expect(writer.finish() == .unchanged)
        #expect(try directory.read("cache") == before)
    }

    @Test func `other rules of a directory that is as it was are noted, no rules are not`() throws {
        let rules = SelectionDigest.none.adding([[1]])
        var old = try makeOld()
        for (selection, isChange) in [(rules, true), (rules, false), (.none, false)] {
            let writer = write([], old: old)
            let kept = try #require(old.directory(Array("a".utf8)))
            writer.keep(try #require(old.directory([])))
            writer.keep(kept, selection: selection)
            let outcome = writer.finish()
            #expect((outcome == .unchanged) != isChange)
            if let hash = outcome.hash {
                old = try #require(StatCache(path: path, digest: hash))
            }
            #expect(old.directory([])?.selection == SelectionDigest.none)
            #expect(old.directory(Array("a".utf8))?.selection == rules)
        }
    }

    @Test func `a directory that is written anew has its own rules, or none`() throws {
        let rules = SelectionDigest.none.adding([[1], []])
        for selection in [rules, .none] {
            let writer = StatCacheWriter(path: path, old: nil)
            var segments = StatCacheWriter.Segments()
            writer.finish(&segments, path: [], content: .empty, selection: selection)
            let hash = try #require(writer.finish().hash)
            let cache = try #require(StatCache(path: path, digest: hash))
            #expect(cache.directory([])?.selection == selection)
        }
    }

    @Test func `rules are told apart by their bytes, their order, and what counts before them`() {
        let lists: [[[UInt8]]] = [
            [], [[]], [[], []], [[1]], [[1], []], [[], [1]], [[1, 0]], [[0, 1]],
        ]
        let first = lists.map { SelectionDigest.none.adding($0) }
        let second = first.flatMap { digest in lists.map { digest.adding($0) } }
        #expect(Set(first + second + [.none]).count == lists.count * (lists.count + 1) + 1)
        #expect(first == lists.map { SelectionDigest.none.adding($0) })
    }

    @Test func `a directory less is a change`() throws {
        let old = try makeOld()
        let writer = write([], old: old)
        writer.keep(try #require(old.directory([])))
        let hash = try #require(writer.finish().hash)
        #expect(StatCache(path: path, digest: hash)?.directoryCount == 1)
    }

    @Test func `a folder that is gone is a failure, and so is a name that is taken`() throws {
        let folder = DiskPath(path)
        try folder.makeDirectory()
        try folder.appending("file").write([1])
        #expect(write(["", "a"]).finish() == .failed)
        #expect(StatCacheWriter(path: folder.appending("x/y").bytes, old: nil).finish() == .failed)
        #expect(try directory.names() == ["cache"])
    }
}

extension StatCacheWriter.Outcome {
    /// The hash of the cache that was written.
    var hash: Digest256? {
        guard case .written(let hash) = self else { return nil }
        return hash
    }
}
