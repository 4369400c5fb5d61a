import TestSupport

/// A machine that has the tool, a home folder of its own, and a way to a bucket.
struct Machine {
    let tool: Tool
    let place: S3Place

    init(_ place: S3Place) throws {
        tool = try Tool(isInMemory: true)
        self.place = place
    }

    /// The variables by which a provider's names lead to the place.
    var environment: [String: String] { place.proxy.map { ["https_proxy": $0] } ?? [:] }

    /// Runs the tool to its end.
    @discardableResult
    func callAsFunction(_ arguments: String...) throws -> ToolRun { try run(arguments) }

    /// Runs the tool to its end with more variables.
    func run(_ arguments: [String], _ more: [String: String] = [:]) throws -> ToolRun {
        try tool.start(arguments, environment: environment.merging(more) { $1 }).wait()
    }

    /// Runs the tool, which must succeed.
    /// - Returns: the objects that it has printed.
    @discardableResult
    func json(_ arguments: String...) throws -> [[String: Any]] {
        let run = try run(arguments + ["--json"])
        guard run.exitCode == 0 else { throw ToolFailure(arguments: arguments, run: run) }
        return try run.objects()
    }

    /// The last object that a run prints, which must succeed.
    @discardableResult
    func summary(_ arguments: String...) throws -> [String: Any] {
        let run = try run(arguments + ["--json"])
        let last = try run.objects().last
        guard run.exitCode == 0, let last else { throw ToolFailure(arguments: arguments, run: run) }
        return last
    }

    /// Gives the bucket a name, by the six fields.
    @discardableResult
    func addRemote(_ name: String = "cloud", root: String, _ more: String...) throws -> ToolRun {
        let run = try run(
            [
                "remote", "add", name, "--endpoint", place.endpoint, "--region", place.region,
                "--bucket", place.bucket, "--access-key-id", place.accessKey,
                "--secret-access-key", place.secretKey, "--root-path", root, "--default",
            ] + (place.authoritiesPath.map { ["--ca-file", $0] } ?? []) + more)
        guard run.exitCode == 0 else { throw ToolFailure(arguments: ["remote", "add"], run: run) }
        return run
    }
}
