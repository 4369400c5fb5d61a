import HTTPTransport
import RequestSigning
import S3Credentials
import Testing

struct InstanceMetadataTests {
    private static let usual = "http://169.254.169.254"
    private static let roles = "/latest/meta-data/iam/security-credentials/"

    private func machine(
        _ base: String = usual, role: String = "my-role", document: String? = nil
    ) throws -> Surroundings {
        let surroundings = try Surroundings()
        surroundings.answer("PUT \(base)/latest/api/token", "the-token\n")
        surroundings.answer("GET \(base)\(Self.roles)", "\(role)\nanother")
        surroundings.answer(
            "GET \(base)\(Self.roles)my-role", document ?? Surroundings.document("AKID"))
        return surroundings
    }

    @Test func theRoleOfTheMachineGivesCredentials() throws {
        let machine = try machine()
        let credentials = try machine.chain().credentials(insteadOf: nil)
        #expect(credentials.accessKeyID == "AKID")
        #expect(credentials.expiration == 1_800_021_600)
        #expect(
            machine.requests == [
                "PUT \(Self.usual)/latest/api/token", "GET \(Self.usual)\(Self.roles)",
                "GET \(Self.usual)\(Self.roles)my-role",
            ])
        let requests = machine.allRequests
        #expect(requests[0].fields["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        for request in requests[1...] {
            #expect(request.fields["x-aws-ec2-metadata-token"] == "the-token")
        }
    }

    @Test(arguments: [
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/"], "http://127.0.0.1:1338"),
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://h.example/x"], "http://h.example/x"),
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]"),
        (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv4"], usual),
    ])
    func variablesMoveTheService(environment: [String: String], base: String) throws {
        #expect(try machine(base).keyID(environment) == "AKID")
    }

    @Test func theServiceIsNotAskedWhereItIsSwitchedOff() throws {
        let machine = try machine()
        for value in ["true", "TRUE"] {
            let error = machine.failure(["AWS_EC2_METADATA_DISABLED": value])
            #expect(error?.code == .missing)
            #expect(error?.cause.contains("AWS_EC2_METADATA_DISABLED") == true)
        }
        #expect(machine.failure { $0.allowsInstanceMetadata = false }?.code == .missing)
        #expect(machine.requests.isEmpty)
        #expect(try machine.keyID(["AWS_EC2_METADATA_DISABLED": "false"]) == "AKID")
    }

    @Test func aMachineWithoutTheServiceIsAskedOnce() throws {
        let surroundings = try Surroundings()
        let error = surroundings.failure()
        #expect(error?.code == .missing)
        #expect(error?.cause.contains("instance metadata: cannot connect") == true)
        #expect(surroundings.requests.count == 1)
    }

    @Test(arguments: [(403, "t"), (404, "t"), (200, ""), (200, "a\u{1}b")])
    func withoutATokenNothingMoreIsAsked(status: Int, body: String) throws {
        let surroundings = try Surroundings()
        surroundings.answer("PUT \(Self.usual)/latest/api/token", status: status, body)
        #expect(surroundings.failure()?.code == .missing)
        #expect(surroundings.requests.count == 1)
    }

    @Test func aMachineWithoutARoleHasNoCredentials() throws {
        let surroundings = try Surroundings()
        surroundings.answer("PUT \(Self.usual)/latest/api/token", "t")
        surroundings.answer("GET \(Self.usual)\(Self.roles)", status: 404)
        #expect(surroundings.failure()?.cause.contains("no role (status 404)") == true)
    }

    @Test(arguments: [
        #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"marker"}"#, "marker", "",
        #"{"Code":"Success","AccessKeyId":"A","Token":"marker"}"#,
        Surroundings.document("A", secret: "marker", expiration: "marker"),
    ])
    func aRoleWithoutCredentialsIsAMistake(document: String) throws {
        let error = try #require(try machine(document: document).failure())
        #expect(error.code == .unusable)
        #expect(error.source == "instance metadata")
        #expect(!"\(error) \(error.remedy)".contains("marker"))
        #expect(error.remedy.contains("AWS_EC2_METADATA_DISABLED"))
    }

    @Test func anotherRoleThanTheFirstIsNotAsked() throws {
        let error = try machine(role: "a/../b?c").failure()
        #expect(error?.cause.contains("cannot connect") == true)
    }

    @Test func rolesAreEncoded() throws {
        let machine = try machine(role: "a/../b?c")
        _ = machine.failure()
        #expect(machine.requests.last == "GET \(Self.usual)\(Self.roles)a%2F..%2Fb%3Fc")
    }

    @Test func anEndpointThatIsNoneIsAMistake() throws {
        for text in ["x", "http://h/?q", "http://"] {
            let error = try Surroundings().failure(["AWS_EC2_METADATA_SERVICE_ENDPOINT": text])
            #expect(error?.code == .unusable)
        }
    }

    /// Half a minute for each of a hundred machines without the service would be noticed.
    @Test func theServiceIsGivenUpSoonAndNeverAskedThroughAProxy() {
        let settings = MetadataService.settings
        #expect(settings.connectTimeoutInMilliseconds == 1000)
        #expect(settings.stallTimeoutInSeconds == 1)
        #expect(settings.proxy == "")
    }
}
