import Foundation
import TestSupport
import Testing

/// What one machine prunes is gone for all of them, and no more: on every service that there is.
struct PruneServiceTests {
    @Test(arguments: S3Service.tested)
    func `machine B restores what machine A has left`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot()
        let (a, b) = (try Machine(place), try Machine(place))
        for machine in [a, b] { try machine.addRemote(root: root) }
        try a.summary("init")
        var generator = SeededGenerator(seed: 83)
        try a.tool.source.appending("stays").write(generator.bytes(40_000))
        for _ in 1...4 {
            try a.tool.source.appending("changes").write(generator.bytes(80_000))
            try a.summary("snapshot", "source")
        }
        // B has seen the index as it was.
        try b.summary("list")
        #expect(try b("cat", "latest:stays").exitCode == 0)
        try a.summary("forget", "--keep-last", "1")
        let summary = try a.summary("prune", "--grace", "0")
        #expect(try #require(summary["freedBytes"] as? Int) > 200_000)
        #expect(summary["waitingPacks"] as? Int == 0)
        try b.summary("restore", "latest", "--to", "target")
        let target = b.tool.home.appending("target")
        #expect(try compareTrees(a.tool.source, target) == [])
        // A knows what is left, and B's snapshots find it.
        #expect(try a.summary("snapshot", "source")["newBytes"] as? Int == 0)
        #expect(try b.summary("check", "--read-data")["errors"] as? Int == 0)
        let again = try b.summary("prune", "--grace", "0")
        #expect(again["deletedPacks"] as? Int == 0)
        // The session of A stands, so B leaves alone what A has stored since it was opened.
        try a.tool.source.appending("later").write(generator.bytes(50_000))
        try a.summary("snapshot", "source")
        try b.summary("forget", "latest")
        #expect(try b.summary("prune", "--grace", "0")["deletedPacks"] as? Int == 0)
        // A closes it first.
        let done = try a.summary("prune", "--grace", "0")
        #expect(try #require(done["deletedPacks"] as? Int) > 0)
        #expect(try b.summary("check", "--read-data")["errors"] as? Int == 0)
    }
}
