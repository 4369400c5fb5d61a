import TestSupport
import Testing

/// Answers without an end are given up before they fill the memory.
struct EndlessAnswerTests {
    @Test func `a listing without an end`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(.endless.on(.list).always)
        expectFailure(
            try home.run("list"), 1, ["LIST snapshots/", "too long"], try: ["endpoint"])
        try home.server.calm()
        try home.expectUnharmed()
    }

    @Test func `a part of a pack without an end`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(.endless.on(.get).key(".*packs/"))
        try home.expectRestores()
        #expect(try home.server.pendingFaultCount() == 0)
    }

    @Test func `an answer to a PUT without an end`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.order(.endless.on(.put))
        try home.succeed("snapshot", "source")
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `an answer of a few bytes at a time is waited for`() throws {
        let home = try BucketHome().prepared()
        try home.server.order(.drip(bytesPerSecond: 2_000).on(.list))
        try home.succeed("snapshot", "source")
        #expect(try home.server.pendingFaultCount() == 0)
    }
}
