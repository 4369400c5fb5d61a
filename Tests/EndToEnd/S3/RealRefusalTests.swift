import TestSupport
import Testing

/// What real servers say to wrong settings is understood as well.
struct RealRefusalTests {
    private func run(
        _ server: StorageServer, _ arguments: [String], with more: [String: String]
    ) throws -> ToolRun {
        let tool = try Tool(isInMemory: true)
        try tool.source.appending("file").write([1])
        let usual = [
            "AWS_ACCESS_KEY_ID": server.accessKey, "AWS_SECRET_ACCESS_KEY": server.secretKey,
            "AWS_ENDPOINT_URL_S3": server.endpoint, "AWS_REGION": server.region,
            "VARVE_REPO": "s3://\(server.bucket)/\(server.freshPrefix())",
        ]
        let run = try tool.start(
            arguments + ["--verbose"], environment: usual.merging(more) { $1 }
        ).wait()
        let output = run.text + run.error
        for secret in [server.secretKey, BucketHome.secret, "AWS4-HMAC-SHA256", "Signature="] {
            #expect(!output.contains(secret))
        }
        return run
    }

    // rclone does not check keys.
    private static let strict = StorageServer.Kind.tested.filter { $0 != .rclone }

    @Test(arguments: strict)
    func `a wrong secret`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        for command in [["list"], ["init"], ["snapshot", "source"]] {
            let run = try run(server, command, with: ["AWS_SECRET_ACCESS_KEY": BucketHome.secret])
            expectFailure(run, 1, ["credentials are refused"], try: ["secret access key"])
        }
    }

    @Test(arguments: strict)
    func `a key ID that nobody knows`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        let run = try run(server, ["list"], with: ["AWS_ACCESS_KEY_ID": "nobody-has-this"])
        expectFailure(run, 1, ["credentials are refused"], try: ["access key"])
    }

    @Test(arguments: strict)
    func `a bucket that is missing`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        for command in [["list"], ["init"], ["snapshot", "source"]] {
            let run = try run(server, command, with: ["VARVE_REPO": "s3://nobody-has-this/x"])
            expectFailure(run, 1, ["bucket is missing"], try: ["nobody-has-this"])
        }
    }

    @Test(arguments: StorageServer.Kind.tested)
    func `a place without a repository`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        let run = try run(server, ["list"], with: [:])
        expectFailure(run, 10, ["no repository"], try: ["varve init"])
    }
}
