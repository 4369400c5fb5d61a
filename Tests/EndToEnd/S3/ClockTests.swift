import TestSupport
import Testing

/// A clock that is wrong on one side does not matter, and doctor tells of it.
struct ClockTests {
    @Test(arguments: [
        (StandIn.Personality.aws, 1200), (.aws, -1200), (.minio, 1200), (.minio, -1200),
    ])
    func `twenty minutes apart`(_ personality: StandIn.Personality, _ seconds: Int) throws {
        let home = try BucketHome(
            personality, .clockAhead(seconds: seconds))
        try home.succeed("init")
        try home.succeed("snapshot", "source")
        let refused = try home.server.requests(clears: true).filter {
            $0.code == "RequestTimeTooSkewed"
        }
        // Once for each run, however many requests it has.
        #expect(refused.count == 2)
        try home.expectRestores()
    }

    private static let day = 24 * 60 * 60

    /// The server's clock is the right one of the two, so that the tool's is off by days.
    @Test(arguments: [-400, -3, 3, 400])
    func `grace passes by the clock of the bucket`(_ days: Int) throws {
        let ahead = days * Self.day
        let home = try BucketHome(.minio, .clockAhead(seconds: ahead)).prepared()
        let folder = BucketHome.root + "/"
        // With a lease of 0 no session stands for which a prune would have to wait.
        let alone = ["VARVE_SESSION_LEASE": "0"]
        for seed in 1...2 {
            try home.addFile("other", sizeInBytes: 60_000, seed: UInt64(seed))
            try home.succeed("snapshot", "source", with: alone)
        }
        let ids = try home.succeed("list", "--json").objects().compactMap { $0["id"] as? String }
        try home.succeed("forget", ids[1])
        let packs = try home.server.objects(prefix: folder + "packs/").count
        try home.succeed("prune", "--grace", "7d", with: alone)
        // One hour before it is over, and one after.
        try home.server.set(.clockAhead(seconds: ahead + 7 * Self.day - 3600))
        try home.succeed("prune", "--grace", "7d", with: alone)
        #expect(try home.server.objects(prefix: folder + "packs/").count == packs)
        #expect(try home.server.objects(prefix: folder + "forgotten/").count == 1)
        try home.server.set(.clockAhead(seconds: ahead + 7 * Self.day + 3600))
        try home.succeed("prune", "--grace", "7d", with: alone)
        #expect(try home.server.objects(prefix: folder + "packs/").count < packs)
        #expect(try home.server.objects(prefix: folder + "forgotten/").isEmpty)
        try home.expectUnharmed(snapshots: 2)
        try home.expectRestores()
    }

    @Test(arguments: [-400, 400])
    func `a session that stands holds up a prune for its lease, by the clock of the bucket`(
        _ days: Int
    ) throws {
        let ahead = days * Self.day
        let home = try BucketHome(.minio, .clockAhead(seconds: ahead)).prepared()
        let packs = BucketHome.root + "/packs/"
        try home.addFile("other", sizeInBytes: 60_000, seed: 1)
        // An hour's lease, and nobody to close the session: the prunes are another machine's.
        try home.succeed("snapshot", "source", with: ["VARVE_SESSION_LEASE": "3600"])
        let other = ["VARVE_CACHE_DIR": home.tool.home.appending("other-cache").text]
        try home.succeed("forget", "latest", with: other)
        let before = try home.server.objects(prefix: packs).count
        try home.server.set(.clockAhead(seconds: ahead + 3000))
        try home.succeed("prune", "--grace", "0", with: other)
        #expect(try home.server.objects(prefix: packs).count == before)
        try home.server.set(.clockAhead(seconds: ahead + 4000))
        try home.succeed("prune", "--grace", "0", with: other)
        #expect(try home.server.objects(prefix: packs).count < before)
        try home.expectUnharmed(snapshots: 1)
    }

    @Test(arguments: [(1200, "slow"), (-1200, "fast")])
    func `doctor tells how far the clock is off`(_ seconds: Int, _ word: String) throws {
        let home = try BucketHome(.minio, .clockAhead(seconds: seconds))
        let run = try home.run("doctor")
        #expect(run.exitCode == 0)
        let line = run.lines.firstIndex { $0.hasPrefix("WARNING") && $0.contains("clock") }
        let place = try #require(line)
        #expect(run.lines[place].contains(word))
        #expect(run.lines[place + 1].contains("try:") && run.lines[place + 1].contains("NTP"))
    }

    @Test func `a store that never likes the time`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(.error(403, code: "RequestTimeTooSkewed").always)
        expectFailure(
            try home.run("snapshot", "source"), 1, ["clock is wrong", "RequestTimeTooSkewed"],
            try: ["clock", "NTP"])
        try home.server.calm()
        try home.expectUnharmed()
    }
}
