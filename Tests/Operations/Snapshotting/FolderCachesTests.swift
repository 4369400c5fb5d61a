import FileHandles
import RepositoryAccess
import SnapshotModel
import Snapshotting
import StatCaching
import TestSupport
import Testing

/// The local files of snapshots, counted and removed.
struct FolderCachesTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try sandbox.source.appending("file").write([1, 2, 3])
        _ = try sandbox.snapshot()
    }

    private func folder() throws -> DiskPath {
        sandbox.cache.appending("\(try sandbox.open().description.id)")
    }

    @Test func `all of them are counted, and nothing else`() throws {
        let names = try folder().names()
        let sizes = try names.map { try folder().appending($0).status().sizeInBytes }
        try sandbox.cache.appending("letter").write([1])
        try folder().appending("photo").write([1])
        let usage = FolderCaches.usage(cacheDirectory: sandbox.cache.bytes)
        // The state, the stat cache, the journal, and the one small pack.
        #expect(usage.files == 4)
        #expect(usage.bytes == sizes.reduce(0, +))
    }

    @Test func `clearing makes the next snapshot read everything, and harms nothing`() throws {
        // What a killed process has left half-written.
        try folder().appending("0123.state.1f.new").write([1])
        try folder().appending("photo").write([1])
        #expect(FolderCaches.clear(cacheDirectory: sandbox.cache.bytes).files == 5)
        #expect(try folder().names() == [Array("photo".utf8)])
        try folder().appending("photo").remove()
        _ = FolderCaches.clear(cacheDirectory: sandbox.cache.bytes)
        #expect(try sandbox.cache.names() == [])
        let run = try sandbox.snapshot()
        #expect(run.report.readFiles == 1)
        #expect(run.report.newBytes == 0)
    }

    @Test func `no cache comes to nothing`() {
        let missing = sandbox.cache.appending("missing").bytes
        #expect(FolderCaches.usage(cacheDirectory: missing) == FolderUsage())
        #expect(FolderCaches.clear(cacheDirectory: missing) == FolderUsage())
    }
}
