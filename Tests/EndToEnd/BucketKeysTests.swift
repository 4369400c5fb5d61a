import TestSupport
import Testing

/// Where the tool finds a bucket and its keys, without a remote of its own.
struct BucketKeysTests {
    private let machine: Machine
    private let place: S3Place

    init() throws {
        place = try S3Place(.standIn(.cos))
        machine = try Machine(place)
        try machine.tool.source.appending("file").write(Array("content".utf8))
    }

    private var home: DiskPath { machine.tool.home }
    private var repository: String { "s3://\(place.bucket)/some root/r" }

    private func write(_ path: String, _ text: String) throws {
        var folder = home
        let parts = path.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            folder = folder.appending(part)
            if !folder.exists { try folder.makeDirectory() }
        }
        try folder.appending(parts[parts.count - 1]).write(Array(text.utf8))
    }

    /// Makes a repository and a snapshot, and finds it again.
    private func use(_ arguments: [String], _ variables: [String: String]) throws {
        for command in [["init"], ["snapshot", "source"], ["list"]] {
            let run = try machine.run(command + arguments, variables)
            #expect(run.exitCode == 0, "\(command): \(run.error)")
            // Also what is printed about the place has no secret.
            #expect(!(run.text + run.error).contains(place.secretKey))
            if command == ["list"] { #expect(run.lines.count == 1) }
        }
        let objects = try #require(place.standIn).objects(prefix: "some root/r/")
        #expect(objects["some root/r/varve.json"] != nil)
        #expect(objects.keys.count { !$0.contains("/session.") } == 4)
    }

    private var general: [String: String] {
        [
            "AWS_ENDPOINT_URL": place.endpoint, "AWS_CA_BUNDLE": place.authoritiesPath ?? "",
            "AWS_REGION": "ap-guangzhou",
        ]
    }

    @Test func `variables of the environment`() throws {
        let keys = [
            "AWS_ACCESS_KEY_ID": place.accessKey, "AWS_SECRET_ACCESS_KEY": place.secretKey,
            "VARVE_REPO": repository,
        ]
        try use([], general.merging(keys) { $1 })
    }

    @Test func `a session token goes along`() throws {
        let standIn = try #require(place.standIn)
        try standIn.set(.token("SESSION/TOKEN+="))
        var variables = general
        variables["AWS_ACCESS_KEY_ID"] = place.accessKey
        variables["AWS_SECRET_ACCESS_KEY"] = place.secretKey
        #expect(try machine.run(["init", "-r", repository], variables).exitCode == 1)
        variables["AWS_SESSION_TOKEN"] = "SESSION/TOKEN+="
        try use(["-r", repository], variables)
        let signed = try standIn.requests().last?.signed ?? []
        #expect(signed.contains("x-amz-security-token"))
    }

    @Test func `a profile of AWS's files, with its endpoint`() throws {
        try write(
            ".aws/config",
            """
            [profile work]
            region = ap-guangzhou
            endpoint_url = \(place.endpoint)
            """)
        try write(
            ".aws/credentials",
            """
            [default]
            aws_access_key_id = nobody
            aws_secret_access_key = nothing
            [work]
            aws_access_key_id = \(place.accessKey)
            aws_secret_access_key = \(place.secretKey)
            """)
        let authority = ["--ca-file", place.authoritiesPath ?? ""]
        try use(["-r", repository, "--profile", "work"] + authority, [:])
        let byVariable = try machine.run(
            ["list", "-r", repository] + authority, ["AWS_PROFILE": "work"])
        #expect(byVariable.lines.count == 1)
        // The options win over the profile, and the default profile has other keys.
        let other = try machine.run(["list", "-r", repository] + authority, general)
        #expect(other.exitCode == 1)
        #expect(other.error.contains("access key ID"))
    }

    @Test func `a command that prints keys`() throws {
        let script = home.appending("keys.sh")
        try script.write(
            Array(
                """
                #!/bin/sh
                echo x >> '\(home.text)/calls'
                printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}' \
                '\(place.accessKey)' '\(place.secretKey)'
                """.utf8))
        try script.setPermissions(0o700)
        try write(".aws/config", "[default]\ncredential_process = \(script.text)\n")
        try use(["-r", repository], general)
        // Once for each of the three runs, however many requests it sends.
        #expect(try home.appending("calls").read().count == 3 * 2)
        let doctor = try machine.run(["doctor", "-r", repository], general)
        #expect(doctor.exitCode == 0)
        #expect(doctor.text.contains("credential_process"))
        try script.write(Array("#!/bin/sh\nexit 3\n".utf8))
        let failed = try machine.run(["list", "-r", repository], general)
        #expect(failed.exitCode == 1)
        #expect(failed.error.contains("exit code 3"))
    }

    @Test(arguments: ["--secret-access-key-file", "--secret-access-key-command"])
    func `a remote's secret may lie elsewhere`(_ option: String) throws {
        try home.appending("secret").write(Array("\(place.secretKey)\n".utf8))
        let file = home.appending("secret").text
        let value = option.hasSuffix("file") ? file : "/bin/cat \(file)"
        let added = try machine(
            "remote", "add", "cloud", "--endpoint", place.endpoint, "--bucket", place.bucket,
            "--root-path", "some root/r", "--access-key-id", place.accessKey, "--ca-file",
            place.authoritiesPath ?? "", option, value)
        #expect(added.exitCode == 0, "\(added.error)")
        let configuration = try home.appending(".config/varve/config.json").read()
        #expect(!String(decoding: configuration, as: UTF8.self).contains(place.secretKey))
        try use(["-r", "cloud"], [:])
    }

    @Test func `no keys at all`() throws {
        let run = try machine.run(["list", "-r", repository], general)
        #expect(run.exitCode == 1)
        #expect(run.error.contains("no credentials"))
        #expect(run.error.contains("try:"))
        #expect(try #require(place.standIn).requests().isEmpty)
    }
}
