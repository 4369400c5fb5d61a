import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// How much a machine asks for that has nothing but the store.
struct RequestTests {
    /// A twentieth of the usual sizes, as the trees are smaller than real ones.
    private static let scale = 20
    private static let reading: ReadSettings = {
        var reading = ReadSettings.network
        reading.partInBytes /= scale
        reading.metadataWindowInBytes /= scale
        reading.gapInBytes /= scale
        return reading
    }()

    /// Restores, compares, and counts.
    private func expectFewRequests(
        _ sandbox: Sandbox, _ id: SnapshotID, _ reading: ReadSettings = Self.reading
    ) throws -> StoreTraffic {
        let meter = TrafficMeter()
        let recorder = RecordingStore(MeteredStore(sandbox.store, meter))
        let run = try sandbox.restore(id, through: recorder) { $0.reading = reading }
        #expect(try compareTrees(sandbox.source, run.target) == [])
        #expect(recorder.rereads == [])
        let traffic = meter.traffic
        let part = UInt64(8 * 1024 * 1024 / Self.scale)
        let requests = traffic.gets + traffic.lists + traffic.heads
        #expect(requests <= traffic.downloadedBytes / part + 40, "\(traffic)")
        return traffic
    }

    /// Files in folders, half of them text, of 100 bytes to 40 KB.
    private func makeTree(_ sandbox: Sandbox, folders: Int, files: Int) throws -> SeededGenerator {
        var generator = SeededGenerator(seed: 8)
        for folder in 0..<folders {
            let path = sandbox.source.appending("folder \(folder)")
            try path.makeDirectory()
            for file in 0..<files {
                let size = generator.magnitude(UInt16.self)
                try path.appending("file \(file)").write(
                    generator.oneIn(2)
                        ? generator.text(Int(size)) : generator.bytes(Int(size)))
            }
        }
        return generator
    }

    @Test func `a first snapshot is read in large pieces, and nothing twice`() throws {
        let sandbox = try Sandbox()
        _ = try makeTree(sandbox, folders: 40, files: 20)
        let traffic = try expectFewRequests(sandbox, sandbox.snapshot().report.id)
        // Description, table names, table, metadata, and what the data divided by the parts gives.
        let data = try sandbox.store.list(prefix: ObjectNames.packs).reduce(0) {
            $0 + $1.sizeInBytes
        }
        #expect(traffic.downloadedBytes < data + data / 4)
        #expect(traffic.gets < 40)
    }

    @Test func `twenty small changes later there are twenty packs, each asked once`() throws {
        let sandbox = try Sandbox()
        var generator = try makeTree(sandbox, folders: 40, files: 6)
        var last = try sandbox.snapshot().report.id
        for number in 0..<20 {
            try sandbox.waitForTick()
            let folder = sandbox.source.appending("folder \(2 * number)")
            try folder.appending("file 1").write(generator.bytes(5_000))
            last = try sandbox.snapshot().report.id
        }
        let packs = try sandbox.keys(ObjectNames.packs).count
        #expect(packs == 21)
        let traffic = try expectFewRequests(sandbox, last, .network)
        let tables = try sandbox.keys(ObjectNames.indexes).count
        // The description, too; the first pack has data and metadata far from each other.
        #expect(Int(traffic.gets) <= packs + tables + 2)
    }

    @Test func `many folders are read with few requests`() throws {
        let sandbox = try Sandbox()
        for outer in 0..<20 {
            let path = sandbox.source.appending("outer \(outer)")
            try path.makeDirectory()
            for inner in 0..<20 {
                try path.appending("inner \(inner)").makeDirectory()
                try path.appending("inner \(inner)").appending("file").write([1])
            }
        }
        let traffic = try expectFewRequests(sandbox, sandbox.snapshot().report.id)
        // Description, table, and the one pack.
        #expect(traffic.gets == 3)
    }

    @Test func `a part of a snapshot takes a part of the bytes`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 10)
        for folder in 0..<12 {
            let path = sandbox.source.appending("folder \(folder)")
            try path.makeDirectory()
            try path.appending("file").write(generator.bytes(700_000))
        }
        let id = try sandbox.snapshot().report.id
        let meter = TrafficMeter()
        let run = try sandbox.restore(
            id, path: "folder 7", through: MeteredStore(sandbox.store, meter)
        ) { $0.reading = Self.reading }
        #expect(try compareTrees(sandbox.source.appending("folder 7"), run.target) == [])
        let all = try sandbox.store.list(prefix: ObjectNames.packs).reduce(0) {
            $0 + $1.sizeInBytes
        }
        #expect(meter.traffic.downloadedBytes < all / 3)
    }
}
