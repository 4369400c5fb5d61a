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
