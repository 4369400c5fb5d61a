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
