import Foundation
import Synchronization
import TestSupport
import Testing

/// A home folder whose repository is in a bucket of a stand-in of its own.
///
/// Keys come from the environment. The output of every run is searched for secrets.
final class BucketHome: Sendable {
    /// The secret that no output may show.
    static let secret = "Never/Shown+Secret0123456789"
    /// The session token that no output may show.
    static let token = "NeverShownToken//0123456789=="
    /// The repository's address.
    static let root = "backup"

    let tool: Tool
    let server: StandIn
    /// What every run has in its environment.
    let environment: [String: String]
    /// The ID of the snapshot that `prepared` makes.
    private let first = Mutex("")

    /// The names of providers, which lead to the stand-in; the others are asked by its own address.
    private static let endpoints: [StandIn.Personality: String] = [
        .aws: "http://s3.us-east-1.amazonaws.com",
        .r2: "http://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
        .oss: "http://oss-cn-hangzhou.aliyuncs.com",
        .cos: "http://cos.ap-guangzhou.myqcloud.com",
    ]

    /// A home without a repository.
    init(_ personality: StandIn.Personality = .minio, _ options: StandInOption...) throws {
        let endpoint = Self.endpoints[personality]
        tool = try Tool(isInMemory: true)
        server = try StandIn(personality, [.secretKey(Self.secret)] + options)
        var environment = [
            "AWS_ACCESS_KEY_ID": server.accessKey, "AWS_SECRET_ACCESS_KEY": Self.secret,
            "AWS_ENDPOINT_URL_S3": endpoint ?? server.endpoint,
            "VARVE_REPO": "s3://\(server.bucket)/\(Self.root)",
        ]
        if endpoint != nil {
            environment["http_proxy"] = server.proxy
            environment["https_proxy"] = server.proxy
        }
        self.environment = environment
        try tool.source.appending("file").write(Array("content".utf8))
    }

    /// Makes the repository and a first snapshot, of one file.
    /// - Returns: the same home.
    @discardableResult
    func prepared() throws -> BucketHome {
        try succeed("init")
        // With a lease of 0 no session stands, so the next run begins with one of its own.
        let made = try run("snapshot", "source", with: ["VARVE_SESSION_LEASE": "0"])
        try #require(made.exitCode == 0, "\(made.text)")
        let names = try server.objects(prefix: "\(Self.root)/snapshots/").keys
        let name = try #require(names.first)
        first.withLock { $0 = String(name.dropLast(".json".count).suffix(32)) }
        _ = try server.requests(clears: true)
        return self
    }

    /// Adds a file that no snapshot has.
    func addFile(_ name: String = "new", sizeInBytes: Int = 5_000, seed: UInt64 = 5) throws {
        var generator = SeededGenerator(seed: seed)
        try tool.source.appending(name).write(generator.bytes(sizeInBytes))
    }

    /// Runs the tool, and looks for secrets in what it says.
    @discardableResult
    func run(
        _ arguments: String..., with variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ToolRun {
        let run = try start(arguments, with: variables).wait()
        Self.expectNoSecret(run, sourceLocation)
        return run
    }

    /// Runs the tool, which must succeed.
    @discardableResult
    func succeed(
        _ arguments: String..., with variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ToolRun {
        let run = try start(arguments, with: variables).wait()
        Self.expectNoSecret(run, sourceLocation)
        #expect(
            run.exitCode == 0, "\(arguments): \(run.text)\(run.error)",
            sourceLocation: sourceLocation)
        return run
    }

    /// Starts the tool at its greatest verbosity.
    func start(_ arguments: [String], with variables: [String: String] = [:]) throws -> RunningTool
    {
        let isTold = arguments.contains("--json") || arguments.contains("--verbose")
        return try tool.start(
            arguments + (isTold ? [] : ["--verbose"]),
            environment: environment.merging(variables) { $1 })
    }

    /// Whatever a run says, no secret is in it, and nothing of a signature.
    static func expectNoSecret(_ run: ToolRun, _ sourceLocation: SourceLocation) {
        let output = run.text + run.error
        for secret in [secret, token, "AWS4-HMAC-SHA256", "Authorization:", "Signature="] {
            #expect(!output.contains(secret), sourceLocation: sourceLocation)
        }
    }

    /// The repository is whole, has so many snapshots, and the first one holds what it held.
    func expectUnharmed(
        snapshots count: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let check = try run("check", "--read-data", sourceLocation: sourceLocation)
        #expect(check.exitCode == 0, "\(check.text)\(check.error)", sourceLocation: sourceLocation)
        let names = try server.objects(prefix: "\(Self.root)/snapshots/")
        #expect(
            names.keys.count { $0.hasSuffix(".json") } == count, sourceLocation: sourceLocation)
        try expectFirstRestores(sourceLocation: sourceLocation)
    }

    /// The first snapshot gives the one file that it was made of.
    func expectFirstRestores(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let target = tool.home.appending("restored")
        if target.exists { try target.remove() }
        let id = first.withLock { $0 }
        try succeed("restore", id, "--to", "restored", sourceLocation: sourceLocation)
        #expect(try target.names() == [Array("file".utf8)], sourceLocation: sourceLocation)
        let content = try target.appending("file").read()
        #expect(content == Array("content".utf8), sourceLocation: sourceLocation)
    }

    /// A restore of the latest snapshot gives the same as the source.
    func expectRestores(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let target = tool.home.appending("restored")
        if target.exists { try target.remove() }
        try succeed("restore", "latest", "--to", "restored", sourceLocation: sourceLocation)
        let differences = try compareTrees(tool.source, target)
        #expect(differences == [], sourceLocation: sourceLocation)
    }

    /// The next snapshot succeeds and holds what is in the source.
    func expectNextSucceeds(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try succeed("snapshot", "source", sourceLocation: sourceLocation)
        try expectRestores(sourceLocation: sourceLocation)
    }
}
