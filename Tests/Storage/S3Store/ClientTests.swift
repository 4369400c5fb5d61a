import HTTPTransport
import ObjectStore
import RequestSigning
import Testing

@testable import S3Store

/// Calls become requests, and answers results or failures.
struct ClientTests {
    @Test func `a call becomes a signed request with all that it has`() throws {
        let sender = ScriptedSender([answer(200)])
        let client = scriptedClient(sender, try endpoint())
        var call = S3Call(.put, .put, key: "my root/a+b", subject: "a+b")
        call.query = [("x-id", "a b"), ("empty", "")]
        call.fields.append("x-amz-storage-class", "STANDARD_IA")
        call.body = [[1, 2], [3]]
        call.payloadHash = String(repeating: "0", count: 64)
        call.answerLimitInBytes = 77
        _ = try client.perform(call)
        let request = sender.requests[0]
        #expect(request.method == .put)
        #expect(
            "\(request.url)"
                == "http://127.0.0.1:9000/photos/my%20root/a%2Bb?empty=&x-id=a%20b")
        #expect(request.body == [[1, 2], [3]])
        #expect(request.answerLimitInBytes == 77)
        #expect(request.fields["x-amz-content-sha256"] == call.payloadHash)
        let authorization = try #require(request.fields["authorization"])
        #expect(authorization.contains("x-amz-storage-class"))
        #expect(authorization.contains("x-amz-security-token"))
    }

    @Test func `an empty body has its own hash`() {
        #expect(S3Call.emptyHash == RequestSigner.emptyPayloadHash)
    }

    @Test func `requests and bytes are counted by kind, repeated ones included`() throws {
        let meter = TrafficMeter()
        let sender = ScriptedSender { (request, number) throws(HTTPError) in
            if number == 0 { return refusal(400, "ExpiredToken") }
            return answer(200, [:], body: request.method == .get ? [1, 2, 3] : [])
        }
        let source = CredentialsQueue([credentials(1), credentials(2)])
        let client = scriptedClient(sender, try endpoint(), source: source, meter: meter)
        var put = putCall()
        put.body = [[1, 2], [3, 4, 5]]
        _ = try client.perform(put)
        for call in [getCall(), getCall(), headCall(), listCall()] { _ = try client.perform(call) }
        var delete = S3Call(.delete, .post, subject: "photos")
        delete.body = [[1, 2, 3]]
        _ = try client.perform(delete)
        let traffic = meter.traffic
        #expect(traffic.puts == 2 && traffic.gets == 2 && traffic.heads == 1)
        #expect(traffic.lists == 1 && traffic.deletes == 1)
        #expect(traffic.uploadedBytes == 10 && traffic.downloadedBytes == 6)
    }

    @Test func `an answer of success may still be an error`() throws {
        let body = " \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>"
        for call in [putCall(), S3Call(.delete, .post, subject: "photos")] {
            let client = scriptedClient(ScriptedSender([answer(200, [:], body)]), try endpoint())
            let found = failure { () throws(S3Failure) in try client.perform(call) }
            #expect(found.word == "InternalError" && found.retry == .transient)
            #expect(found.status == 500)
        }
        // An object may say what it likes.
        let client = scriptedClient(ScriptedSender([answer(200, [:], body)]), try endpoint())
        #expect(try client.perform(getCall()).status == 200)
    }

    @Test(arguments: [200, 201, 204, 206, 299])
    func `every status of success is one`(_ status: Int) throws {
        let client = scriptedClient(ScriptedSender([answer(status)]), try endpoint())
        #expect(try client.perform(putCall()).status == status)
    }

    @Test func `"not found" of a bucket shows that there is no store`() throws {
        let client = scriptedClient(
            ScriptedSender([answer(404, [:], "<html>404</html>")]), try endpoint())
        let list = failure { () throws(S3Failure) in try client.perform(listCall()) }
        #expect(list.code == .misconfigured && list.status == 404)
        #expect(list.remedy.contains("endpoint"))
    }

    @Test func `"no such key" to a PUT passes, to a GET it is the answer`() throws {
        let client = scriptedClient(
            ScriptedSender([refusal(404, "NoSuchKey")]), try endpoint())
        let put = #expect(throws: S3Failure.self) {
            try client.perform(S3Call(.put, .put, key: "a", subject: "a"))
        }
        #expect(put?.code == .inputOutput && put?.retry == .transient)
        let get = #expect(throws: S3Failure.self) {
            try client.perform(S3Call(.get, .get, key: "a", subject: "a"))
        }
        #expect(get?.code == .notFound && get?.retry == .never)
    }

    @Test func `a request without an answer fails as such`() throws {
        let sender = ScriptedSender { (_, _) throws(HTTPError) in
            throw HTTPError(.cannotConnect, "127.0.0.1:9000", cause: "refused")
        }
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .unreachable && found.retry == .transient)
        #expect(sender.requests.count == 1)
    }

    @Test(arguments: [
        (["server": "AliyunOSS"], S3Provider.oss), (["x-oss-request-id": "1"], .oss),
        (["Server": "tencent-cos"], .cos), (["x-cos-request-id": "1"], .cos),
        (["Server": "MinIO/RELEASE"], .minio), (["Server": "cloudflare", "cf-ray": "1"], .r2),
        (["Server": "cloudflare"], .other), (["Server": "SeaweedFS 4.48"], .seaweedFS),
        (["Server": "nginx"], .other), ([:], .other),
    ])
    func `who runs an unknown store shows in its answers`(
        _ fields: [String: String], _ provider: S3Provider
    ) throws {
        let client = scriptedClient(ScriptedSender([answer(403, fields)]), try endpoint())
        _ = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(client.provider == provider)
    }

    @Test func `a known provider stays the one it is`() throws {
        let sender = ScriptedSender([answer(200, ["Server": "MinIO"])])
        let client = scriptedClient(sender, try endpoint("s3.us-east-1.amazonaws.com"))
        _ = try client.perform(getCall())
        #expect(client.provider == .aws)
    }
}
