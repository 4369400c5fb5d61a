import Foundation
import TestSupport
import Testing

/// `forget` in a bucket: rights, failures, costs.
struct ForgetTests {
    private static let folder = BucketHome.root + "/"

    /// A home with so many more snapshots than the one that `prepared` makes, each a minute later.
    private func home(
        _ personality: StandIn.Personality = .minio, planted count: Int = 3
    ) throws -> BucketHome {
        let home = try BucketHome(personality).prepared()
        let document = try home.succeed("show", "latest").output
        for number in 1...count {
            let parts = [number / 1440 + 10, number / 60 % 24, number % 60].map { part in
                part < 10 ? "0\(part)" : "\(part)"
            }
            let snapshot = try PlantedSnapshot(
                like: document, number: number,
                time: "2026-10-\(parts[0])T\(parts[1]):\(parts[2]):00Z")
            try home.server.plant(Self.folder + snapshot.name, snapshot.document)
        }
        _ = try home.server.requests(clears: true)
        return home
    }

    /// The names of the objects below a folder.
    private func names(_ home: BucketHome, _ folder: String) throws -> Set<String> {
        let prefix = Self.folder + folder + "/"
        return Set(
            try home.server.objects(prefix: prefix).keys.map { String($0.dropFirst(prefix.count)) })
    }

    private func kinds(_ home: BucketHome) throws -> [LoggedRequest.Kind: Int] {
        let seen = try home.server.requests(clears: true)
        return Dictionary(grouping: seen, by: \.kind).mapValues(\.count)
    }

    @Test(arguments: [
        (StandIn.Personality.aws, "s3:DeleteObject"), (.r2, "Object Read & Write"),
        (.oss, "oss:DeleteObject"), (.cos, "DeleteMultipleObjects"), (.minio, "deleting"),
    ])
    func `a key without the right to delete forgets nothing, and learns which right`(
        _ personality: StandIn.Personality, _ remedy: String
    ) throws {
        let home = try home(personality)
        try home.server.set(.denies(["delete"]))
        let before = try names(home, "snapshots")
        let run = try home.run("forget", "--keep-last", "1")
        expectFailure(
            run, 1, ["no permission to DELETE in snapshots/", "AccessDenied"],
            try: [remedy, "0 of 3 snapshots were forgotten"])
        #expect(try names(home, "snapshots") == before)
        // The copies that it has left are in nobody's way, and are no forgotten snapshots.
        #expect(try names(home, "forgotten").count == 3)
        #expect(try home.succeed("list", "--forgotten").text == "")
        try home.expectUnharmed(snapshots: 4)
        try home.server.set(.denies([]))
        try home.succeed("forget", "--keep-last", "1")
        #expect(try names(home, "snapshots").count == 1)
        #expect(try names(home, "forgotten").count == 3)
        try home.expectUnharmed()
    }

    @Test func `a key that may not delete some of them forgets the others`() throws {
        let home = try home(planted: 4)
        try home.server.order(.deny(key: ".*snapshots/20261010T0003.*").always)
        try home.server.order(
            .error(403, code: "AccessDenied").method("DELETE").key(".*20261010T0003.*").always)
        let run = try home.run("forget", "--keep-last", "1")
        expectFailure(run, 1, ["no permission to DELETE in snapshots/"])
        #expect(try names(home, "snapshots").count == 2)
        #expect(try names(home, "forgotten").count == 4)
        try home.server.calm()
        let again = try home.succeed("forget", "--keep-last", "1")
        #expect(again.lines.last == "forgot 1 snapshot, kept 1")
        try home.expectUnharmed()
    }

    @Test func `a key without the right to write forgets nothing`() throws {
        let home = try home()
        try home.server.set(.denies(["put"]))
        let run = try home.run("forget", "--keep-last", "1")
        expectFailure(
            run, 1, ["cannot PUT forgotten/", "permission denied"],
            try: ["0 of 3 snapshots were forgotten"])
        #expect(try names(home, "snapshots").count == 4)
        #expect(try names(home, "forgotten").isEmpty)
    }

    @Test func `n snapshots take a PUT each, and lists and deletes by the hundreds`() throws {
        let home = try home(planted: 1200)
        try home.server.set(.page(1000))
        try home.succeed("list")
        _ = try kinds(home)
        let run = try home.succeed("forget", "--keep-last", "1", "--json")
        // Two pages of a list; a batch of 1000 and one of 200, of at most 500 keys a request.
        #expect(try kinds(home) == [.list: 2, .put: 1200, .delete: 3])
        let told = try #require(run.objects().last?["requests"] as? [String: Int])
        #expect(told == ["put": 1200, "get": 0, "head": 0, "list": 2, "delete": 3])
        #expect(try names(home, "snapshots").count == 1)
        #expect(try names(home, "forgotten").count == 1200)
        // Nothing is left of them in the cache, so that nothing has to be asked about.
        try home.succeed("list")
        #expect(try kinds(home) == [.list: 1])
        try home.expectUnharmed()
    }

    @Test func `by name it takes a list, and what the cache does not have`() throws {
        let home = try home()
        let run = try home.succeed("forget", "00000001", "00000003", "--json")
        #expect(try kinds(home) == [.list: 1, .get: 2, .put: 2, .delete: 1])
        #expect(try run.objects().last?["forgotten"] as? Int == 2)
        let missing = try home.run("forget", "00000001", "00000002")
        expectFailure(missing, 1, ["cannot find snapshot \"00000001\""], try: ["varve list"])
        #expect(try names(home, "snapshots").count == 2)
        // A dry run only looks.
        _ = try kinds(home)
        try home.succeed("forget", "--keep-last", "1", "--dry-run")
        #expect(try kinds(home).keys.allSatisfy { [.list, .get].contains($0) })
    }

    @Test(arguments: [LoggedRequest.Kind.put, .delete])
    func `a killed run is completed by the next one`(_ kind: LoggedRequest.Kind) throws {
        let home = try home(planted: 30)
        let all = try names(home, "snapshots")
        let after = kind == .put ? 7 : 0
        try home.server.order(.hang.on(kind).after(after).always)
        let running = try home.start(["forget", "--keep-last", "2"])
        // What the other process does is all there is to wait for.
        while running.isRunning,
            try !home.server.requests().contains(where: { $0.faults?.contains("hang") == true })
        {
            usleep(2_000)
        }
        running.send(signal: SIGKILL)
        #expect(try running.wait().exitCode == 128 + SIGKILL)
        try home.server.calm()
        let left = try names(home, "snapshots")
        #expect(left.union(try names(home, "forgotten")) == all)
        // Of a DELETE without an answer nobody knows whether it was carried out.
        if kind == .put { #expect(left == all) }
        let run = try home.succeed("forget", "--keep-last", "2")
        #expect(run.lines.last == "forgot \(left.count - 2) snapshots, kept 2")
        #expect(try names(home, "snapshots").union(names(home, "forgotten")) == all)
        #expect(try names(home, "snapshots").isDisjoint(with: names(home, "forgotten")))
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `an answer that is lost changes nothing about the outcome`() throws {
        let home = try home(planted: 5)
        try home.server.order(.close(.statusLine).on(.put).times(2))
        try home.server.order(.close(.statusLine).on(.delete))
        let run = try home.succeed("forget", "--keep-last", "1")
        #expect(run.lines.last == "forgot 5 snapshots, kept 1")
        #expect(try names(home, "forgotten").count == 5)
        try home.expectUnharmed()
    }
}
