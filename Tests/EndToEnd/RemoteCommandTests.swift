import FileHandles
import TestSupport
import Testing

/// Names for buckets: what is kept of them, who may read it, and what is shown.
struct RemoteCommandTests {
    private let tool: Tool
    private let configuration: DiskPath
    private static let secret = "VERY/SECRET+KEY"
    private static let token = "VERY/SECRET+TOKEN"

    init() throws {
        tool = try Tool(isInMemory: true)
        configuration = tool.home.appending(".config/varve/config.json")
    }

    @discardableResult
    private func add(_ name: String, _ more: String...) throws -> ToolRun {
        let fields = [
            "remote", "add", name, "--endpoint", "https://s3.eu-central-1.amazonaws.com",
            "--region", "eu-central-1", "--bucket", "photos", "--access-key-id", "AKID",
            "--secret-access-key", Self.secret, "--root-path", "a/b",
        ]
        return try tool.start(fields + more).wait()
    }

    @Test func `the six fields are kept, where nobody else can read them`() throws {
        #expect(try add("cloud").exitCode == 0)
        #expect(try configuration.status().permissions == 0o600)
        #expect(try configuration.parent.status().permissions & 0o077 == 0)
        let objects = try tool.json("remote", "show", "cloud")
        let shown = try #require(objects.first)
        let expected = [
            "event": "remote", "name": "cloud", "region": "eu-central-1", "bucket": "photos",
            "endpoint": "https://s3.eu-central-1.amazonaws.com", "accessKeyID": "AKID",
            "secretAccessKey": "****", "rootPath": "a/b",
        ]
        for (key, value) in expected { #expect(shown[key] as? String == value, "\(key)") }
        #expect(shown["default"] as? Bool == false)
        #expect(shown.count == expected.count + 1)
        #expect(objects.count == 2)
        #expect(objects.last?["event"] as? String == "summary")
        #expect(objects.last?["remotes"] as? Int == 1)
        let text = try tool("remote", "show", "cloud").lines
        #expect(text.contains("Secret Access Key: ****"))
        #expect(text.contains("Root Path: a/b"))
    }

    @Test func `no command shows a secret`() throws {
        let runs = [
            try add("cloud", "--session-token", Self.token, "--json"),
            try tool("remote", "list"), try tool("remote", "list", "--json"),
            try tool("remote", "show", "cloud", "-v"),
            try tool("remote", "show", "cloud", "--json"),
            try tool("remote", "default", "cloud", "--json"), try add("cloud"),
            try tool("remote", "remove", "cloud", "--json"),
        ]
        for run in runs {
            #expect(!(run.text + run.error).contains("VERY"), "\(run)")
        }
        #expect(runs.map(\.exitCode) == [0, 0, 0, 0, 0, 0, 64, 0])
    }

    @Test func `remotes are listed by name, the default one is marked`() throws {
        for name in ["b", "a", "c"] { try add(name) }
        #expect(try tool("remote", "default").text.contains("no default remote"))
        #expect(try tool("remote", "default", "b").text == "b\n")
        let lines = try tool("remote", "list").lines
        #expect(lines.map(\.first) == ["a", "b", "c"])
        #expect(lines.map { $0.hasSuffix("(default)") } == [false, true, false])
        #expect(lines[0].contains("s3://photos/a/b"))
        #expect(try tool("remote", "default", "--none").exitCode == 0)
        let objects = try tool.json("remote", "list")
        #expect(objects.map { $0["name"] as? String } == ["a", "b", "c", nil])
        #expect(objects.dropLast().allSatisfy { $0["default"] as? Bool == false })
        #expect(objects.last?["default"] as? String == "")
        #expect(try tool("remote", "default", "d").exitCode == 64)
        #expect(try tool("remote", "default", "a", "--none").exitCode == 64)
    }

    @Test func `a remote that is removed is no default any more`() throws {
        try add("a", "--default")
        #expect(try tool("remote", "default").text == "a\n")
        #expect(try tool("remote", "remove", "a").text.contains("its bucket is as it was"))
        #expect(try tool.json("remote", "default").last?["default"] as? String == "")
        #expect(try tool("remote", "list").text.isEmpty)
        for command in ["remove", "show"] {
            let run = try tool("remote", command, "a")
            #expect(run.exitCode == 64)
            #expect(run.error.contains("there is no remote \"a\""))
        }
    }

    @Test func `a remote is replaced only when that is asked for`() throws {
        try add("a")
        let before = try configuration.read()
        let again = try add("a", "--storage-class", "STANDARD_IA")
        #expect(again.exitCode == 64)
        #expect(again.error.contains("--replace"))
        #expect(try configuration.read() == before)
        #expect(try add("a", "--storage-class", "STANDARD_IA", "--replace").exitCode == 0)
        let shown = try tool.json("remote", "show", "a").first
        #expect(shown?["storageClass"] as? String == "STANDARD_IA")
    }

    @Test(arguments: [
        ["--root-path", "a//b"], ["--root-path", "../b"], ["--endpoint", "ftp://host"],
        ["--endpoint", "https://host/?a=b"], ["--provider", "nobody"], ["--addressing", "maybe"],
        ["--secret-access-key-file", "x"],
    ])
    func `settings that cannot be right are refused at once`(_ more: [String]) throws {
        let fields = [
            "remote", "add", "a", "--endpoint", "https://host", "--bucket", "photos",
            "--access-key-id", "AKID", "--secret-access-key", Self.secret,
        ]
        let run = try tool.start(fields + more).wait()
        #expect(run.exitCode == 64, "\(run)")
        #expect(run.error.contains("try:") || run.error.contains("Usage"), "\(run)")
        #expect(!configuration.exists)
    }

    @Test(arguments: ["", ".a", "-a", "a/b", "s3://a", "a b"])
    func `a name that could be a path is refused`(_ name: String) throws {
        #expect(try add(name).exitCode == 64)
        #expect(!configuration.exists)
    }

    @Test func `how the endpoint is understood is told`() throws {
        // As some providers' pages show it: without the service's name.
        let run = try tool(
            "remote", "add", "a", "--endpoint", "https://photos.eu-west-1.amazonaws.com",
            "--bucket", "photos")
        #expect(run.exitCode == 0)
        #expect(run.error.contains("s3.eu-west-1.amazonaws.com"))
    }

    @Test(arguments: [
        ("http://store.lan", true), ("https://store.lan", false), ("http://127.0.0.1:9000", false),
        ("http://localhost:9000", false),
    ])
    func `an endpoint that everybody on the way can read is told`(
        _ endpoint: String, _ isTold: Bool
    ) throws {
        let run = try tool(
            "remote", "add", "a", "--endpoint", endpoint, "--bucket", "photos")
        #expect(run.exitCode == 0)
        #expect(run.error.contains("can read what is sent") == isTold)
    }
}
