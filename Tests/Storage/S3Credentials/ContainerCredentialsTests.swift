import HTTPTransport
import RequestSigning
import S3Credentials
import TestSupport
import Testing

struct ContainerCredentialsTests {
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    private static let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"

    @Test func aPathIsAskedOfTheUsualHost() throws {
        let surroundings = try Surroundings()
        surroundings.answer(
            "GET http://169.254.170.2/v2/credentials?id=1", Surroundings.document("AKID"))
        let credentials = try surroundings.chain([Self.relative: "/v2/credentials?id=1"])
            .credentials(insteadOf: nil)
        #expect(credentials.accessKeyID == "AKID")
        #expect(credentials.secretAccessKey == Secret("secret"))
        #expect(credentials.sessionToken == Secret("token"))
        #expect(credentials.expiration == 1_800_021_600)
        #expect(surroundings.lastRequest?.fields["authorization"] == nil)
    }

    @Test(arguments: [
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1", "http://localhost:80/",
        "http://127.0.0.1:8080/x", "http://127.255.0.9/", "http://[::1]:1234/",
        "https://anywhere.example/c", "HTTP://LOCALHOST:5000",
    ])
    func hostsOfThisMachineAreAsked(url: String) throws {
        let surroundings = try Surroundings()
        let error = surroundings.failure([Self.full: url])
        #expect(error?.cause.contains("cannot connect") == true)
        // It is asked a few times, because it may be starting.
        #expect(surroundings.requests.count == 3)
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.169.254/", "http://127.0.0.1.example.com/",
        "http://128.0.0.1/", "http://127.0.0.256/", "http://127.1/", "http://localhost@x.example/",
        "ftp://localhost/", "/relative", "http://", "http:///x", "http://localhost:0/",
        "http://localhost:99999/", "http://[::1/", "http://localhost/#f", "http://local host/",
    ])
    func otherHostsAreNot(url: String) throws {
        let surroundings = try Surroundings()
        #expect(surroundings.failure([Self.full: url, Self.token: "t"])?.code == .unusable)
        #expect(surroundings.requests.isEmpty)
    }

    @Test func theTokenIsSentAndReadAnewFromItsFile() throws {
        let surroundings = try Surroundings()
        surroundings.answer("GET http://localhost/", Surroundings.document("AKID"))
        var environment = [Self.full: "http://localhost/", Self.token: "Basic x"]
        _ = try surroundings.keyID(environment)
        #expect(surroundings.lastRequest?.fields["authorization"] == "Basic x")
        // The file counts more than the variable.
        environment["\(Self.token)_FILE"] = "\(surroundings.home.text)/token"
        for token in ["first", "second\n"] {
            try surroundings.home.write("token", Array(token.utf8))
            _ = try surroundings.keyID(environment)
            let sent = surroundings.lastRequest?.fields["authorization"]
            #expect(sent == token.split(separator: "\n").first.map(String.init))
        }
    }

    @Test func aTokenThatWouldAddAFieldIsNotSent() throws {
        let surroundings = try Surroundings()
        let environment = [Self.full: "http://localhost/", Self.token: "marker\r\nX: y"]
        let error = surroundings.failure(environment)
        #expect(error?.code == .unusable)
        #expect(error?.cause.contains("marker") == false)
        #expect(surroundings.requests.isEmpty)
    }

    @Test func aPathThatIsNoneIsRefused() throws {
        for path in ["x", "http://evil.example/", "/a b", "@evil.example/"] {
            let surroundings = try Surroundings()
            #expect(surroundings.failure([Self.relative: path])?.code == .unusable)
            #expect(surroundings.requests.isEmpty)
        }
    }

    @Test func troubleOfTheServicePasses() throws {
        let surroundings = try Surroundings()
        surroundings.answer("GET http://localhost/", status: 503)
        surroundings.answer("GET http://localhost/", Surroundings.document("AKID"))
        #expect(try surroundings.keyID([Self.full: "http://localhost/"]) == "AKID")
    }

    @Test(arguments: [
        (404, "marker", "status 404", 1), (500, "marker", "status 500", 3),
        (200, "marker", "no JSON object", 1), (200, #"{"Token":"marker"}"#, "AccessKeyId", 1),
        (200, Surroundings.document("A", secret: ""), "SecretAccessKey", 1),
        (200, #"{"Code":"AccessDenied","Message":"marker"}"#, "(AccessDenied)", 1),
        (200, #"{"Code":"bad code: marker","Message":"marker"}"#, "AccessKeyId", 1),
    ])
    func whatGoesWrongIsSaidWithoutSecrets(
        status: Int, body: String, cause: String, count: Int
    ) throws {
        let surroundings = try Surroundings()
        surroundings.answer("GET http://localhost/", status: status, body)
        let error = try #require(
            surroundings.failure([Self.full: "http://localhost/", Self.token: "marker"]))
        #expect(error.code == .unusable)
        #expect(error.cause.contains(cause), "\(error)")
        #expect(!"\(error) \(error.remedy)".contains("marker"))
        #expect(surroundings.requests.count == count)
    }
}
