import TestSupport
import Testing

/// Listings that are wrong, and other documents that are none.
struct BrokenListingTests {
    /// A home with more tables and manifests than a page has.
    private func home() throws -> BucketHome {
        let home = try BucketHome(.minio, .page(2)).prepared()
        for number in 0..<2 {
            try home.addFile("\(number)", seed: UInt64(number))
            try home.succeed("snapshot", "source")
        }
        return home
    }

    @Test(arguments: [
        "v2-ignored", "v2-no-token", "v2-stuck", "repeats", "empty-pages", "no-count", "unencoded",
    ])
    func `ways of listing that can be lived with`(_ fault: String) throws {
        let home = try home()
        try home.server.set(.listFaults([fault]))
        try home.succeed("cache", "clear")
        try home.expectUnharmed(snapshots: 3)
        try home.expectNextSucceeds()
    }

    @Test func `a listing that never gets on is given up`() throws {
        let home = try home()
        try home.server.set(.listFaults(["v2-stuck", "v1-stuck"]))
        try home.server.requests(clears: true).forEach { _ in }
        expectFailure(
            try home.run("list"), 1, ["LIST snapshots/", "answer is wrong"], try: ["endpoint"])
        #expect(try home.server.requests().count < 10)
        try home.server.set(.listFaults([]))
        try home.expectUnharmed(snapshots: 3)
    }

    @Test func `a listing that ends too early loses nothing`() throws {
        let home = try home()
        try home.addFile("more", seed: 9)
        try home.server.set(.listFaults(["early-end"]))
        // A snapshot that does not see all marks might rely on what is about to be deleted.
        try home.succeed("cache", "clear")
        expectFailure(
            try home.run("snapshot", "source"), 1, ["LIST indexes/", "not complete"],
            try: ["doctor"])
        try home.server.set(.listFaults([]))
        try home.expectUnharmed(snapshots: 3)
        try home.expectNextSucceeds()
        try home.expectRestores()
    }

    @Test(arguments: StandInFault.Body.allCases)
    func `a document that is none is asked for again`(_ body: StandInFault.Body) throws {
        let home = try home()
        // Without a session that stands, a snapshot begins with a LIST.
        try home.succeed("cache", "clear")
        try home.server.order(.body(body).on(.list))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectUnharmed(snapshots: 4)
    }

    @Test(arguments: StandInFault.Body.allCases)
    func `a document that stays none is the error of the run`(_ body: StandInFault.Body) throws {
        let home = try home()
        try home.server.order(.body(body).on(.list).always)
        expectFailure(
            try home.run("list"), 1, ["LIST snapshots/", "answer is wrong"], try: ["endpoint"])
        try home.server.calm()
        try home.expectUnharmed(snapshots: 3)
    }

    @Test(arguments: [StandInFault.Body.garbage, .html, .empty, .bomb])
    func `an error that cannot be read is an error by its status`(
        _ body: StandInFault.Body
    ) throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.succeed("cache", "clear")
        try home.server.order(.body(body, status: 403).on(.put).always)
        expectFailure(
            try home.run("snapshot", "source"), 1,
            ["PUT indexes/session.", "permission denied", "403"],
            try: ["writing"])
        try home.server.calm()
        try home.expectUnharmed()
    }
}
