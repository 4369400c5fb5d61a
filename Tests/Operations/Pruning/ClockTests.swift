import DirectoryStore
import Forgetting
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// A machine whose clock is off by days snapshots, forgets and prunes.
struct ClockTests {
    private static let day: Int64 = 24 * 60 * 60

    /// The clock of a store that a test moves.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_800_000_000)

        func pass(_ time: Int64) { seconds.withLock { $0 += time } }

        var now: StoreTime { StoreTime(seconds: seconds.withLock { $0 }) }
    }

    /// Snapshots of a file that changes, by a machine whose clock is ahead.
    private func makeHistory(_ sandbox: Sandbox, ahead: Int64) throws -> [SnapshotID] {
        sandbox.clockErrorInSeconds = ahead
        var generator = SeededGenerator(seed: 81)
        return try (0..<3).map { _ in
            try sandbox.source.appending("file").write(generator.bytes(60_000))
            return try sandbox.snapshot(.now) { $0.ignoresStatCache = true }.report.id
        }
    }

    @Test(arguments: [-400, -3, 3, 400])
    func `grace is over by the store's clock alone`(days: Int64) throws {
        let clock = Clock()
        let sandbox = try Sandbox(seed: 81) { _ in MemoryStore(now: { clock.now }) }
        let ids = try makeHistory(sandbox, ahead: days * Self.day)
        try sandbox.forget([ids[0], ids[1]])
        for _ in 0..<7 {
            let report = try sandbox.prune { $0.graceInSeconds = 7 * Self.day }
            #expect(report.deletedPacks == 0 && report.freedInBytes == 0)
            #expect(report.forgottenSnapshots == 2 && report.expiredSnapshots == 0)
            clock.pass(Self.day)
        }
        clock.pass(1)
        let report = try sandbox.prune { $0.graceInSeconds = 7 * Self.day }
        #expect(report.expiredSnapshots == 2 && report.deletedPacks >= 2)
        #expect(try sandbox.differences(ids[2]) == [])
        #expect(try sandbox.check().problems == [])
    }

    @Test(arguments: [-400, -3, 3, 400])
    func `in a directory grace counts by the times of its files`(days: Int64) throws {
        let sandbox = try Sandbox(seed: 82) { directory in
            DirectoryStore(path: directory.appending("repository"))
        }
        let ids = try makeHistory(sandbox, ahead: days * Self.day)
        try sandbox.forget([ids[0], ids[1]])
        let report = try sandbox.prune { $0.graceInSeconds = 3600 }
        #expect(report.deletedPacks == 0 && report.expiredSnapshots == 0)
        #expect(report.forgottenSnapshots == 2)
        #expect(try sandbox.differences(ids[2]) == [])
    }

    @Test(arguments: [-400, 400])
    func `open sessions live by the store's clock alone`(days: Int64) throws {
        let clock = Clock()
        let sandbox = try Sandbox(seed: 83) { _ in MemoryStore(now: { clock.now }) }
        let ids = try makeHistory(sandbox, ahead: 0)
        try sandbox.forget([ids[0]])
        // Packs as young as the session would be left alone.
        clock.pass(1)
        let other = try Session.open(
            in: sandbox.open(), sandbox.session, purpose: "test of clocks")
        clock.pass(1)
        sandbox.clockErrorInSeconds = days * Self.day
        let report = try sandbox.prune()
        #expect(report.deletedPacks == 0 && report.waitingPacks >= 1)
        #expect(try RepositoryView.list(in: sandbox.store).dead[other.id] == nil)
    }

    @Test(arguments: [-400, 0, 400])
    func `rules count from the newest snapshot that is not from the future`(
        days: Int64
    ) throws {
        let sandbox = try Sandbox(seed: 84)
        let ids = try makeHistory(sandbox, ahead: 0)
        var settings = ForgetSettings()
        settings.policy.within = try CalendarSpan(parsing: "1d")
        settings.allowsEmpty = true
        sandbox.clockErrorInSeconds = days * Self.day
        let forgetter = Forgetter(try sandbox.open())
        let plan = try forgetter.plan(settings, now: sandbox.now(), clock: .utc)
        // Also a clock far ahead makes nothing old, for the newest one counts, not the clock.
        #expect(plan.forgottenCount == 0 && plan.keptCount == ids.count)
    }
}
