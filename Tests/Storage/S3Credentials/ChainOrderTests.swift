import RequestSigning
import S3Credentials
import TestSupport
import Testing

/// Which source counts, where there are several.
struct ChainOrderTests {
    private let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"]

    /// Every source at once, each with a key ID of its own.
    private func everything() throws -> (Surroundings, [String: String]) {
        let surroundings = try Surroundings()
        try surroundings.writeCredentials(
            """
            [default]
            aws_access_key_id = FILE
            aws_secret_access_key = s
            [other]
            aws_access_key_id = OTHER
            aws_secret_access_key = s
            aws_session_token = t
            """)
        try surroundings.writeConfig(
            """
            [default]
            credential_process = give default
            aws_access_key_id = CONFIG
            aws_secret_access_key = s
            """)
        surroundings.everyCommand(
            .prints(#"{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"s"}"#))
        surroundings.answer(
            "GET http://169.254.170.2/role", Surroundings.document("CONTAINER"))
        surroundings.answer("PUT http://169.254.169.254/latest/api/token", "t")
        let roles = "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/"
        surroundings.answer(roles, "r")
        surroundings.answer("\(roles)r", Surroundings.document("INSTANCE"))
        try surroundings.home.write("token", Array("identity".utf8))
        surroundings.answer("POST https://sts.amazonaws.com/", WebIdentityTests.answer("WEB"))
        let environment = keys.merging([
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(surroundings.home.text)/token",
            "AWS_ROLE_ARN": "arn",
        ]) { $1 }
        return (surroundings, environment)
    }

    /// Each source in turn is taken away, and the next one counts.
    @Test func sourcesAreAskedInTheirOrder() throws {
        let (surroundings, all) = try everything()
        var environment = all
        let given = Credentials(accessKeyID: "GIVEN", secretAccessKey: Secret("s"))
        #expect(try surroundings.keyID(environment) { $0.given = given } == "GIVEN")
        #expect(surroundings.requests.isEmpty && surroundings.commands.isEmpty)
        #expect(try surroundings.keyID(environment) == "ENV")
        for name in keys.keys { environment[name] = nil }
        #expect(try surroundings.keyID(environment) == "WEB")
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
        #expect(try surroundings.keyID(environment) == "FILE")
        try surroundings.writeCredentials("")
        #expect(try surroundings.keyID(environment) == "PROCESS")
        #expect(surroundings.commands == [["give", "default"]])
        try surroundings.writeConfig(
            "[default]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n")
        #expect(try surroundings.keyID(environment) == "CONFIG")
        try surroundings.writeConfig("")
        #expect(try surroundings.keyID(environment) == "CONTAINER")
        environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
        #expect(try surroundings.keyID(environment) == "INSTANCE")
        #expect(
            surroundings.failure(environment) { $0.allowsInstanceMetadata = false }?.code
                == .missing)
    }

    @Test func aProfileThatIsNamedCountsMoreThanTheEnvironment() throws {
        let (surroundings, environment) = try everything()
        let credentials = try surroundings.chain(environment) { $0.profile = "other" }
            .credentials(insteadOf: nil)
        #expect(credentials.accessKeyID == "OTHER")
        #expect(credentials.sessionToken == Secret("t"))
        #expect(surroundings.requests.isEmpty)
    }

    @Test func aProfileOfTheEnvironmentCountsLessThanItsKeys() throws {
        let (surroundings, all) = try everything()
        var environment = all
        environment["AWS_PROFILE"] = "other"
        #expect(try surroundings.keyID(environment) == "ENV")
        environment["AWS_ACCESS_KEY_ID"] = nil
        environment["AWS_SECRET_ACCESS_KEY"] = nil
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
        #expect(try surroundings.keyID(environment) == "OTHER")
    }

    @Test func aNamedProfileMustExist() throws {
        let (surroundings, _) = try everything()
        #expect(surroundings.failure { $0.profile = "absent" }?.source == "profile absent")
        #expect(surroundings.failure(["AWS_PROFILE": "absent"])?.code == .unusable)
    }

    @Test func aProfileWithoutKeysLeavesThemToTheMachine() throws {
        let (surroundings, _) = try everything()
        try surroundings.writeConfig("[profile bare]\nregion = r\n")
        #expect(try surroundings.keyID { $0.profile = "bare" } == "INSTANCE")
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "A"], "AWS_SECRET_ACCESS_KEY is missing"),
        (["AWS_SECRET_ACCESS_KEY": "s"], "AWS_ACCESS_KEY_ID is missing"),
        (["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": ""], "is missing"),
    ])
    func halfAPairIsAMistake(environment: [String: String], cause: String) throws {
        let (surroundings, _) = try everything()
        let error = surroundings.failure(environment)
        #expect(error?.code == .unusable)
        #expect(error?.cause.contains(cause) == true)
    }

    @Test func halfAPairInAFileIsAMistake() throws {
        let (surroundings, _) = try everything()
        try surroundings.writeCredentials("[default]\naws_access_key_id = A\n")
        #expect(surroundings.failure()?.cause.contains("aws_secret_access_key is missing") == true)
    }

    @Test func whatIsMissingIsSaidWithoutWhatIsThere() throws {
        let (surroundings, _) = try everything()
        let files = [
            "[default]\naws_secret_access_key = marker\naws_session_token = marker",
            "[default]\naws_secret_access_key = marker\nmarker",
            "[default]\naws_access_key_id = A\naws_session_token = marker",
            "[default]\nrole_arn = marker\nexternal_id = marker\nmfa_serial = marker",
        ]
        var errors = [surroundings.failure(["AWS_SECRET_ACCESS_KEY": "marker"])]
        for file in files {
            try surroundings.writeCredentials(file)
            errors.append(surroundings.failure())
        }
        for error in errors {
            let error = try #require(error)
            #expect(error.code == .unusable)
            let texts = ["\(error)", error.remedy, error.source, String(reflecting: error)]
            #expect(!texts.contains { $0.contains("marker") })
        }
    }

    @Test func emptyVariablesCountAsNone() throws {
        let (surroundings, all) = try everything()
        let environment = all.mapValues { _ in "" }
        #expect(try surroundings.keyID(environment) == "FILE")
    }

    @Test func tokensOfTheEnvironmentAreTaken() throws {
        let (surroundings, _) = try everything()
        for name in ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] {
            let environment = keys.merging([name: "T"]) { $1 }
            let credentials = try surroundings.chain(environment).credentials(insteadOf: nil)
            #expect(credentials.sessionToken == Secret("T"))
        }
    }

    @Test(arguments: [
        ("role_arn = arn\nsource_profile = other", "a role to be assumed"),
        ("role_arn = arn\ncredential_source = Environment", "a role to be assumed"),
        ("sso_session = s\nsso_role_name = r", "a single sign-on"),
        ("sso_start_url = https://x", "a single sign-on"),
        ("login_session = arn", "a single sign-on"),
    ])
    func whatIsNotSupportedIsSaidWithAWayOut(lines: String, what: String) throws {
        let (surroundings, _) = try everything()
        try surroundings.writeConfig("[profile p]\n\(lines)\n")
        let error = surroundings.failure { $0.profile = "p" }
        #expect(error?.code == .unusable)
        #expect(error?.source == "profile p")
        #expect(error?.cause.contains(what) == true)
        #expect(error?.remedy.contains("export-credentials --profile p") == true)
        #expect(surroundings.requests.isEmpty)
    }

    /// They would be asked for the rights of the role, and do not have them.
    @Test func keysBesideARoleAreNotTaken() throws {
        let (surroundings, _) = try everything()
        try surroundings.writeConfig("[profile other]\nrole_arn = arn\nsource_profile = other\n")
        #expect(surroundings.failure { $0.profile = "other" }?.code == .unusable)
    }

    /// Tools write the keys of a single sign-on into the file of credentials.
    @Test func keysBesideASingleSignOnAreTaken() throws {
        let (surroundings, _) = try everything()
        try surroundings.writeConfig("[profile other]\nsso_session = s\n")
        #expect(try surroundings.keyID { $0.profile = "other" } == "OTHER")
    }

    @Test func theSourceIsTold() throws {
        let (surroundings, environment) = try everything()
        let chain = surroundings.chain(environment)
        #expect(chain.sourceDescription == nil)
        _ = try chain.credentials(insteadOf: nil)
        #expect(chain.sourceDescription == "the environment")
        let other = surroundings.chain { $0.profile = "other" }
        _ = try other.credentials(insteadOf: nil)
        #expect(other.sourceDescription == "profile other")
    }

    @Test func withoutAnySourceTheErrorSaysWhatToDo() throws {
        let error = try Surroundings().failure { $0.allowsInstanceMetadata = false }
        #expect(error?.code == .missing)
        #expect(error?.remedy.contains("AWS_ACCESS_KEY_ID") == true)
    }
}
