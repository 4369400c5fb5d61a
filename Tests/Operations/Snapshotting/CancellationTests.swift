import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

struct CancellationTests {
    @Test func `a run that is asked to stop stops, and the next one goes on from there`() throws {
        let sandbox = try Sandbox()
        var tree = TemporaryTree(at: sandbox.source, seed: 4)
        try tree.grow(entries: 100)
        let cancellation = Cancellation()
        #expect(throws: Interrupted()) {
            try sandbox.snapshot(cancellation: cancellation) { _ in
            } onRead: { _, _ in
                cancellation.cancel()
            }
        }
        #expect(try sandbox.manifests().isEmpty)
        #expect(try sandbox.check().problems == [])
        let next = try sandbox.snapshot()
        #expect(try sandbox.differences(next.report.id) == [])
    }
}
