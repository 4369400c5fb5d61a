import Foundation
import TestSupport
import Testing

/// Uploads that do not come to their end.
struct InterruptedUploadTests {
    /// A home whose next snapshot sends several packs.
    private func home() throws -> BucketHome {
        let home = try BucketHome().prepared()
        for number in 0..<4 {
            try home.addFile("\(number)", sizeInBytes: 12_000_000, seed: UInt64(number))
        }
        return home
    }

    /// Waits until the server has seen what it is waited for.
    private func wait(
        _ home: BucketHome, _ running: RunningTool, until isSeen: ([LoggedRequest]) -> Bool
    ) throws {
        // What the other process does is all there is to wait for.
        while running.isRunning, try !isSeen(home.server.requests()) { usleep(2_000) }
    }

    private func isPack(_ request: LoggedRequest) -> Bool {
        request.key?.contains("packs/") == true
    }

    @Test func `packs that a killed run has sent are not sent again`() throws {
        let home = try home()
        // One pack arrives after the session; the run is killed while it waits for the others'
        // answers.
        try home.server.order(.hang.on(.put).after(2).always)
        let running = try home.start(["snapshot", "source"])
        try wait(home, running) { requests in
            // The session is no pack, and the pack that hangs may be told of before the one that
            // arrives: its body takes its time on a busy machine.
            let packs = requests.filter { $0.kind == .put && isPack($0) }
            return packs.contains { ($0.faults ?? []).isEmpty }
                && packs.contains { $0.faults?.contains("hang") == true }
        }
        running.send(signal: SIGKILL)
        #expect(try running.wait().exitCode == 128 + SIGKILL)
        try home.server.calm()
        let sent = try home.server.requests(clears: true).filter { $0.kind == .put }
        try home.expectUnharmed()
        _ = try home.server.requests(clears: true)
        let there = Set(try home.server.objects().keys.filter { $0.contains("packs/") })
        try home.succeed("snapshot", "source")
        let again = try home.server.requests().filter { $0.kind == .put }
        // What has arrived, answered or not, has its name in the journal.
        #expect(Set(again.compactMap(\.key)).isDisjoint(with: there))
        #expect(sent.count(where: isPack) >= 2)
        #expect(!again.isEmpty)
        try home.expectUnharmed(snapshots: 2)
        try home.expectRestores()
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a run that is interrupted while it sends ends at once`(_ signal: CInt) throws {
        let home = try home()
        let running = try home.start(["snapshot", "source", "--limit-upload", "1MiB"])
        try wait(home, running) { $0.contains { $0.kind == .list } }
        try expectEnd(of: running, home, signal)
    }

    @Test func `a run that is interrupted while the store is silent ends at once`() throws {
        for kind in [LoggedRequest.Kind.list, .get, .put] {
            let home = try BucketHome().prepared()
            try home.addFile()
            try home.succeed("cache", "clear")
            try home.server.order(.hang.on(kind).always)
            let running = try home.start(["snapshot", "source"])
            try wait(home, running) { $0.contains { $0.kind == kind } }
            try expectEnd(of: running, home, SIGINT)
        }
    }

    @Test func `a run that is interrupted while it waits for a busy store ends at once`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(
            .error(503, code: "SlowDown", headers: ["Retry-After": "300"]).always)
        let running = try home.start(["snapshot", "source"])
        try wait(home, running) { !$0.isEmpty }
        try expectEnd(of: running, home, SIGINT)
    }

    /// Sends a signal and expects the end, with nothing but that being told.
    private func expectEnd(
        of running: RunningTool, _ home: BucketHome, _ signal: CInt,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let clock = ContinuousClock()
        let start = clock.now
        running.send(signal: signal)
        let run = try running.wait()
        // Generous, for machines that are busy; any time-out of the network is much longer.
        #expect(clock.now - start < .seconds(10), sourceLocation: sourceLocation)
        #expect(run.exitCode == 130, sourceLocation: sourceLocation)
        #expect(run.error.contains("error: interrupted"), sourceLocation: sourceLocation)
        BucketHome.expectNoSecret(run, sourceLocation)
        try home.server.calm()
        try home.expectUnharmed(sourceLocation: sourceLocation)
        try home.expectNextSucceeds(sourceLocation: sourceLocation)
    }
}
