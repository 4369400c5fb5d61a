import ChunkStorage
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// An undo that fails, or dies, at each of its requests, and what it sends.
struct UndoFaultTests {
    private static func prepare(_ count: Int = 1) throws -> (Sandbox, [SnapshotID]) {
        let sandbox = try Sandbox(seed: 97, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 97)
        var ids: [SnapshotID] = []
        for _ in 0..<count {
            try sandbox.source.appending("file").write(generator.bytes(10_000))
            ids.append(try sandbox.snapshot { $0.ignoresStatCache = true }.report.id)
        }
        try sandbox.forget(ids)
        return (sandbox, ids)
    }

    @Test(arguments: [false, true], FaultyStore.Fault.Timing.allCases)
    func `whichever request fails, nothing is lost, and the next run completes it`(
        isPermanent: Bool, timing: FaultyStore.Fault.Timing
    ) throws {
        var call = 1
        while true {
            let (sandbox, ids) = try Self.prepare()
            let faulty = FaultyStore(sandbox.store)
            faulty.set(.init(call: call, isPermanent: isPermanent, timing: timing))
            let comment: Comment = "call \(call)"
            do {
                try sandbox.undo(ids.map { "\($0)" }, through: faulty)
            } catch {
                #expect(error is StoreError || error is RepositoryError, comment)
            }
            // Everywhere is a manifest, or the copy, or both.
            let manifests = try sandbox.manifests()
            let copies = try sandbox.names(ObjectNames.forgotten)
            #expect(manifests.count <= 1 && copies.count <= 1, comment)
            #expect(manifests.count + copies.count >= 1, comment)
            for manifest in manifests {
                #expect(try sandbox.differences(manifest.id) == [], comment)
            }
            if !copies.isEmpty {
                #expect(try sandbox.undo(ids.map { "\($0)" }).backIDs.count == 1, comment)
            }
            #expect(try sandbox.manifests().count == 1, comment)
            #expect(try sandbox.names(ObjectNames.forgotten) == [], comment)
            // Nothing that the failed run has left is in a prune's way once its lease is over.
            let id = try #require(sandbox.manifests().first).id
            try sandbox.prune()
            #expect(try sandbox.differences(id) == [], comment)
            if !faulty.hasFailed { break }
            call += 1
        }
        #expect(call > 8)
    }

    @Test func `requests are counted: nothing is asked twice`() throws {
        let (sandbox, ids) = try Self.prepare(3)
        let recording = RecordingStore(sandbox.store)
        let run = try sandbox.undo(ids.map { "\($0)" }, through: recording)
        #expect(run.backIDs.count == 3)
        func calls(_ operation: StoreError.Operation) -> [String] {
            recording.calls.filter { $0.operation == operation }.flatMap(\.subjects)
        }
        #expect(
            calls(.put).map { $0.prefix { $0 != "/" } } == ["indexes"]
                + Array(
                    repeating: "snapshots", count: 3))
        // The session's view is the third of the listings; the last three are the tests.
        #expect(
            calls(.list).prefix(3) == ["snapshots/", "forgotten/", "indexes/"])
        #expect(calls(.list).dropFirst(3).allSatisfy { $0 == "indexes/" })
        #expect(calls(.list).count == 6)
        #expect(calls(.delete).filter { $0.hasPrefix("forgotten/") }.count == 3)
        #expect(calls(.delete).count == 4)
        let gets = calls(.get)
        #expect(gets.count == Set(gets).count || recording.rereads == [])
        #expect(gets.filter { $0.hasPrefix("forgotten/") }.count == 3)
        #expect(gets.filter { $0.hasPrefix("indexes/") }.count == 3)
        #expect(calls(.head) == [])
    }
}
