import TestSupport
import Testing

/// A connection that ends at any place costs a repetition, and nothing else.
struct CutConnectionTests {
    /// A run that sends each kind of request.
    private func cut(_ fault: StandInFault, kinds: [LoggedRequest.Kind]) throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.succeed("cache", "clear")
        for kind in kinds { try home.server.order(fault.on(kind)) }
        try home.succeed("snapshot", "source")
        try home.expectRestores()
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: StandInFault.Place.allCases, [false, true])
    func `at every place of a request and its answer`(
        _ place: StandInFault.Place, _ resets: Bool
    ) throws {
        try cut(.close(place, resets: resets), kinds: [.put, .get, .list])
    }

    @Test func `after the effect, before the answer`() throws {
        try cut(.close(.request, takesEffect: true), kinds: [.put, .get, .list])
    }

    @Test(arguments: StandInFault.Place.allCases)
    func `in the body of a large PUT, or in its answer`(_ place: StandInFault.Place) throws {
        let home = try BucketHome().prepared()
        try home.addFile(sizeInBytes: 2_000_000)
        try home.server.order(.close(place).on(.put).key(".*packs/"))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectRestores()
    }

    @Test(arguments: StandInFault.Place.allCases)
    func `while an object is deleted`(_ place: StandInFault.Place) throws {
        // Examining a bucket deletes what it has written.
        let home = try BucketHome()
        try home.server.order(.close(place, takesEffect: true).on(.delete))
        let run = try home.run("doctor")
        #expect(try home.server.pendingFaultCount() == 0)
        // Nothing is repeated there, so that what is wrong shows; but a kept connection that ends
        // without a word may have ended before.
        let hasFailed = run.lines.contains { $0.hasPrefix("FAILED") && $0.contains("delete") }
        #expect(run.exitCode == (hasFailed ? 1 : 0))
        #expect(try home.run("doctor").exitCode == 0)
    }

    @Test(arguments: StandInFault.Place.allCases)
    func `while one asks whether an object is there`(_ place: StandInFault.Place) throws {
        let home = try BucketHome().prepared()
        try home.server.order(.close(place).on(.head))
        let run = try home.succeed("snapshot", "source", "--skip-unchanged")
        #expect(run.text.contains("nothing has changed"))
        #expect(try home.server.pendingFaultCount() == 0)
    }

    @Test func `connections that end between two requests are replaced`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.order(.stale.times(4))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
        try home.expectUnharmed(snapshots: 2)
    }
}
