import FileHandles
import Foundation
import TestSupport
import Testing

/// From machine A to machine B over a network on which each request takes 30 ms, through real
/// servers: what B asks for, and that it asks for it at once.
struct SlowNetworkTests {
    private static let delayInSeconds = 0.03

    /// Files of the kinds that people have: many small ones, a database, a large one.
    private func fill(_ source: DiskPath, seed: UInt64) throws {
        var tree = TemporaryTree(at: source, seed: seed)
        try tree.grow(entries: 40)
        var generator = SeededGenerator(seed: seed)
        for folder in 0..<4 {
            try source.appending("small-\(folder)").makeDirectory()
            for file in 0..<50 {
                try source.appending("small-\(folder)/\(file)").write(generator.text(900))
            }
        }
        try source.appending("large").write(generator.bytes(48_000_000))
        // Pages as SQLite writes them, known by the words at its head.
        let head = Array("SQLite format 3\0".utf8)
        try source.appending("database").write(head + generator.bytes(8_000_000 - head.count))
    }

    /// Machine A, which has made a snapshot, and B, whose requests to the same server take time.
    /// - Returns: both, and the relay that B's requests go through.
    private func makeMachines(
        _ kind: StorageServer.Kind, seed: UInt64
    ) throws -> (a: Machine, b: Machine, relay: StandIn) {
        let server = try StorageServer.shared(kind)
        let relay = try StandIn(before: server, .latency(seconds: Self.delayInSeconds))
        let (near, far) = (S3Place(server), S3Place(relayedBy: relay, to: server))
        let (a, b) = (try Machine(near), try Machine(far))
        let root = near.freshRoot("slow")
        for machine in [a, b] { try machine.addRemote(root: root) }
        try fill(a.tool.source, seed: seed)
        try a.summary("init")
        try a.summary("snapshot", "source")
        return (a, b, relay)
    }

    @Test(arguments: StorageServer.Kind.tested.filter { [.minio, .rclone].contains($0) })
    func `machine B fetches what it lacks, and all of it at once`(
        _ kind: StorageServer.Kind
    ) throws {
        let (a, b, relay) = try makeMachines(kind, seed: 91)
        let (source, target) = (a.tool.source, b.tool.home.appending("target"))

        _ = try relay.requests(clears: true)
        try b.summary("restore", "latest", "--to", "target")
        #expect(try compareTrees(source, target) == [])
        let full = try relay.requests(clears: true)
        #expect(full.mostAtOnce >= 8)
        // Parts of 4 MiB, and what it takes to get there.
        #expect(full.count(.get) <= 24)

        try b.summary("restore", "latest", "--to", "target")
        #expect(try packs(relay) == 0)

        var generator = SeededGenerator(seed: 92)
        for _ in 0..<20 {
            let page = generator.number(in: 1...970)
            let bytes = generator.bytes(100)
            try source.appending("database").overwrite(bytes, at: UInt64(page * 8192))
        }
        try source.appending("small-1").rename(to: source.appending("moved"))
        try source.appending("large").rename(to: source.appending("moved/large"))
        try a.summary("snapshot", "source")
        let pulled = try b.summary("pull", "target")
        #expect(try compareTrees(source, target) == [])
        #expect(try #require(pulled["downloadedBytes"] as? Int) < 1_000_000)
        _ = try relay.requests(clears: true)
        try b.summary("pull", "target")
        #expect(try relay.requests(clears: true).map(\.kind) == [.list])
    }

    @Test(arguments: StorageServer.Kind.tested.filter { [.minio, .rclone].contains($0) })
    func `half of the files stale, renamed or half-written, and nothing remembered`(
        _ kind: StorageServer.Kind
    ) throws {
        let (a, b, _) = try makeMachines(kind, seed: 93)
        let (source, target) = (a.tool.source, b.tool.home.appending("target"))
        try b.summary("restore", "latest", "--to", "target")
        try b("cache", "clear")
        for file in 0..<50 {
            let path = target.appending("small-\(file % 4)/\(file)")
            switch file % 3 {
            case 0: try path.setModified(FileStatus.Time(seconds: 1, nanoseconds: 0))
            case 1: try path.rename(to: target.appending("small-0/renamed-\(file)"))
            default: try path.truncate(to: 300)
            }
        }
        try target.appending("large").truncate(to: 24_000_000)
        let before = try target.appending("large").read()
        let run = try b.summary("restore", "latest", "--to", "target")
        // What is half-written is nowhere in the repository, so it is kept.
        #expect(try #require(run["conflicts"] as? Int) >= 17)
        #expect(try #require(run["downloadedBytes"] as? Int) < 40_000_000)
        #expect(try #require(run["copiedBytes"] as? Int) > 20_000_000)
        let names = try target.names().map { String(decoding: $0, as: UTF8.self) }
        let kept = try #require(names.first { $0.hasPrefix("large.varve-conflict-") })
        #expect(try target.appending(kept).read() == before)
        for name in names where name.contains(".varve-conflict-") {
            try target.appending(name).remove()
        }
        for folder in 0..<4 {
            let folder = target.appending("small-\(folder)")
            for name in try folder.names() {
                let text = String(decoding: name, as: UTF8.self)
                if text.contains("-") { try folder.appending(name).remove() }
            }
        }
        try b.summary("restore", "latest", "--to", "target")
        #expect(try compareTrees(source, target) == [])
    }

    /// How many requests for parts of packs there were.
    private func packs(_ relay: StandIn) throws -> Int {
        try relay.requests(clears: true).count { $0.key?.contains("packs/") ?? false }
    }
}
