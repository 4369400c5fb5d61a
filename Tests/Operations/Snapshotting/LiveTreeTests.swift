import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

/// Snapshots of a tree in which names come, go, and stand for something else all the time.
struct LiveTreeTests {
    private static let rounds = 12

    @Test(arguments: seeds(count: 4))
    func `what a snapshot has belongs together, whatever happens meanwhile`(seed: UInt64) throws {
        let sandbox = try Sandbox()
        let tree = try LiveTree(at: sandbox.source, aside: sandbox.source.parent.appending("aside"))
        try withThreads { threads in
            threads.spawn { try tree.change(seed) }
            defer { tree.stop() }
            for _ in 0..<Self.rounds {
                let run = try sandbox.snapshot(.now)
                let torn = try expectNamed(run, in: sandbox.source)
                let copy = try sandbox.restore(run.report.id)
                try LiveTree.check(copy.target, torn: torn)
            }
        }
        #expect(try sandbox.check().problems == [])
        // As soon as it keeps still, a snapshot is as the tree is.
        let last = try sandbox.snapshot()
        #expect(last.unreadable.isEmpty)
        #expect(try sandbox.differences(last.report.id) == [])
    }

    /// Expects that nothing is missing but what was changed in its place while it was read, or has
    /// become a folder.
    /// - Returns: the names of what was torn.
    private func expectNamed(_ run: SnapshotRun, in source: DiskPath) throws -> Set<[UInt8]> {
        var torn: Set<[UInt8]> = []
        for problem in run.unreadable {
            let name = DiskPath(problem.path).name
            if problem.reason.hasPrefix("kept changing") {
                #expect(name.starts(with: "log".utf8), "\(DiskPath(problem.path).text)")
                torn.insert(name)
            } else {
                #expect(["is a folder now"].contains(problem.reason))
            }
        }
        #expect(run.report.unreadableCount == UInt64(run.unreadable.count))
        return torn
    }
}
