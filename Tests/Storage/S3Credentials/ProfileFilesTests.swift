import RequestSigning
import S3Credentials
import TestSupport
import Testing

struct ProfileFilesTests {
    private func profile(
        _ name: String, credentials: String = "", config: String
    ) throws -> Profile? {
        let surroundings = try Surroundings()
        try surroundings.writeCredentials(credentials)
        try surroundings.writeConfig(config)
        return try ProfileFiles(environment: [:], home: surroundings.home.text).profile(name)
    }

    @Test func settingsOfAProfileAreFound() throws {
        let profile = try profile(
            "work",
            config: """
                [default]
                region = us-east-1
                [profile work]
                region=eu-central-1
                endpoint_url = https://s3.example:9000/base
                s3 =
                    addressing_style = path
                    max_concurrent_requests = 20
                output = json
                """)
        #expect(profile?.region == "eu-central-1")
        #expect(profile?.endpointURL == "https://s3.example:9000/base")
        #expect(profile?.addressingStyle == "path")
        #expect(profile?["output"] == "json")
        #expect(profile?["max_concurrent_requests"] == nil)
    }

    @Test func theEndpointOfS3CountsMoreThanThatOfAllServices() throws {
        let config = """
            [profile p]
            services = mine
            endpoint_url = https://all.example
            [services mine]
            s3 =
              endpoint_url = https://s3.example
            sts =
              endpoint_url = https://sts.example
            """
        #expect(try profile("p", config: config)?.endpointURL == "https://s3.example")
        let ignored = config.replacing("services = mine", with: "services = other")
        #expect(try profile("p", config: ignored)?.endpointURL == "https://all.example")
        let off = "[profile p]\nignore_configured_endpoint_urls = TRUE\nendpoint_url = https://x"
        #expect(try profile("p", config: off)?.endpointURL == nil)
    }

    @Test func theFileOfCredentialsCountsMore() throws {
        let profile = try profile(
            "p", credentials: "[p]\nregion = from-credentials\n",
            config: "[profile p]\nregion = from-config\noutput = text\n")
        #expect(profile?.region == "from-credentials")
        #expect(profile?["output"] == "text")
    }

    @Test func theFormOfTitlesIsThatOfEachFile() throws {
        let config = "[p]\nregion = bare\n[preview]\nx = 1\n"
        #expect(try profile("p", config: config) == nil)
        #expect(try profile("p", credentials: "[profile p]\nregion = x", config: "") == nil)
        #expect(try profile("a b", config: "[profile \"a b\"]\nregion = x")?.region == "x")
        #expect(try profile("a b", config: "[ profile  'a b' ]\nregion = x")?.region == "x")
        let both = "[profile default]\nregion = prefixed\n[default]\nregion = bare\n"
        #expect(try profile("default", config: both)?.region == "prefixed")
    }

    @Test func linesAreReadAsTheToolsReadThem() throws {
        let profile = try profile(
            "p",
            config: """
                \u{FEFF}# a comment
                ; another
                [profile p] # behind a title
                  Region : us-west-2   ; behind a value\r
                aws_access_key_id=a=b#c
                credential_process = /bin/x "a # b" ; c
                empty =

                [profile q]
                region = other
                [profile p]
                output = table
                """)
        #expect(profile?.region == "us-west-2")
        #expect(profile?["aws_access_key_id"] == "a=b#c")
        #expect(profile?["credential_process"] == "/bin/x \"a # b\" ; c")
        #expect(profile?["empty"] == nil)
        #expect(profile?["output"] == "table")
    }

    @Test(arguments: [
        ("region = x\n", 1), ("[profile p]\n\n[profile q\n", 3), ("[profile p]\nmarker\n", 2),
        ("[profile p]\n= marker\n", 2), ("[profile p] marker\n", 1),
        ("[profile p]\ns3 =\n  marker\n", 3),
    ])
    func aLineThatIsNotUnderstoodIsNamedAndNotShown(config: String, line: Int) throws {
        let surroundings = try Surroundings()
        try surroundings.writeConfig(config)
        do throws(CredentialsError) {
            _ = try ProfileFiles(environment: [:], home: surroundings.home.text)
            Issue.record("\(config) was accepted")
        } catch {
            #expect(error.code == .unusable)
            #expect(error.cause.contains("line \(line) "))
            #expect(error.source.hasSuffix("/.aws/config"))
            #expect(!"\(error) \(error.remedy)".contains("marker"))
        }
    }

    @Test func variablesMoveTheFiles() throws {
        let surroundings = try Surroundings()
        try surroundings.writeConfig("[profile p]\nregion = usual\n")
        try surroundings.home.write("elsewhere", Array("[profile p]\nregion = moved\n".utf8))
        for path in ["~/elsewhere", "\(surroundings.home.text)/elsewhere"] {
            let files = try ProfileFiles(
                environment: ["AWS_CONFIG_FILE": path], home: surroundings.home.text)
            #expect(files.profile("p")?.region == "moved")
        }
    }

    @Test func filesThatAreNotThereHaveNoProfiles() throws {
        let home = try TemporaryDirectory()
        let files = try ProfileFiles(environment: [:], home: home.text)
        #expect(files.profile("default") == nil)
        #expect(throws: CredentialsError(.unusable, "", cause: "", remedy: "")) {
            try files.requiredProfile("default")
        }
    }

    @Test func whatIsNoFileOfProfilesIsNamed() throws {
        let surroundings = try Surroundings()
        try surroundings.home.write("large", [UInt8](repeating: 0x0A, count: 2_000_000))
        for (name, word) in [("large", "too large"), (".aws", "cannot be read")] {
            do throws(CredentialsError) {
                _ = try ProfileFiles(
                    environment: ["AWS_SHARED_CREDENTIALS_FILE": "~/\(name)"],
                    home: surroundings.home.text)
                Issue.record("\(name) was read")
            } catch {
                #expect(error.code == .unusable)
                #expect(error.cause.contains(word))
            }
        }
    }

    @Test func theEnvironmentNamesAProfile() {
        #expect(ProfileFiles.selectedName([:]) == nil)
        #expect(ProfileFiles.selectedName(["AWS_DEFAULT_PROFILE": "a"]) == "a")
        #expect(ProfileFiles.selectedName(["AWS_DEFAULT_PROFILE": "a", "AWS_PROFILE": "b"]) == "b")
        #expect(ProfileFiles.selectedName(["AWS_PROFILE": ""]) == nil)
    }

    /// Whatever stands in a file, reading it ends with profiles or with an error.
    @Test(arguments: seeds(count: 8))
    func anyTextIsReadOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "[profile p]", "[", "]", "\n", "\n  ", "region", "=", ":", "#", " ;", "s3 =\n", "\u{0}",
            "\"", "é", "\r",
        ]
        let surroundings = try Surroundings()
        var readable = 0
        for _ in 0..<200 {
            let text = generator.array(0...20) { $0.pick(pieces) }.joined()
            try surroundings.writeConfig(text)
            do throws(CredentialsError) {
                _ = try ProfileFiles(environment: [:], home: surroundings.home.text).profile("p")
                readable += 1
            } catch {
                #expect(error.cause.contains("line "))
            }
        }
        #expect((1..<200).contains(readable))
    }
}
