import TestSupport
import Testing

/// What a store says when it is busy is waited for.
struct ThrottlingTests {
    private static let refusals: [(Int, String)] = [
        (503, "SlowDown"), (503, "ServiceUnavailable"), (500, "InternalError"),
        (429, "TooManyRequests"), (502, "BadGateway"),
    ]

    @Test(arguments: refusals)
    func `a burst of refusals is survived by every kind of request`(
        _ status: Int, _ word: String
    ) throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        let fault = StandInFault.error(status, code: word)
        // The answer to the first request of each kind, and to a later one.
        for kind in [LoggedRequest.Kind.put, .list, .get] {
            try home.server.order(fault.on(kind).after(kind == .put ? 1 : 0))
        }
        try home.succeed("cache", "clear")
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        let refused = try home.server.requests().filter { $0.status == status }
        #expect(refused.count == 3)
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `a burst without any words is survived`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.order(.bare(503).times(2))
        try home.server.order(.bare(500).on(.put))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectRestores()
    }

    @Test func `the store is left alone for as long as it asks`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(
            .error(503, code: "SlowDown", headers: ["Retry-After": "1"]).on(.list))
        try home.succeed("snapshot", "source")
        let lists = try home.server.requests().filter { $0.kind == .list }
        let (first, second) = (try #require(lists.first), try #require(lists.dropFirst().first))
        #expect(first.status == 503 && second.status == 200)
        let pause = try #require(second.started) - (try #require(first.started))
        #expect(pause >= 1)
    }

    @Test func `a refusal before the body was read is survived`() throws {
        let home = try BucketHome().prepared()
        try home.addFile(sizeInBytes: 3_000_000)
        try home.server.order(.error(503, code: "SlowDown", isEarly: true).on(.put))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectRestores()
    }

    @Test func `what was done before the refusal is done once`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.order(.error(500, takesEffect: true).on(.put).times(3))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `an error within an answer of success is none`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        for skip in 0..<3 {
            try home.server.order(.error(200, code: "InternalError").on(.put).after(skip))
        }
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `an error within an answer of success that stays is the error of the run`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.order(.error(200, code: "AccessDenied").on(.put).always)
        expectFailure(
            try home.run("snapshot", "source"), 1, ["cannot PUT indexes/session.", "AccessDenied"])
        try home.server.calm()
        try home.expectUnharmed()
        try home.expectNextSucceeds()
    }

    @Test func `a store that fails from the first request on is given up soon`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(.error(500).always)
        expectFailure(
            try home.run("list"), 1, ["LIST snapshots/", "InternalError", "tried 4 times"],
            try: ["again"])
        #expect(try home.server.requests().count == 4)
        try home.server.calm()
        try home.expectUnharmed()
    }
}
