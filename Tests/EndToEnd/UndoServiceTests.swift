import Foundation
import TestSupport
import Testing

/// What one machine forgets another one brings back: on every service that there is.
struct UndoServiceTests {
    @Test(arguments: S3Service.tested)
    func `machine B brings back what machine A has forgotten`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot()
        let (a, b) = (try Machine(place), try Machine(place))
        for machine in [a, b] { try machine.addRemote(root: root) }
        try a.summary("init")
        var generator = SeededGenerator(seed: 96)
        try a.tool.source.appending("file").write(generator.bytes(40_000))
        let old = try #require(try a.summary("snapshot", "source")["snapshot"] as? String)
        try a.summary("forget", old)
        let objects = try b.json("forget", "--undo", String(old.prefix(8)))
        let new = try #require(objects.first?["snapshot"] as? String)
        let requests = try #require(objects.last?["requests"] as? [String: Int])
        // PUT of the session and the manifest; LIST of snapshots/, forgotten/ and indexes/; GET of
        // the description, the manifest, the table and the listings; two DELETEs.
        #expect(requests == ["put": 2, "get": 4, "head": 0, "list": 3, "delete": 2])
        #expect(try a.json("list").compactMap { $0["id"] as? String } == [new])
        #expect(try a.json("list", "--forgotten").count == 1)
        try a.summary("restore", new, "--to", "target")
        let target = a.tool.home.appending("target")
        #expect(try compareTrees(a.tool.source, target) == [])
        #expect(try a.summary("snapshot", "source")["newBytes"] as? Int == 0)
        #expect(try b.summary("check", "--read-data")["errors"] as? Int == 0)
    }
}
