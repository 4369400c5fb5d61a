import FileHandles
import TestSupport
import Testing

/// Wherever a secret comes from, and whatever goes wrong, nobody gets to see it.
///
/// Every run of a `BucketHome` is searched; here the sources of secrets change.
struct SecretOutputTests {
    private let home: BucketHome
    private static let noKeys = [
        "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
    ]

    init() throws {
        home = try BucketHome()
        try home.tool.home.appending("secret").write(Array("\(BucketHome.secret)\n".utf8))
        try home.tool.home.appending(".aws").makeDirectory()
    }

    /// Runs that succeed, and runs that fail, in each way of telling.
    private func expectSilence(
        with variables: [String: String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let commands = [
            ["init"], ["snapshot", "source"], ["doctor"], ["list"], ["remote", "list"], ["check"],
        ]
        let all = Self.noKeys.merging(variables) { $1 }
        for form in ["--verbose", "--json"] {
            for command in commands {
                let run = try home.start(command + [form], with: all).wait()
                BucketHome.expectNoSecret(run, sourceLocation)
                let isSecondInit = command == ["init"] && form == "--json"
                #expect(
                    run.exitCode == (isSecondInit ? 1 : 0), "\(command): \(run.text)\(run.error)",
                    sourceLocation: sourceLocation)
            }
        }
        let faults: [StandInFault] = [
            .error(403, code: "SignatureDoesNotMatch").always, .error(500).times(4),
            .close(.headers).times(4), .body(.garbage).always, .body(.html, status: 400).always,
        ]
        for fault in faults {
            try home.server.order(fault)
            for form in ["--verbose", "--json"] {
                for command in [["list"], ["doctor"]] {
                    let run = try home.start(command + [form], with: all).wait()
                    BucketHome.expectNoSecret(run, sourceLocation)
                }
            }
            try home.server.calm()
        }
    }

    /// Adds a remote, with its secret from one of the sources.
    private func add(_ name: String, _ source: [String]) throws {
        let settings = [
            "remote", "add", name, "--bucket", home.server.bucket, "--root-path", "backup",
            "--endpoint", home.server.endpoint, "--access-key-id", home.server.accessKey,
        ]
        for form in [["--verbose"], ["--json", "--replace"]] {
            let run = try home.start(settings + source + form, with: Self.noKeys).wait()
            #expect(run.exitCode == 0, "\(run.error)")
            BucketHome.expectNoSecret(run, #_sourceLocation)
        }
        for form in ["--verbose", "--json"] {
            let run = try home.run("remote", "show", name, form)
            #expect(run.text.contains("****"))
        }
        try expectSilence(with: ["VARVE_REPO": name])
    }

    @Test func `in the environment`() throws {
        try expectSilence(with: [
            "AWS_ACCESS_KEY_ID": home.server.accessKey, "AWS_SECRET_ACCESS_KEY": BucketHome.secret,
        ])
    }

    @Test func `in the environment, with a session token`() throws {
        try home.server.set(.token(BucketHome.token))
        try expectSilence(with: [
            "AWS_ACCESS_KEY_ID": home.server.accessKey, "AWS_SECRET_ACCESS_KEY": BucketHome.secret,
            "AWS_SESSION_TOKEN": BucketHome.token,
        ])
    }

    @Test func `in the configuration file`() throws {
        try home.server.set(.token(BucketHome.token))
        try add(
            "here", ["--secret-access-key", BucketHome.secret, "--session-token", BucketHome.token])
        let file = home.tool.home.appending(".config/varve/config.json")
        #expect(try file.status().permissions == 0o600)
    }

    @Test func `in a file of its own`() throws {
        try add("file", ["--secret-access-key-file", home.tool.home.appending("secret").text])
    }

    @Test func `from a command`() throws {
        let path = home.tool.home.appending("secret").text
        try add("command", ["--secret-access-key-command", "/bin/cat '\(path)'"])
    }

    @Test func `in a profile`() throws {
        let file = home.tool.home.appending(".aws/credentials")
        try file.write(
            Array(
                """
                [work]
                aws_access_key_id = \(home.server.accessKey)
                aws_secret_access_key = \(BucketHome.secret)
                """.utf8))
        try expectSilence(with: ["AWS_PROFILE": "work"])
    }

    @Test func `when the store itself repeats what it was sent`() throws {
        let home = try BucketHome(.aws, .token(BucketHome.token))
        let echo = """
            <Error><Code>SignatureDoesNotMatch</Code><Message>your token is \(BucketHome.token)\
            </Message><StringToSign>AWS4-HMAC-SHA256 x</StringToSign></Error>
            """
        try home.server.order(.body(text: echo, status: 403).always)
        for form in ["--verbose", "--json"] {
            let run = try home.run(
                "list", form, with: ["AWS_SESSION_TOKEN": BucketHome.token])
            #expect(run.exitCode == 1)
        }
    }
}
