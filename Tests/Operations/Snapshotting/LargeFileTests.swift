import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryAccess
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Files that are read in segments, and what their kind makes of them.
struct LargeFileTests {
    /// Up to here files are read whole when chunks are small.
    private static let bufferInBytes = 2 * 1024 * 1024
    private static let segmentInBytes = 1024 * 1024
    private static let largestChunk = 4 * 4096

    private func content(_ id: SnapshotID, _ name: String, _ sandbox: Sandbox) throws -> Content {
        let manifest = try sandbox.manifest(id)
        let reader = try sandbox.treeReader()
        let entry = try reader.entry(at: [FileName(name)], in: manifest.root)
        return try #require(entry.kind.content)
    }

    @Test func `a session is kept while a large file is read`() throws {
        let sandbox = try Sandbox(seed: 9, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 19)
        // The first one is read when the assembler waits already.
        for name in ["a", "b"] {
            try sandbox.source.appending(name).write(generator.bytes(6_000_000))
        }
        let sessions = Mutex(0)
        let store = HookedStore(
            sandbox.store,
            afterPut: { key in
                if key.description.contains("session.") { sessions.withLock { $0 += 1 } }
            })
        let kept = Mutex<Int?>(nil)
        let lease = UInt64(sandbox.leaseInSeconds)
        let run = try sandbox.snapshot(through: store) { settings in
            settings.workerCount = 1
        } onRead: { moment, path in
            guard path.name == Array("b".utf8) else { return }
            switch moment {
            case .beforeOpen: sandbox.uptimeInSeconds += lease / 2 + 1
            case .afterRead: kept.withLock { $0 = sessions.withLock { $0 } }
            }
        }
        #expect(kept.withLock { $0 } == 2)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    /// The numbers of the pages that are no holes.
    private func dataPages(_ path: DiskPath) throws -> [UInt64] {
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        let count = (try file.status().sizeInBytes + 4095) / 4096
        return (0..<count).filter { file.nextData(from: $0 * 4096) == $0 * 4096 }
    }

    @Test(arguments: [-1, 0, 1])
    func `content around the sizes of buffers comes back`(difference: Int) throws {
        let sandbox = try Sandbox(seed: 9, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: UInt64(9 + difference))
        let sizes = [
            Self.bufferInBytes, Self.bufferInBytes + Self.segmentInBytes,
            2 * (Self.segmentInBytes + Self.largestChunk), 2 * Self.segmentInBytes + 5000,
        ]
        for (number, size) in sizes.enumerated() {
            let bytes = generator.bytes(size + difference)
            try sandbox.source.appending("random \(number)").write(bytes)
        }
        let half = generator.mixedBytes(Self.bufferInBytes + difference)
        try sandbox.source.appending("mixed").write(half + half)
        let run = try sandbox.snapshot { $0.workerCount = 3 }
        #expect(try sandbox.differences(run.report.id) == [])
        // The same bytes are cut alike wherever they are read, whole or in segments.
        let again = try sandbox.snapshot { $0.ignoresStatCache = true }
        #expect(again.report.newBytes == 0)
    }

    @Test func `a list of more than 256 chunks is stored as chunks`() throws {
        let sandbox = try Sandbox(seed: 4, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 4)
        var bytes = generator.bytes(3_000_000)
        let file = sandbox.source.appending("file")
        try file.write(bytes)
        let first = try sandbox.snapshot()
        #expect(try content(first.report.id, "file", sandbox).levels == 1)
        // One changed page needs its chunk and the lists above it, not all lists.
        bytes[1_500_000] ^= 1
        try sandbox.waitForTick()
        try file.write(bytes)
        let second = try sandbox.snapshot()
        #expect(second.report.newBytes < 60_000)
        #expect(try sandbox.differences(second.report.id) == [])
        bytes[1_500_000] ^= 1
        #expect(try sandbox.restore(first.report.id).target.appending("file").read() == bytes)
    }

    @Test func `a database is cut into pages, so page edits upload little`() throws {
        let sandbox = try Sandbox(seed: 8)
        var generator = SeededGenerator(seed: 8)
        let file = sandbox.source.appending("data.sqlite")
        try file.write(Array("SQLite format 3\0".utf8) + generator.bytes(3_000_000 - 16))
        let first = try sandbox.snapshot { $0.compression = .off }
        let pages = try content(first.report.id, "data.sqlite", sandbox)
        #expect(pages.levels == 1)
        for _ in 0..<5 {
            let page = generator.number(in: 1...365)
            try file.overwrite(generator.bytes(200), at: UInt64(page * 8192 + 100))
        }
        try sandbox.waitForTick()
        try file.setModified(FileStatus.Time(seconds: 5, nanoseconds: 5))
        let second = try sandbox.snapshot { $0.compression = .off }
        #expect(second.report.newBytes < 5 * 8192 + 40_000)
        #expect(try sandbox.differences(second.report.id) == [])
    }

    @Test func `compressed files are cut into large chunks`() throws {
        let sandbox = try Sandbox(seed: 8)
        var generator = SeededGenerator(seed: 8)
        let random = generator.bytes(4_000_000)
        try sandbox.source.appending("movie.gz").write([0x1F, 0x8B, 0x08] + random)
        try sandbox.source.appending("plain").write([0] + random)
        let run = try sandbox.snapshot()
        let opaque = try content(run.report.id, "movie.gz", sandbox)
        #expect((2...32).contains(opaque.chunks.count))
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a large sparse file is stored in few bytes and restored with its holes`() throws {
        let sandbox = try Sandbox(seed: 8)
        let file = sandbox.source.appending("image")
        let sizeInBytes: UInt64 = 200 * 1024 * 1024
        try file.truncate(to: sizeInBytes)
        for offset in [0, 1_000_003, sizeInBytes / 2, sizeInBytes - 5] {
            try file.overwrite(Array("data".utf8), at: offset)
        }
        let clock = ContinuousClock()
        let start = clock.now
        let run = try sandbox.snapshot()
        #expect(clock.now - start < .seconds(10))
        #expect(run.traffic.uploadedBytes < 100_000)
        #expect(run.report.counts.bytes == sizeInBytes)
        let restored = try sandbox.restore(run.report.id)
        let copy = restored.target.appending("image")
        #expect(try copy.status().sizeInBytes == sizeInBytes)
        #expect(try copy.status().allocatedInBytes < 2 * 1024 * 1024)
        #expect(try compareTrees(file, copy) == [])
    }

    @Test(arguments: seeds(count: 4))
    func `holes and zeros of any place and length come back`(
        seed: UInt64
    ) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<6 {
            let file = sandbox.source.appending("file \(number)")
            let size = generator.number(in: 0...5_000_000)
            try file.truncate(to: UInt64(size))
            for _ in 0..<generator.number(in: 0...6) {
                let offset = generator.number(in: 0...size)
                let length = min(size - offset, generator.number(in: 0...100_000))
                let bytes =
                    generator.oneIn(3)
                    ? [UInt8](repeating: 0, count: length) : generator.bytes(length)
                try file.overwrite(bytes, at: UInt64(offset))
            }
        }
        let run = try sandbox.snapshot()
        #expect(try sandbox.differences(run.report.id) == [])
        let sparse = try sandbox.restore(run.report.id, makesHoles: true)
        let again = try sandbox.snapshot { $0.sources = [sparse.target.bytes] }
        #expect(again.report.newBytes == 0)
        // Last, for mapping a file in memory fills its holes.
        #expect(try compareTrees(sandbox.source, sparse.target) == [])
    }

    @Test(arguments: seeds(count: 4), [nil, 4096])
    func `a file that has holes gets them back, and no other file does`(
        seed: UInt64, averageChunkInBytes: Int?
    ) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: averageChunkInBytes)
        var generator = SeededGenerator(seed: seed)
        let pages = generator.array(3...600) { $0.oneIn(3) }
        for name in ["sparse", "dense"] {
            let file = sandbox.source.appending(name)
            try file.truncate(to: UInt64(pages.count * 4096 + 77))
            for (page, isHole) in pages.enumerated() where !isHole || name == "dense" {
                let bytes = isHole ? [UInt8](repeating: 0, count: 4096) : generator.bytes(4096)
                try file.overwrite(bytes, at: UInt64(page * 4096))
            }
            try file.overwrite([1], at: UInt64(pages.count * 4096 + 76))
        }
        let run = try sandbox.snapshot()
        let target = try sandbox.restore(run.report.id).target
        for name in ["sparse", "dense"] {
            let (file, copy) = (sandbox.source.appending(name), target.appending(name))
            #expect(try dataPages(copy) == dataPages(file), "\(name)")
            // Whether a block is counted that lists the pieces of a file depends on when the
            // file system writes, so the pages themselves are compared.
            #expect(try copy.status().lacksBlocks == (name == "sparse" && pages.contains(true)))
        }
        let root = try sandbox.manifest(run.report.id).root
        let empty = sandbox.freshPath("empty-cache")
        let again = try sandbox.snapshot {
            $0.sources = [target.bytes]
            $0.cacheDirectory = empty.bytes
        }
        #expect(try sandbox.manifest(again.report.id).root.content == root.content)
        // The cache knows of the holes, too.
        for folder in [sandbox.source, target] {
            try folder.appending("more").write([1])
            try folder.appending("more").setModified(FileStatus.Time(seconds: 7, nanoseconds: 0))
        }
        let more = try sandbox.snapshot {
            $0.sources = [target.bytes]
            $0.cacheDirectory = empty.bytes
        }
        let whole = try sandbox.snapshotWithoutCache()
        #expect(
            try sandbox.manifest(more.report.id).root.content
                == sandbox.manifest(whole.report.id).root.content)
        // Last, for mapping a file in memory fills its holes.
        for name in ["sparse", "dense"] {
            let (file, copy) = (sandbox.source.appending(name), target.appending(name))
            #expect(try compareTrees(file, copy) == [])
        }
    }
}
