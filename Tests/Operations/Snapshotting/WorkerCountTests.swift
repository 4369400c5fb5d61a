import RepositoryAccess
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// However many workers there are, the snapshot is the same.
struct WorkerCountTests {
    private static let firstBytes: [String: [UInt8]] = [
        "general": [0], "database": Array("SQLite format 3\0".utf8), "movie.gz": [0x1F, 0x8B, 8],
    ]

    private func fill(_ folder: DiskPath, _ generator: inout SeededGenerator) throws {
        for (name, first) in Self.firstBytes.sorted(by: { $0.key < $1.key }) {
            let bytes = generator.mixedBytes(generator.number(in: 2_000_000...5_000_000))
            try folder.appending(name).write(first + bytes)
        }
        let size = generator.number(in: 2_200_000...4_000_000)
        try folder.appending("one byte").write([UInt8](repeating: 0x41, count: size))
        try folder.appending("zeros").write([UInt8](repeating: 0, count: size))
        let word = generator.bytes(generator.number(in: 2...100))
        let words = repeatElement(word, count: size / word.count).joined()
        try folder.appending("repetition").write(Array(words))
        for name in ["sparse", "sparse database"] {
            let file = folder.appending(name)
            try file.truncate(to: UInt64(4 * size))
            for _ in 0..<4 {
                let bytes = generator.bytes(generator.number(in: 1...1_500_000))
                let offset = generator.number(in: 0...4 * size - bytes.count)
                try file.overwrite(bytes, at: UInt64(offset))
            }
        }
        try folder.appending("sparse database").overwrite(
            Array("SQLite format 3\0".utf8), at: 0)
    }

    @Test(arguments: seeds(count: 2), [nil, 4096])
    func `large files of each kind have the same chunks`(
        seed: UInt64, averageChunkInBytes: Int?
    ) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: averageChunkInBytes)
        var generator = SeededGenerator(seed: seed)
        try fill(sandbox.source, &generator)
        let first = try sandbox.snapshot { $0.workerCount = 1 }
        let root = try sandbox.manifest(first.report.id).root
        for workers in [2, 8] {
            let run = try sandbox.snapshot {
                $0.workerCount = workers
                $0.ignoresStatCache = true
            }
            #expect(try sandbox.manifest(run.report.id).root.content == root.content)
            #expect(run.report.newBytes == 0)
            #expect(run.report.counts == first.report.counts)
            #expect(run.events.isEmpty)
        }
        #expect(try sandbox.differences(first.report.id) == [])
    }

    @Test(arguments: [2, 8])
    func `a large file alone comes back, whoever has read it`(workers: Int) throws {
        let sandbox = try Sandbox(seed: 3)
        var generator = SeededGenerator(seed: 3)
        try sandbox.source.appending("file").write(generator.mixedBytes(8_000_000))
        let run = try sandbox.snapshot { $0.workerCount = workers }
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(try sandbox.check().problems == [])
    }
}
