import TestSupport
import Testing

/// What machine A has put into a bucket comes out of it on machine B, which has never seen A, and
/// back again: on every service that there is.
struct TwoMachineTests {
    private static let text = Array("the same on every machine\n".utf8)

    private func snapshots(_ machine: Machine) throws -> [[String: Any]] {
        try machine.json("list").filter { $0["event"] as? String == "snapshot" }
    }

    @Test(arguments: S3Service.tested)
    func `a snapshot of machine A is restored on machine B`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot("photos")
        let (a, b) = (try Machine(place), try Machine(place))
        let seed = seeds(count: 1)[0]
        var tree = TemporaryTree(at: a.tool.source, seed: seed)
        try tree.grow(entries: 40)
        try a.addRemote(root: root)
        let doctor = try a("doctor")
        #expect(doctor.exitCode == 0, "\(doctor.text)")
        #expect(doctor.lines.last == "the store can be used")
        try a.summary("init")
        #expect(try a.summary("snapshot", "source")["unreadable"] as? Int == 0)
        _ = try tree.edit(count: 15)
        try a.tool.source.appending("known.txt").write(Self.text)
        try a.summary("snapshot", "source")

        try b.addRemote(root: root)
        #expect(try snapshots(b).count == 2)
        let restored = try b.summary("restore", "latest", "--to", "target")
        #expect(restored["failed"] as? Int == 0)
        let target = b.tool.home.appending("target")
        #expect(try compareTrees(a.tool.source, target) == [], "seed \(seed)")
        #expect(try b("ls", "latest").lines.contains("known.txt"))
        #expect(try b("cat", "latest:known.txt").output == Self.text)
        #expect(try b.summary("check", "--read-data")["errors"] as? Int == 0)

        try a.tool.home.appending("source").rename(to: a.tool.home.appending("before"))
        try b.summary("snapshot", "target")
        try a.summary("restore", "latest", "--to", "back")
        #expect(try compareTrees(a.tool.home.appending("back"), target) == [], "seed \(seed)")
        #expect(try snapshots(a).count == 3)
    }

    @Test(arguments: [S3Service.standIn(.oss), .standIn(.minio)] + S3Service.real)
    func `a root path with any characters`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot("my photos/\u{E9}\u{65E5} & <b>'\"+%41?#=")
        let (a, b) = (try Machine(place), try Machine(place))
        try a.tool.source.appending("known.txt").write(Self.text)
        try a.addRemote(root: "/\(root)/")
        try a.summary("init")
        try a.summary("snapshot", "source")
        try b.addRemote(root: root)
        try b.summary("restore", "latest", "--to", "target")
        #expect(try b.tool.home.appending("target/known.txt").read() == Self.text)
        #expect(try b("check").exitCode == 0)
    }

    @Test func `a real server behind TLS needs its authority`() throws {
        guard StorageServer.Kind.tested.contains(.minio) else { return }
        let place = S3Place(try StorageServer(.minio, hasTLS: true))
        let (a, b) = (try Machine(place), try Machine(place))
        try a.tool.source.appending("known.txt").write(Self.text)
        try a.addRemote(root: "root")
        try a.summary("init")
        try a.summary("snapshot", "source")
        try b.addRemote(root: "root")
        try b.summary("restore", "latest", "--to", "target")
        #expect(try b.tool.home.appending("target/known.txt").read() == Self.text)
        let stranger = try b(
            "list", "--repo", "s3://\(place.bucket)/root", "--endpoint", place.endpoint)
        #expect(stranger.exitCode == 1)
    }
}
