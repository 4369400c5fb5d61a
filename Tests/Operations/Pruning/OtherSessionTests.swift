import ObjectStore
import Pruning
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Prunes while others make snapshots.
struct OtherSessionTests {
    private let sandbox: Sandbox

    init() throws {
        // Stores on the network tell the time in their answers; here each write takes a second.
        sandbox = try Sandbox(seed: 64, averageChunkInBytes: 4096) { _ in
            let clock = Mutex<Int64>(1_800_000_000)
            return MemoryStore(now: {
                clock.withLock { clock in
                    clock += 1
                    return StoreTime(seconds: clock)
                }
            })
        }
    }

    private func prepare() throws -> SnapshotID {
        var generator = SeededGenerator(seed: 64)
        try sandbox.source.appending("old").write(generator.bytes(50_000))
        let id = try sandbox.snapshot().report.id
        return id
    }

    /// Makes a snapshot, and does something else once it has begun to read.
    private func snapshot(_ body: @escaping @Sendable () throws -> Void) throws -> SnapshotRun {
        let done = Mutex(false)
        let failure = Mutex<(any Error)?>(nil)
        let run = try sandbox.snapshot(
            change: { $0.ignoresStatCache = true },
            onRead: { moment, _ in
                guard case .afterRead = moment else { return }
                let isFirst = done.withLock { done in
                    defer { done = true }
                    return !done
                }
                guard isFirst else { return }
                do { try body() } catch { failure.withLock { $0 = error } }
            })
        try failure.withLock { failure in
            if let failure { throw failure }
        }
        return run
    }

    @Test func `what a session may rely on waits until it has ended`() throws {
        let old = try prepare()
        let run = try snapshot { [sandbox] in
            try sandbox.forget([old])
            let report = try sandbox.prune()
            #expect(report.deletedPacks == 0)
            #expect(report.waitingPacks >= 1)
            #expect(report.waitsFor.count == 1)
            #expect(report.waitsFor.first?.owner.contains("snapshot on host") == true)
            let left = try #require(report.waitsFor.first?.secondsLeft)
            #expect(left > 6 * 3600 - 60)
            #expect(left <= 6 * 3600)
        }
        // The session had seen the old pack, and the new snapshot needs what is in it.
        #expect(run.report.newBytes < 10_000)
        #expect(try sandbox.differences(run.report.id) == [])
        // Now that it has ended the pack goes, and what is needed of it is copied first.
        let report = try sandbox.prune()
        #expect(report.deletedPacks >= 1 && report.waitingPacks == 0)
        #expect(try sandbox.differences(run.report.id) == [])
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [])
    }

    @Test func `a session that is declared dead makes its snapshot once more`() throws {
        sandbox.leaseInSeconds = 0
        let old = try prepare()
        let run = try snapshot { [sandbox] in
            try sandbox.forget([old])
            let report = try sandbox.prune()
            #expect(report.deletedPacks >= 1 && report.waitingPacks == 0)
        }
        #expect(try sandbox.manifests().map(\.id) == [run.report.id])
        #expect(try sandbox.differences(run.report.id) == [])
        #expect(run.report.newBytes > 50_000)
        try sandbox.prune()
        try sandbox.prune()
        #expect(try sandbox.check().problems == [])
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `who begins after packs were condemned stores what they hold anew`() throws {
        let old = try prepare()
        let second = Mutex<SnapshotID?>(nil)
        _ = try snapshot { [sandbox] in
            try sandbox.forget([old])
            try sandbox.prune()
            // The packs are condemned and still there.
            let empty = sandbox.freshPath("other-cache").bytes
            let run = try sandbox.snapshot {
                $0.cacheDirectory = empty
                $0.ignoresStatCache = true
            }
            #expect(run.report.newBytes > 50_000)
            second.withLock { $0 = run.report.id }
        }
        try sandbox.prune()
        let id = try #require(second.withLock { $0 })
        #expect(try sandbox.differences(id) == [])
        #expect(try sandbox.check().problems == [])
    }
}
