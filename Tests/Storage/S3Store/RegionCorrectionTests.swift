import HTTPTransport
import ObjectStore
import Testing

@testable import S3Store

/// Buckets that are in another region than the settings say.
struct RegionCorrectionTests {
    private static let host = "photos.s3.us-east-1.amazonaws.com"
    private static let otherHost = "photos.s3.eu-west-1.amazonaws.com"

    /// Refuses what is not for Ireland, as AWS does.
    private static func aws(_ refusal: HTTPResponse, tells: Bool = true) -> ScriptedSender {
        ScriptedSender { (request, _) throws(HTTPError) in
            if request.fields["authorization"] == nil {
                return answer(tells ? 403 : 400, tells ? ["x-amz-bucket-region": "eu-west-1"] : [:])
            }
            return request.url.host == otherHost && request.signedRegion == "eu-west-1"
                ? answer(200) : refusal
        }
    }

    static let telling = [
        answer(301, ["x-amz-bucket-region": "eu-west-1"]),
        answer(400, ["x-amz-bucket-region": "eu-west-1"]),
        refusal(301, "PermanentRedirect", ["x-amz-bucket-region": "eu-west-1"]),
        refusal(307, "TemporaryRedirect", more: "<Region>eu-west-1</Region>"),
        refusal(400, "AuthorizationHeaderMalformed", more: "<Region>eu-west-1</Region>"),
        refusal(400, "IllegalLocationConstraintException", more: "<Region>eu-west-1</Region>"),
    ]

    @Test(arguments: telling)
    func `the region that an answer tells is used from then on`(_ refusal: HTTPResponse) throws {
        let sender = Self.aws(refusal)
        let client = scriptedClient(sender, try endpoint("", region: "us-east-1"))
        for call in [getCall(), headCall(), putCall()] { _ = try client.perform(call) }
        #expect(sender.hosts == [Self.host] + Array(repeating: Self.otherHost, count: 3))
        #expect(client.endpoint.region == "eu-west-1")
    }

    static let silent = [
        answer(301), answer(400), refusal(301, "PermanentRedirect"),
        refusal(400, "AuthorizationHeaderMalformed", more: "<Region>evil.com/</Region>"),
        refusal(301, "PermanentRedirect", ["x-amz-bucket-region": "evil.com/"]),
        refusal(307, "TemporaryRedirect", ["Location": "https://evil.example.com/"]),
    ]

    @Test(arguments: silent)
    func `a region that no answer tells is asked for without a signature`(
        _ refusal: HTTPResponse
    ) throws {
        let sender = Self.aws(refusal)
        let meter = TrafficMeter()
        let client = scriptedClient(sender, try endpoint("", region: "us-east-1"), meter: meter)
        _ = try client.perform(getCall())
        #expect(sender.hosts == [Self.host, Self.host, Self.otherHost])
        let question = sender.requests[1]
        #expect(question.method == .head && question.url.path == "/")
        #expect(question.fields.all.isEmpty && question.body.isEmpty)
        #expect(meter.traffic.heads == 1 && meter.traffic.gets == 2)
    }

    @Test func `in China the question goes to China`() throws {
        let sender = Self.aws(answer(301), tells: false)
        let client = scriptedClient(sender, try endpoint("", region: "cn-northwest-1"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .misconfigured)
        #expect(
            sender.hosts == [
                "photos.s3.cn-northwest-1.amazonaws.com.cn",
                "photos.s3.cn-north-1.amazonaws.com.cn",
            ])
    }

    @Test func `without an answer to the question the first one stands`() throws {
        let sender = Self.aws(refusal(301, "PermanentRedirect"), tells: false)
        let client = scriptedClient(sender, try endpoint("", region: "us-east-1"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .misconfigured && found.word == "PermanentRedirect")
        #expect(sender.requests.count == 2)
    }

    @Test func `other providers are not asked, but believed`() throws {
        let silent = ScriptedSender([refusal(301, "PermanentRedirect")])
        let first = scriptedClient(silent, try endpoint())
        _ = failure { () throws(S3Failure) in try first.perform(getCall()) }
        #expect(silent.requests.count == 1)
        let telling = ScriptedSender([
            refusal(400, "AuthorizationHeaderMalformed", more: "<Region>garage</Region>"),
            answer(200),
        ])
        let second = scriptedClient(telling, try endpoint())
        _ = try second.perform(getCall())
        #expect(telling.requests.map(\.signedRegion) == ["us-east-1", "garage"])
        #expect(telling.hosts == ["127.0.0.1", "127.0.0.1"])
    }

    @Test func `a server that names its own region is not asked again`() throws {
        let sender = ScriptedSender([
            refusal(400, "AuthorizationHeaderMalformed", more: "<Region>us-east-1</Region>")
        ])
        let client = scriptedClient(sender, try endpoint())
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(sender.requests.count == 1)
    }

    @Test func `a server that names another region each time is asked twice`() throws {
        let sender = ScriptedSender { (_, number) throws(HTTPError) in
            refusal(301, "PermanentRedirect", more: "<Region>r-\(number)</Region>")
        }
        let client = scriptedClient(sender, try endpoint())
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(sender.requests.map(\.signedRegion) == ["us-east-1", "r-0"])
        #expect(client.endpoint.region == "r-0")
    }
}
