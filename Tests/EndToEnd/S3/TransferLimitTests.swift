import TestSupport
import Testing

/// Limits of rates and connections do what they say.
struct TransferLimitTests {
    /// How long a run takes at least is what a limit promises.
    private func duration(_ body: () throws -> Void) rethrows -> Duration {
        try ContinuousClock().measure(body)
    }

    @Test func `uploads are no faster than allowed`() throws {
        let home = try BucketHome().prepared()
        try home.addFile(sizeInBytes: 500_000)
        let time = try duration {
            try home.succeed("snapshot", "source", "--limit-upload", "512KiB")
        }
        #expect(time > .milliseconds(400))
        try home.expectRestores()
    }

    @Test func `downloads are no faster than allowed`() throws {
        let home = try BucketHome().prepared()
        try home.addFile(sizeInBytes: 500_000)
        try home.succeed("snapshot", "source")
        let time = try duration {
            try home.succeed(
                "restore", "latest", "--to", "target", "--limit-download", "512KiB")
        }
        #expect(time > .milliseconds(400))
        let target = home.tool.home.appending("target")
        #expect(try compareTrees(home.tool.source, target) == [])
    }

    @Test(arguments: [1, 3])
    func `no more requests are under way than allowed`(_ limit: Int) throws {
        let home = try BucketHome(.minio, .latency(seconds: 0.02)).prepared()
        for number in 0..<6 {
            try home.addFile("\(number)", sizeInBytes: 20_000, seed: UInt64(number))
            try home.succeed("snapshot", "source")
        }
        _ = try home.server.requests(clears: true)
        try home.succeed("cache", "clear")
        try home.succeed("check", "--read-data", "--connections", "\(limit)")
        let most = try home.server.requests(clears: true).mostAtOnce
        #expect((1...limit).contains(most))
        // It is the limit that makes the difference.
        try home.succeed("cache", "clear")
        try home.succeed("check", "--read-data")
        #expect(try home.server.requests().mostAtOnce > 3)
    }

    @Test(arguments: [
        ["--limit-upload", "fast"], ["--limit-upload", "0"], ["--limit-upload", "1"],
        ["--limit-download", "-1MiB"], ["--limit-download", ""], ["--connections", "0"],
        ["--connections", "257"], ["--connections", "many"], ["--connections", "-1"],
        ["--limit-download", "99999999999GiB"],
    ])
    func `values that make no sense are refused`(_ option: [String]) throws {
        let home = try BucketHome()
        let run = try home.start(["list"] + [option[0] + "=" + option[1]]).wait()
        #expect(run.exitCode == 64, "\(run.error)")
        #expect(run.error.lowercased().contains("error: "))
        #expect(run.error.contains(option[0]))
        #expect(try home.server.requests().isEmpty)
    }
}
