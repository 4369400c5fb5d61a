import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Local files may be lost, cut off or damaged at any time: a snapshot is then slower, never wrong.
struct DamagedCacheTests {
    private let sandbox: Sandbox
    private let root: RootEntry

    init() throws {
        sandbox = try Sandbox(seed: 5)
        let source = sandbox.source
        try source.appending("folder").makeDirectory()
        try source.appending("folder/file").write(Array("content".utf8))
        try source.appending("link").makeLink(to: [0x78])
        let run = try sandbox.snapshot()
        root = try sandbox.manifest(run.report.id).root
    }

    /// The files of the cache by their endings.
    private func files() throws -> [DiskPath] {
        try sandbox.cache.names().flatMap { folder in
            let folder = sandbox.cache.appending(folder)
            return try folder.names().map { folder.appending($0) }
        }
    }

    private func file(_ ending: String) throws -> DiskPath {
        try #require(files().first { $0.text.hasSuffix(ending) })
    }

    /// - Returns: how many files were read.
    @discardableResult
    private func expectRightSnapshot(_ comment: Comment) throws -> UInt64 {
        let run = try sandbox.snapshot()
        #expect(try sandbox.manifest(run.report.id).root == root, comment)
        return run.report.readFiles
    }

    @Test(arguments: [".state", ".stat"])
    func `a byte changed anywhere makes the cache invalid`(ending: String) throws {
        let path = try file(ending)
        let good = try path.read()
        #expect(good.count < 1200)
        for position in good.indices {
            var bad = good
            bad[position] ^= 1 << UInt8(position % 8)
            try path.write(bad)
            #expect(try expectRightSnapshot("byte \(position)") == 1, "byte \(position)")
        }
    }

    @Test(arguments: [".state", ".stat"])
    func `a cache that is cut off or longer does not count`(ending: String) throws {
        let path = try file(ending)
        let good = try path.read()
        // Without the line feed at its end a state is still whole.
        for length in stride(from: 0, to: good.count - 1, by: 23) {
            try path.write(Array(good.prefix(length)))
            #expect(try expectRightSnapshot("length \(length)") == 1)
        }
        try path.write(good + good)
        #expect(try expectRightSnapshot("twice") == 1)
    }

    @Test func `each file may be lost, and all of them`() throws {
        for path in try files() {
            try path.remove()
            try expectRightSnapshot("without \(path.text)")
        }
        try sandbox.cache.remove()
        #expect(try expectRightSnapshot("without a cache") == 1)
        #expect(try expectRightSnapshot("with a new cache") == 0)
    }

    @Test func `files of different runs do not go together`() throws {
        let state = try file(".state").read()
        let stat = try file(".stat").read()
        try sandbox.waitForTick()
        try sandbox.source.appending("folder/file").write(Array("CONTENT".utf8))
        let run = try sandbox.snapshot()
        let newRoot = try sandbox.manifest(run.report.id).root
        let (newState, newStat) = (try file(".state").read(), try file(".stat").read())
        for (state, stat) in [(state, newStat), (newState, stat), (state, stat)] {
            try file(".state").write(state)
            try file(".stat").write(stat)
            #expect(try sandbox.manifest(sandbox.snapshot().report.id).root == newRoot)
        }
    }

    @Test func `a cache directory that cannot be made is done without`() throws {
        try sandbox.cache.remove()
        try sandbox.cache.write([1])
        #expect(try expectRightSnapshot("a file in its place") == 1)
        #expect(try expectRightSnapshot("a file in its place") == 1)
    }
}
