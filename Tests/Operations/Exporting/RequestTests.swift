import Exporting
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// How much an export asks for.
struct RequestTests {
    @Test func `many small files need few requests, and nothing is read twice`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 31)
        for folder in 0..<50 {
            let path = sandbox.source.appending("folder \(folder)")
            try path.makeDirectory()
            for file in 0..<40 {
                try path.appending("file \(file)").write(generator.bytes(1_500))
            }
        }
        let id = try sandbox.snapshot().report.id
        let recorder = RecordingStore(sandbox.store)
        #expect(try sandbox.exportDifferences(id, through: recorder) == [])
        // Description, table, metadata, and two segments of the data: a small one and the rest.
        #expect(recorder.calls.count { $0.operation == .get } <= 8)
        #expect(recorder.rereads == [])
        recorder.clear()
        _ = try sandbox.export(id, through: recorder) {
            $0.segmentInBytes = 300_000
            $0.partInBytes = 100_000
        }
        #expect(recorder.calls.count { $0.operation == .get } <= 3_000_000 / 100_000 + 12)
        #expect(recorder.rereads == [])
    }

    @Test func `after many small changes each pack is asked a few times`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 32)
        for file in 0..<200 {
            try sandbox.source.appending("file \(file)").write(generator.bytes(3_000))
        }
        var id = try sandbox.snapshot().report.id
        for number in 0..<12 {
            try sandbox.waitForTick()
            try sandbox.source.appending("file \(number * 16)").write(generator.bytes(3_000))
            id = try sandbox.snapshot().report.id
        }
        let recorder = RecordingStore(sandbox.store)
        #expect(try sandbox.exportDifferences(id, through: recorder) == [])
        let packs = try sandbox.keys(ObjectNames.packs).count
        let tables = try sandbox.keys(ObjectNames.indexes).count
        #expect(recorder.calls.count { $0.operation == .get } <= 2 * packs + tables + 4)
    }
}
