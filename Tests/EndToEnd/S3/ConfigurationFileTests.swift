import TestSupport
import Testing

/// Settings and keys that cannot be used are named, and never quoted.
struct ConfigurationFileTests {
    private let home: BucketHome
    private let file: DiskPath
    private static let noKeys = [
        "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "VARVE_REPO": "",
    ]

    init() throws {
        home = try BucketHome()
        for folder in [".config", ".config/varve", ".aws"] {
            try home.tool.home.appending(folder).makeDirectory()
        }
        file = home.tool.home.appending(".config/varve/config.json")
    }

    private func write(_ text: String, to path: DiskPath, mode: UInt16 = 0o600) throws {
        try path.write(Array(text.utf8))
        try path.setPermissions(mode)
    }

    private func configuration(_ members: String = "") -> String {
        """
        {"version": 1, "default": "r", "remotes": {"r": {"bucket": "test",
        "endpoint": "\(home.server.endpoint)", "accessKeyID": "testkey",
        "secretAccessKey": "\(BucketHome.secret)"\(members)}}}
        """
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o666] as [UInt16])
    func `a file with secrets that others may read`(_ mode: UInt16) throws {
        try write(configuration(), to: file, mode: mode)
        for arguments in [["list"], ["remote", "list"], ["remote", "show", "r"]] {
            let run = try home.start(arguments, with: Self.noKeys).wait()
            BucketHome.expectNoSecret(run, #_sourceLocation)
            expectFailure(run, 1, ["config.json", "others"], try: ["chmod 600", file.text])
        }
        try file.setPermissions(0o600)
        #expect(try home.run("init", with: Self.noKeys).exitCode == 0)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"version\": \"1\", \"remotes\": {}}", "{\"version\": 1}",
        "{\"version\": 1, \"remotes\": {\"r\": {\"secretAccessKey\": \"\(BucketHome.secret)\"}}}",
        "{\"version\": 1, \"remotes\": {\"r\": \"\(BucketHome.secret)\"}}",
        "\(BucketHome.secret)", "{\"version\": 1, \"remotes\": {\"\(BucketHome.secret)",
    ])
    func `a file that is damaged`(_ text: String) throws {
        try write(text, to: file)
        for form in ["--json", "--verbose"] {
            let run = try home.run("list", form, with: Self.noKeys)
            #expect(run.exitCode == 1)
            #expect((run.text + run.error).contains("config.json"))
        }
        expectFailure(
            try home.run("remote", "list"), 1, ["cannot use", "config.json"],
            try: ["correct the file"])
    }

    @Test func `a file of a newer version`() throws {
        try write("{\"version\": 2, \"remotes\": {}}", to: file)
        expectFailure(
            try home.run("remote", "list"), 1, ["config.json", "version 2"], try: ["newer varve"])
    }

    @Test func `a remote that nobody has added`() throws {
        expectFailure(
            try home.run("remote", "show", "nobody"), 64, ["no remote \"nobody\""],
            try: ["varve remote list"])
        try write("{\"version\": 1, \"default\": \"gone\", \"remotes\": {}}", to: file)
        expectFailure(
            try home.run("list", with: Self.noKeys), 64, ["gone", "not configured"],
            try: ["varve remote add gone"])
    }

    @Test func `a profile that is missing`() throws {
        for arguments in [["list", "--profile", "nobody"], ["list"]] {
            let variables = Self.noKeys.merging([
                "VARVE_REPO": "s3://test/backup", "AWS_PROFILE": "nobody",
            ]) { $1 }
            expectFailure(
                try home.start(arguments, with: variables).wait(), 1, ["profile", "nobody"])
        }
    }

    @Test func `no keys anywhere`() throws {
        let variables = Self.noKeys.merging(["VARVE_REPO": "s3://test/backup"]) { $1 }
        expectFailure(
            try home.run("list", with: variables), 1, ["credentials"],
            try: ["AWS_ACCESS_KEY_ID"])
        #expect(try home.server.requests().isEmpty)
    }

    @Test(arguments: [
        ("/bin/false", "exit code 1"), ("/nowhere/program", "cannot be started"),
        ("/bin/echo \(BucketHome.secret)", "no JSON"),
        ("/bin/echo {\\\"Version\\\": 1, \\\"AccessKeyId\\\": \\\"\(BucketHome.secret)\\\"}", ""),
    ])
    func `a process for credentials that gives none`(
        _ command: String, _ cause: String
    ) throws {
        let text = "[default]\ncredential_process = \(command)\n"
        try write(text, to: home.tool.home.appending(".aws/config"))
        let variables = Self.noKeys.merging(["VARVE_REPO": "s3://test/backup"]) { $1 }
        let run = try home.run("list", with: variables)
        expectFailure(run, 1, ["credential_process of profile default", cause], try: ["command"])
        #expect(try home.server.requests().isEmpty)
    }
}
