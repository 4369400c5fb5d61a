import HTTPTransport
import ObjectStore
import RequestSigning
import Testing

@testable import S3Store

/// What an answer shows to be wrong is put right, once for each call.
struct CorrectionTests {
    // MARK: Clock

    private static let skewed = refusal(
        403, "RequestTimeTooSkewed", ["Date": "Tue, 24 Nov 2026 12:20:00 GMT"])

    @Test func `the clock's error is learned, and stays known`() throws {
        let sender = ScriptedSender([Self.skewed, answer(200), answer(200)])
        let client = scriptedClient(sender, try endpoint())
        #expect(try client.perform(getCall()).status == 200)
        #expect(client.clockOffsetInSeconds == 1200)
        _ = try client.perform(getCall())
        #expect(
            sender.requests.map { $0.fields["x-amz-date"] } == [
                "20261124T120000Z", "20261124T122000Z", "20261124T122000Z",
            ])
        #expect(sender.requests[1].fields["authorization"]?.contains("/20261124/") == true)
    }

    @Test func `a server that always finds the clock wrong is asked twice`() throws {
        let sender = ScriptedSender { (_, number) throws(HTTPError) in
            let minute = 10 + 20 * number
            return refusal(
                403, "RequestTimeTooSkewed", ["Date": "Tue, 24 Nov 2026 12:\(minute):00 GMT"])
        }
        let client = scriptedClient(sender, try endpoint())
        #expect(
            failure { () throws(S3Failure) in try client.perform(getCall()) }.code == .clockSkew)
        #expect(sender.requests.count == 2)
        // What did not help is not kept, nor is anything learned from what was not tried.
        #expect(client.clockOffsetInSeconds == 0)
    }

    @Test(arguments: [
        (403, "AccessDenied", 403, "AccessDenied", 0),
        (403, "AccessDenied", 403, "RequestTimeTooSkewed", 0),
        (403, "RequestTimeTooSkewed", 403, "AccessDenied", 1200),
        (403, "RequestTimeTooSkewed", 404, "NoSuchKey", 1200),
    ])
    func `a date that does not help is not believed`(
        _ status: Int, _ word: String, _ nextStatus: Int, _ nextWord: String, _ offset: Int
    ) throws {
        let sender = ScriptedSender([
            refusal(status, word, ["Date": "Tue, 24 Nov 2026 12:20:00 GMT"]),
            refusal(nextStatus, nextWord),
        ])
        let client = scriptedClient(sender, try endpoint())
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(sender.requests.count == 2)
        #expect(client.clockOffsetInSeconds == offset)
    }

    @Test(arguments: [
        (400, "12:05:00", 2), (401, "11:55:00", 2), (403, "12:04:01", 2), (403, "12:04:00", 1),
        (403, "11:56:00", 1), (404, "12:20:00", 1), (500, "12:20:00", 1),
    ])
    func `any refusal may come from the clock when it is over four minutes off`(
        _ status: Int, _ time: String, _ count: Int
    ) throws {
        let fields = ["Date": "Tue, 24 Nov 2026 \(time) GMT"]
        let sender = ScriptedSender([answer(status, fields, "")])
        let client = scriptedClient(sender, try endpoint())
        client.session.learn { $0.isStore = true }
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(sender.requests.count == count)
    }

    // MARK: Addressing

    @Test(arguments: ["SecondLevelDomainForbidden", "PathStyleDomainForbidden"])
    func `a store that wants the bucket in the host gets it there`(_ word: String) throws {
        let sender = ScriptedSender([refusal(403, word), answer(200), answer(200)])
        let client = scriptedClient(sender, try endpoint("http://s3.example.com:9000"))
        _ = try client.perform(getCall())
        _ = try client.perform(getCall())
        #expect(client.addressing == .virtual)
        #expect(
            sender.requests.map { "\($0.url)" } == [
                "http://s3.example.com:9000/photos/root/k",
                "http://photos.s3.example.com:9000/root/k",
                "http://photos.s3.example.com:9000/root/k",
            ])
    }

    @Test func `a store that wants neither way is asked twice`() throws {
        let sender = ScriptedSender([refusal(403, "PathStyleDomainForbidden")])
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .misconfigured)
        #expect(sender.requests.count == 2)
    }

    // MARK: Credentials

    @Test(arguments: [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken",
    ])
    func `credentials that are refused as spent are replaced`(_ word: String) throws {
        let sender = ScriptedSender([refusal(400, word), answer(200)])
        let source = CredentialsQueue([credentials(1), credentials(2)])
        let client = scriptedClient(sender, try endpoint(), source: source)
        _ = try client.perform(getCall())
        #expect(source.rejected == [credentials(1)])
        let tokens = sender.requests.map { $0.fields["x-amz-security-token"] }
        #expect(tokens == [1, 2].map { credentials($0).sessionToken?.revealed })
    }

    @Test func `without other credentials nothing is sent again`() throws {
        let sender = ScriptedSender([refusal(400, "ExpiredToken")])
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.word == "ExpiredToken" && found.code == .unauthenticated)
        #expect(sender.requests.count == 1)
    }

    @Test func `credentials are replaced once for each call`() throws {
        let sender = ScriptedSender([refusal(400, "ExpiredToken")])
        let source = CredentialsQueue((1...9).map { credentials($0) })
        let client = scriptedClient(sender, try endpoint(), source: source)
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(sender.requests.count == 2)
        #expect(source.rejected == [credentials(1)])
    }

    @Test func `without any credentials nothing is sent`() throws {
        let sender = ScriptedSender([answer(200)])
        let client = scriptedClient(sender, try endpoint(), source: CredentialsQueue([]))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .unauthenticated && found.remedy == "fill it")
        #expect(sender.requests.isEmpty)
    }

    // MARK: All together

    @Test func `each kind is put right once, in any order`() throws {
        let sender = ScriptedSender([
            refusal(400, "ExpiredToken"), Self.skewed,
            refusal(400, "AuthorizationHeaderMalformed", more: "<Region>eu-west-1</Region>"),
            refusal(403, "PathStyleDomainForbidden"), answer(200),
        ])
        let source = CredentialsQueue([credentials(1), credentials(2)])
        let client = scriptedClient(sender, try endpoint(), source: source)
        #expect(try client.perform(getCall()).status == 200)
        let last = try #require(sender.requests.last)
        #expect(last.url.host == "photos.127.0.0.1")
        #expect(last.signedRegion == "eu-west-1")
        #expect(last.fields["x-amz-date"] == "20261124T122000Z")
        #expect(last.fields["authorization"]?.contains("AKID2/") == true)
        #expect(sender.requests.count == 5)
    }

    @Test(arguments: [
        skewed, refusal(400, "ExpiredToken"), refusal(301, "PermanentRedirect"), answer(400),
        refusal(400, "AuthorizationHeaderMalformed", more: "<Region>eu-west-1</Region>"),
        refusal(403, "AccessDenied"), answer(403), answer(500), answer(307),
        refusal(404, "NoSuchKey"),
        answer(302, ["Location": "http://evil.example.com/"]), answer(204 + 100),
    ])
    func `a server that always says the same is left alone soon`(_ answer: HTTPResponse) throws {
        for call in [getCall(), headCall(), putCall(), listCall()] {
            let sender = ScriptedSender([answer])
            let source = CredentialsQueue((1...9).map { credentials($0) })
            let client = scriptedClient(
                sender, try endpoint("s3.us-west-1.amazonaws.com"), source: source)
            _ = failure { () throws(S3Failure) in try client.perform(call) }
            #expect((1...8).contains(sender.requests.count))
            #expect(sender.hosts.allSatisfy { $0.hasSuffix(".amazonaws.com") })
        }
    }

    @Test func `a call without a signature is corrected by nothing`() throws {
        let sender = ScriptedSender([Self.skewed])
        let client = scriptedClient(sender, try endpoint())
        var call = headCall()
        call.isAnonymous = true
        let anonymous = call
        let found = failure { () throws(S3Failure) in try client.perform(anonymous) }
        #expect(found.code == .clockSkew)
        #expect(sender.requests.count == 1)
        #expect(sender.requests[0].fields.all.isEmpty)
    }
}
