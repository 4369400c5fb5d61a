import Foundation
import TestSupport
import Testing

/// What one machine forgets is forgotten for all of them: on every service that there is.
struct ForgetServiceTests {
    private func ids(_ machine: Machine, _ arguments: String...) throws -> [String] {
        let run = try machine.run(["list", "--json"] + arguments)
        guard run.exitCode == 0 else { throw ToolFailure(arguments: arguments, run: run) }
        return try run.objects().compactMap { $0["id"] as? String }
    }

    @Test(arguments: S3Service.tested)
    func `machine B does not see what machine A forgets`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot()
        let (a, b) = (try Machine(place), try Machine(place))
        for machine in [a, b] { try machine.addRemote(root: root) }
        try a.summary("init")
        var made: [String] = []
        for version in 1...5 {
            try a.tool.source.appending("file").write(Array("version \(version)\n".utf8))
            let summary = try a.summary("snapshot", "source", "--tag", version == 1 ? "gold" : "x")
            made.append(try #require(summary["snapshot"] as? String))
        }
        // B has copies of all manifests now.
        #expect(try ids(b) == made)
        let summary = try a.summary("forget", "--keep-last", "2", "--keep-tag", "gold")
        #expect(summary["forgotten"] as? Int == 2)
        #expect(summary["kept"] as? Int == 3)
        let left = [made[0], made[3], made[4]]
        #expect(try ids(a) == left)
        #expect(try ids(b) == left)
        for machine in [a, b] { #expect(try ids(machine, "--forgotten") == Array(made[1...2])) }
        #expect(try b("restore", made[1], "--to", "gone").exitCode == 1)
        #expect(try b("cat", "latest:file").text == "version 5\n")
        #expect(try b("cat", "\(made[0]):file").text == "version 1\n")
        // B forgets by name; then all is gone.
        try b.summary("forget", "latest", made[0])
        #expect(try ids(a) == [made[3]])
        #expect(try a.summary("check", "--read-data")["errors"] as? Int == 0)
        try a.summary("forget", "--keep-tag", "none", "--allow-empty")
        #expect(try ids(b) == [])
        #expect(try ids(b, "--forgotten") == made)
        // The folder is taken anew, as if there had never been a snapshot.
        try a.summary("snapshot", "source", "--skip-unchanged")
        #expect(try ids(b).count == 1)
        #expect(try b("cat", "latest:file").text == "version 5\n")
    }
}
