import DirectoryStore
import FileTree
import ObjectStore
import RepositoryAccess
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport

/// How fast a tree of 2,000 files is taken and given back.
struct TreeBenchmarks {
    private static let fileCount = 2_000
    private static let filesPerFolder = 40
    /// How often an unchanged tree is taken until no file is read again: files that were written
    /// just before a snapshot are, once.
    private static let mostSettlingRuns = 1_000

    private let folder: TemporaryFolder
    private let tree = "tree"

    static func all(in folder: TemporaryFolder) -> [Benchmark] {
        let benchmarks = Self(folder: folder)
        return [
            Benchmark("tree/first snapshot, files", .operations, makeWorkload: benchmarks.first),
            Benchmark("tree/unchanged, files", .operations, makeWorkload: benchmarks.unchanged),
            Benchmark("tree/restore, files", .operations, makeWorkload: benchmarks.restore),
        ]
    }

    private func first() throws -> Workload {
        try makeTree()
        let repository = "first.repository"
        let cache = "first.cache"
        return Workload(
            amount: Self.fileCount,
            prepare: {
                try folder.remove(repository)
                try folder.remove(cache)
                _ = try makeRepository(repository)
            },
            pass: { try snapshot(to: repository, cache).newBytes })
    }

    private func unchanged() throws -> Workload {
        try makeTree()
        let repository = "unchanged.repository"
        let cache = "unchanged.cache"
        _ = try makeRepository(repository)
        var runs = 0
        while try snapshot(to: repository, cache).readFiles > 0 {
            runs += 1
            guard runs < Self.mostSettlingRuns else {
                throw BenchmarkError(description: "an unchanged tree is read again and again")
            }
        }
        return Workload(amount: Self.fileCount) {
            let report = try snapshot(to: repository, cache)
            guard report.readFiles == 0, report.newBytes == 0 else {
                throw BenchmarkError(description: "an unchanged tree was read again")
            }
            return report.counts.files
        }
    }

    private func restore() throws -> Workload {
        try makeTree()
        let source = "restore.repository"
        let target = "restore.target"
        let opened = try makeRepository(source)
        _ = try snapshot(to: source, "restore.cache")
        let manifest = try opened.findSnapshot("latest", SnapshotFilter())
        let entry = Entry(
            name: FileName(tree), kind: .directory(manifest.root.content),
            metadata: manifest.root.metadata)
        return Workload(
            amount: Self.fileCount,
            prepare: { try folder.remove(target) },
            pass: {
                var settings = RestoreSettings(target: folder.path(target))
                settings.reading = .local
                let restorer = Restorer(repository: opened, settings: settings) { _ in }
                let counts = try restorer.restore(entry)
                guard counts.failed == 0, counts.damaged == 0 else {
                    throw BenchmarkError(description: "some files could not be restored")
                }
                return counts.bytes
            })
    }

    /// Half text, half random bytes, most files small: about 40 MB.
    private func makeTree() throws {
        try folder.remove(tree)
        var generator = SeededGenerator(seed: 6)
        let text = SampleInput.text(1024 * 1024)
        for number in 0..<Self.fileCount {
            let subfolder = "\(tree)/folder-\(number / Self.filesPerFolder)"
            if number % Self.filesPerFolder == 0 { try folder.makeFolder(subfolder) }
            let size = (200 << generator.number(in: 0...9)) + number
            let start = generator.number(in: 0...text.count - size)
            let bytes =
                generator.oneIn(2) ? generator.bytes(size) : Array(text[start..<start + size])
            try folder.write(bytes, to: "\(subfolder)/file-\(number)")
        }
    }

    private func makeRepository(_ name: String) throws -> Repository {
        var random = SystemRandomNumberGenerator()
        let description = RepositoryDescription(
            id: RepositoryID(using: &random), created: Machine.now(),
            chunking: ChunkingParameters())
        return try Repository.create(in: DirectoryStore(path: folder.path(name)), description)
    }

    private func snapshot(to repository: String, _ cache: String) throws -> SnapshotReport {
        let meter = TrafficMeter()
        let store = MeteredStore(DirectoryStore(path: folder.path(repository)), meter)
        let settings = SnapshotSettings(
            sources: [folder.path(tree)], host: "benchmark", user: "benchmark",
            cacheDirectory: folder.path(cache), tool: "varve benchmarks")
        let environment = SnapshotEnvironment(
            now: Machine.now,
            session: SessionEnvironment(
                host: "benchmark", process: Machine.processID, tool: "varve benchmarks",
                makeRandomBits: {
                    var random = SystemRandomNumberGenerator()
                    return RandomBits(high: random.next(), low: random.next())
                },
                uptimeInSeconds: Machine.uptimeInSeconds))
        let snapshotter = Snapshotter(
            repository: try Repository.open(in: store), meter: meter, settings: settings,
            environment: environment, report: { _ in })
        return try snapshotter.run()
    }
}
