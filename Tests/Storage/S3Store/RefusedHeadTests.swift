import HTTPTransport
import ObjectStore
import Testing

@testable import S3Store

/// Answers to HEAD have no body, so the reason of a refusal is asked for.
struct RefusedHeadTests {
    @Test(arguments: [400, 401, 403])
    func `the reason of a refused HEAD is that of a GET of one byte`(_ status: Int) throws {
        let sender = ScriptedSender { (request, _) throws(HTTPError) in
            request.method == .head ? answer(status) : refusal(status, "InvalidAccessKeyId")
        }
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(headCall()) }
        #expect(found.word == "InvalidAccessKeyId" && found.code == .unauthenticated)
        #expect(sender.requests.map(\.method) == [.head, .get])
        #expect(sender.requests[1].fields["range"] == "bytes=0-0")
        #expect(sender.requests[0].url == sender.requests[1].url)
    }

    @Test func `what the GET needed helps the HEAD`() throws {
        let sender = ScriptedSender { (request, _) throws(HTTPError) in
            if request.fields["authorization"]?.contains("AKID2/") ?? false {
                return answer(request.method == .head ? 200 : 206)
            }
            return request.method == .head ? answer(400) : refusal(400, "ExpiredToken")
        }
        let source = CredentialsQueue([credentials(1), credentials(2)])
        let client = scriptedClient(sender, try endpoint(), source: source)
        #expect(try client.perform(headCall()).status == 200)
        #expect(sender.requests.map(\.method) == [.head, .get, .get, .head])
    }

    @Test(arguments: [answer(206), answer(200), answer(416), refusal(416, "InvalidRange")])
    func `a HEAD that is refused where a GET is not is refused`(_ get: HTTPResponse) throws {
        let sender = ScriptedSender { (request, _) throws(HTTPError) in
            request.method == .head ? answer(403) : get
        }
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(headCall()) }
        #expect(found.code == .permissionDenied && found.status == 403)
        #expect(sender.requests.map(\.method) == [.head, .get, .head])
    }

    @Test func `nothing is asked where the answer tells enough`() throws {
        for refused in [
            answer(404), answer(500), answer(403, ["x-minio-error-code": "AccessDenied"]),
        ] {
            let sender = ScriptedSender([refused])
            let client = scriptedClient(sender, try endpoint())
            _ = failure { () throws(S3Failure) in try client.perform(headCall()) }
            #expect(sender.requests.count == 1)
        }
    }
}
