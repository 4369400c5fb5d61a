import TestSupport
import Testing

/// Answers to GET that are not what was asked for.
struct WrongBytesTests {
    /// A home that knows nothing of the repository any more, with content that fills a pack.
    private func home() throws -> BucketHome {
        let home = try BucketHome().prepared()
        try home.addFile(sizeInBytes: 200_000)
        try home.succeed("snapshot", "source")
        try home.succeed("cache", "clear")
        return home
    }

    private static let onceWrong: [StandInFault] = [
        .corrupt(), .corrupt(offset: 0), .corrupt(offset: -1), .truncate(), .truncate(lies: true),
        .truncate(length: 0, lies: true), .whole(), .whole(withContentRange: true),
        .contentRange(), .contentRange("nonsense"), .headers(["Content-Range": nil]),
    ]

    @Test(arguments: onceWrong.indices)
    func `a wrong answer of a pack is noticed, and asked for again`(_ number: Int) throws {
        let home = try home()
        try home.server.order(Self.onceWrong[number].on(.get).key(".*packs/"))
        try home.expectRestores()
        #expect(try home.server.pendingFaultCount() == 0)
    }

    @Test(arguments: ["varve.json", "indexes/", "snapshots/"])
    func `a damaged answer of a document is noticed, and asked for again`(
        _ name: String
    ) throws {
        let home = try home()
        try home.server.order(.corrupt().on(.get).key(".*\(name)"))
        try home.expectRestores()
        #expect(try home.server.pendingFaultCount() == 0)
    }

    @Test func `other bytes that stay are damage, and are named`() throws {
        let home = try home()
        try home.server.order(.corrupt().on(.get).key(".*packs/").always)
        let run = try home.run("restore", "latest", "--to", "target")
        #expect(run.exitCode == 3)
        #expect(run.error.contains("target/new") && run.error.contains("in pack "), "\(run.error)")
        let check = try home.run("check", "--read-data")
        #expect(check.exitCode == 13)
        #expect(check.text.contains("packs/"))
        try home.server.calm()
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: ["varve.json", "snapshots/"])
    func `a document that stays damaged is named`(_ name: String) throws {
        let home = try home()
        try home.server.order(.corrupt().on(.get).key(".*\(name)").always)
        let run = try home.run("restore", "latest", "--to", "target")
        #expect(run.exitCode == 13, "\(run.text)\(run.error)")
        #expect((run.text + run.error).contains(name), "\(run.text)\(run.error)")
        try home.server.calm()
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: [
        StandInFault.truncate(lies: true), .contentRange(), .contentRange("nonsense"),
    ])
    func `ranges that stay wrong are no success`(_ fault: StandInFault) throws {
        let home = try home()
        try home.server.order(fault.on(.get).key(".*packs/").always)
        let run = try home.run("restore", "latest", "--to", "target")
        #expect([1, 3, 13].contains(run.exitCode), "\(run.text)\(run.error)")
        #expect(run.error.contains("pack"), "\(run.text)\(run.error)")
        try home.server.calm()
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: [true, false])
    func `200 in place of 206 will do, for the range or the whole`(
        _ hasContentRange: Bool
    ) throws {
        let home = try home()
        let fault = StandInFault.whole(withContentRange: hasContentRange)
        try home.server.order(fault.on(.get).key(".*packs/").always)
        try home.expectRestores()
    }

    @Test func `an index that stays damaged is named, and restores go on without it`() throws {
        let home = try home()
        try home.server.order(.corrupt().on(.get).key(".*indexes/").always)
        try home.expectRestores()
        let check = try home.run("check")
        #expect(check.exitCode == 13)
        #expect((check.text + check.error).contains("index"), "\(check.text)\(check.error)")
        try home.server.calm()
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: 0..<4)
    func `any one damaged answer is survived`(_ number: Int) throws {
        let home = try home()
        try home.server.order(.corrupt().on(.get).after(number))
        try home.expectRestores()
        #expect(try home.server.pendingFaultCount() == 0)
    }
}
