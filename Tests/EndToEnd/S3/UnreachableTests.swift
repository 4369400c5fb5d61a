import Foundation
import TestSupport
import Testing

/// Endpoints behind which there is no store.
struct UnreachableTests {
    private func run(
        _ endpoint: String, _ arguments: [String] = ["list"], with more: [String: String] = [:]
    ) throws -> ToolRun {
        let home = try BucketHome()
        let variables = ["AWS_ENDPOINT_URL_S3": endpoint].merging(more) { $1 }
        let run = try home.start(arguments, with: variables).wait()
        BucketHome.expectNoSecret(run, #_sourceLocation)
        return run
    }

    @Test func `a name that nobody has`() throws {
        expectFailure(
            try run("https://nobody.invalid"), 1,
            ["GET varve.json", "cannot be reached", "nobody.invalid"],
            try: ["endpoint", "spelling"])
    }

    @Test func `a port where nobody listens`() throws {
        // Nothing listens on the discard service's port.
        expectFailure(
            try run("http://127.0.0.1:9"), 1,
            ["cannot be reached", "cannot connect", "127.0.0.1:9"],
            try: ["endpoint", "port"])
    }

    @Test func `a proxy that is not there`() throws {
        let proxy = "http://somebody:\(BucketHome.secret)@127.0.0.1:9"
        expectFailure(
            try run("http://s3.example.com", with: ["http_proxy": proxy]), 1,
            ["cannot be reached", "proxy"], try: ["http_proxy"])
    }

    @Test func `a proxy does not matter for a host that is excepted`() throws {
        let variables = ["http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"]
        let home = try BucketHome()
        #expect(try home.run("init", with: variables).exitCode == 0)
    }

    @Test(arguments: [["list"], ["init"], ["snapshot", "source"]])
    func `a web server that has no such page`(_ arguments: [String]) throws {
        let home = try BucketHome()
        try home.server.order(.bare(404).always)
        expectFailure(
            try home.start(arguments).wait(), 1, ["settings are wrong", "404"],
            try: ["endpoint", "no S3 store"])
    }

    @Test(arguments: [["list"], ["init"], ["snapshot", "source"]])
    func `a web server that has a page for everything`(_ arguments: [String]) throws {
        let home = try BucketHome()
        try home.server.order(.body(.html).always)
        try home.server.order(.headers(["Content-Type": "text/html"]).always)
        expectFailure(
            try home.start(arguments).wait(), 1, ["settings are wrong", "no list"],
            try: ["endpoint", "no S3 store"])
    }

    @Test func `a web server that sends elsewhere`() throws {
        let home = try BucketHome()
        try home.server.order(.bare(301, headers: ["Location": "https://www.example.com/"]).always)
        expectFailure(
            try home.run("list"), 1, ["settings are wrong", "301"],
            try: ["endpoint", "no S3 store"])
    }

    @Test func `plain HTTP to a port of TLS, and the other way round`() throws {
        let home = try BucketHome(.minio, .tls)
        let plain = "http://127.0.0.1:\(home.server.port)"
        expectFailure(
            try home.run("list", with: ["AWS_ENDPOINT_URL_S3": plain]), 1, ["127.0.0.1"],
            try: ["endpoint"])
        let other = try BucketHome()
        let secure = "https://127.0.0.1:\(other.server.port)"
        expectFailure(
            try other.run("list", with: ["AWS_ENDPOINT_URL_S3": secure]), 1,
            ["not trusted", "TLS"], try: ["scheme", "http://"])
    }

    @Test func `a store that is there again has lost nothing`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.server.refuseConnections(count: -1)
        expectFailure(
            try home.run("snapshot", "source"), 1, ["cannot be reached"],
            try: ["endpoint"])
        try home.server.calm()
        try home.expectUnharmed()
        try home.expectNextSucceeds()
    }
}
