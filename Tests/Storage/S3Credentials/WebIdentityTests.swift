import HTTPTransport
import RequestSigning
import S3Credentials
import TestSupport
import Testing

struct WebIdentityTests {
    static func answer(_ id: String, secret: String = "s") -> String {
        """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult>
            <AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser>
            <Credentials>
              <SessionToken>t+/=</SessionToken><SecretAccessKey>\(secret)</SecretAccessKey>
              <Expiration>2027-01-15T14:00:00.000Z</Expiration><AccessKeyId>\(id)</AccessKeyId>
            </Credentials>
          </AssumeRoleWithWebIdentityResult>
          <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata>
        </AssumeRoleWithWebIdentityResponse>
        """
    }

    private func surroundings() throws -> (Surroundings, [String: String]) {
        let surroundings = try Surroundings()
        try surroundings.home.write("token", Array("marker+/=\n".utf8))
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(surroundings.home.text)/token",
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        ]
        return (surroundings, environment)
    }

    private func body(_ request: HTTPRequest?) -> String {
        String(decoding: request?.body.joined().map { $0 } ?? [], as: UTF8.self)
    }

    @Test func theTokenIsExchanged() throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST https://sts.amazonaws.com/", Self.answer("AKID"))
        let credentials = try surroundings.chain(environment).credentials(insteadOf: nil)
        #expect(
            credentials
                == Credentials(
                    accessKeyID: "AKID", secretAccessKey: Secret("s"),
                    sessionToken: Secret("t+/="), expiration: 1_800_021_600))
        let request = try #require(surroundings.lastRequest)
        #expect(request.fields["authorization"] == nil)
        #expect(request.fields["content-type"] == "application/x-www-form-urlencoded")
        #expect(
            body(request)
                == "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
                + "&RoleSessionName=varve-1800000000&Version=2011-06-15"
                + "&WebIdentityToken=marker%2B%2F%3D")
    }

    @Test(arguments: [
        (["AWS_REGION": "eu-west-1"], "https://sts.eu-west-1.amazonaws.com/"),
        (["AWS_DEFAULT_REGION": "us-west-2"], "https://sts.us-west-2.amazonaws.com/"),
        (["AWS_REGION": "cn-north-1"], "https://sts.cn-north-1.amazonaws.com.cn/"),
        (["AWS_REGION": "aws-global"], "https://sts.amazonaws.com/"),
        (["AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9000"], "http://127.0.0.1:9000/"),
        (["AWS_ENDPOINT_URL_STS": "https://h/sts", "AWS_REGION": "r"], "https://h/sts"),
    ])
    func theServiceIsThatOfTheRegionOrTheOneNamed(more: [String: String], url: String) throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST \(url)", Self.answer("AKID"))
        #expect(try surroundings.keyID(environment.merging(more) { $1 }) == "AKID")
    }

    @Test func aRegionThatIsGivenCountsMost() throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST https://sts.eu-north-1.amazonaws.com/", Self.answer("AKID"))
        let all = environment.merging(["AWS_REGION": "eu-west-1"]) { $1 }
        #expect(try surroundings.keyID(all) { $0.region = "eu-north-1" } == "AKID")
    }

    @Test func aRegionCannotNameAnotherHost() throws {
        let (surroundings, environment) = try surroundings()
        for region in ["x.evil.example/", "a b", "R", "a@b"] {
            #expect(surroundings.failure(environment) { $0.region = region }?.code == .unusable)
        }
        #expect(surroundings.requests.isEmpty)
    }

    @Test func aProfileMayHaveAToken() throws {
        let (surroundings, _) = try surroundings()
        try surroundings.writeConfig(
            """
            [profile p]
            web_identity_token_file = \(surroundings.home.text)/token
            role_arn = arn
            role_session_name = me
            duration_seconds = 900
            region = eu-west-3
            """)
        surroundings.answer("POST https://sts.eu-west-3.amazonaws.com/", Self.answer("AKID"))
        // The environment's role does not count for a profile that is named.
        let environment = ["AWS_ROLE_ARN": "other", "AWS_ROLE_SESSION_NAME": "other"]
        #expect(try surroundings.keyID(environment) { $0.profile = "p" } == "AKID")
        let body = body(surroundings.lastRequest)
        for part in ["RoleArn=arn&", "RoleSessionName=me&", "DurationSeconds=900&"] {
            #expect(body.contains(part))
        }
    }

    @Test func theTokenIsReadAnewEachTime() throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST https://sts.amazonaws.com/", Self.answer("AKID"))
        let chain = surroundings.chain(environment)
        let first = try chain.credentials(insteadOf: nil)
        try surroundings.home.write("token", Array("second".utf8))
        _ = try chain.credentials(insteadOf: first)
        #expect(body(surroundings.lastRequest).contains("WebIdentityToken=second"))
    }

    @Test func troubleOfTheServicePasses() throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST https://sts.amazonaws.com/", status: 503)
        surroundings.answer(
            "POST https://sts.amazonaws.com/", status: 400,
            "<E><Error><Code>IDPCommunicationError</Code></Error></E>")
        surroundings.answer("POST https://sts.amazonaws.com/", Self.answer("AKID"))
        #expect(try surroundings.keyID(environment) == "AKID")
    }

    private static func refusal(_ message: String) -> String {
        """
        <ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>
        <Message>\(message)</Message></Error></ErrorResponse>
        """
    }

    @Test(arguments: [
        (400, refusal("Token expired: current date is late"), "Token expired", 1),
        (400, refusal("bad token marker+/="), "status 400", 1), (403, "marker", "status 403", 1),
        (500, "", "status 500", 3), (200, "marker", "no credentials", 1),
        (200, answer("", secret: "marker"), "no credentials", 1),
        (200, answer("A", secret: ""), "no credentials", 1),
    ])
    func whatGoesWrongIsSaidWithoutSecrets(
        status: Int, body: String, cause: String, count: Int
    ) throws {
        let (surroundings, environment) = try surroundings()
        surroundings.answer("POST https://sts.amazonaws.com/", status: status, body)
        let error = try #require(surroundings.failure(environment))
        #expect(error.code == .unusable)
        #expect(error.cause.contains(cause), "\(error)")
        #expect(!"\(error) \(error.remedy)".contains("marker"))
        #expect(surroundings.requests.count == count)
    }

    @Test func mistakesAreFoundBeforeAnythingIsSent() throws {
        let (surroundings, environment) = try surroundings()
        try surroundings.home.write("empty", Array(" \n".utf8))
        for (name, value) in [
            ("AWS_ROLE_ARN", ""), ("AWS_ENDPOINT_URL_STS", "nonsense"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "\(surroundings.home.text)/absent"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "\(surroundings.home.text)/empty"),
        ] {
            let error = surroundings.failure(environment.merging([name: value]) { $1 })
            #expect(error?.code == .unusable, "\(name)")
        }
        #expect(surroundings.requests.isEmpty)
    }
}
