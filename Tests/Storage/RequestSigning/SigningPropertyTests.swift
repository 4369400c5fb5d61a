import HTTPTransport
import RequestSigning
import TestSupport
import Testing

struct SigningPropertyTests {
    private let signer = RequestSigner()
    private let credentials = PublishedRequestTests.credentials(token: "token")
    private let time = PublishedRequestTests.time

    private func request(_ fields: [(String, String)] = []) -> HTTPRequest {
        var request = HTTPRequest(
            .put, HTTPURL(.https, host: "h.example", path: "/b/k", query: "x=1"))
        for (name, value) in fields { request.fields.append(name, value) }
        return request
    }

    @discardableResult
    private func sign(
        _ request: inout HTTPRequest, with other: Credentials? = nil, region: String = "r",
        payloadHash: String = RequestSigner.emptyPayloadHash, after seconds: Int64 = 0
    ) -> SigningSteps {
        signer.sign(
            &request, with: other ?? credentials, payloadHash: payloadHash, region: region,
            time: time + seconds)
    }

    @Test func signingAgainReplacesTheSignature() {
        var once = request([("Content-Type", "text/plain")])
        sign(&once, after: 86_400)
        var twice = request([("Content-Type", "text/plain")])
        let stale = Credentials(
            accessKeyID: "old", secretAccessKey: Secret("s"), sessionToken: Secret("stale"))
        sign(&twice, with: stale)
        sign(&twice, after: 86_400)
        #expect(once.fields == twice.fields)
    }

    @Test func aTokenOfEarlierCredentialsDoesNotStay() {
        var request = request()
        sign(&request)
        sign(&request, with: PublishedRequestTests.credentials())
        #expect(request.fields["x-amz-security-token"] == nil)
    }

    @Test func keysOfOtherDaysRegionsAndSecretsAreNotMixedUp() {
        let other = Credentials(
            accessKeyID: credentials.accessKeyID, secretAccessKey: Secret("other"),
            sessionToken: credentials.sessionToken)
        // More than the signer remembers, each twice.
        for _ in 0..<2 {
            for number in 0..<12 {
                for (signed, region) in [(credentials, "r"), (other, "r"), (credentials, "q")] {
                    var known = request()
                    sign(&known, with: signed, region: region, after: Int64(number) * 86_400)
                    var fresh = request()
                    RequestSigner().sign(
                        &fresh, with: signed, payloadHash: RequestSigner.emptyPayloadHash,
                        region: region, time: time + Int64(number) * 86_400)
                    #expect(known.fields == fresh.fields)
                }
            }
        }
    }

    @Test(arguments: [
        "Accept", "Accept-Encoding", "authorization", "Connection", "Expect",
        "Host", "Keep-Alive", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "User-Agent", "X-Amzn-Trace-Id", "proxy-connection",
    ])
    func whatProxiesChangeIsNotSigned(name: String) {
        var plain = request()
        var changed = request([(name, "value")])
        let expected = sign(&plain)
        #expect(sign(&changed).signature == expected.signature)
    }

    @Test(arguments: [
        "Content-MD5", "Content-Type", "If-Match", "If-None-Match", "Range", "x-amz-meta-a",
        "x-amz-storage-class", "x-oss-forbid-overwrite", "x-cos-forbid-overwrite",
    ])
    func whatTellsTheServerToActIsSigned(name: String) {
        var plain = request()
        var changed = request([(name, "value")])
        let expected = sign(&plain)
        let steps = sign(&changed)
        #expect(steps.signature != expected.signature)
        #expect(steps.canonicalRequest.contains("\n\(name.lowercased()):value\n"))
    }

    @Test func everyPartOfARequestChangesTheSignature() {
        var requests = [request()]
        var changed = request()
        changed.method = .get
        requests.append(changed)
        for (key, value) in [
            (\HTTPURL.host, "g.example"), (\.path, "/b/K"), (\.path, "/b//k"), (\.query, "x=2"),
            (\.query, ""), (\.query, "x=1&x=1"),
        ] {
            changed = request()
            changed.url[keyPath: key] = value
            requests.append(changed)
        }
        changed = request()
        changed.url.port = 8443
        requests.append(changed)
        var signatures = requests.indices.map { sign(&requests[$0]).signature }
        var same = request()
        signatures.append(sign(&same, region: "s").signature)
        signatures.append(sign(&same, payloadHash: RequestSigner.unsignedPayload).signature)
        signatures.append(sign(&same, after: 1).signature)
        #expect(Set(signatures).count == signatures.count)
    }

    @Test func aPresignedQueryKeepsWhatWasThere() {
        var presigned = request()
        signer.presign(
            &presigned, with: credentials, lifetimeInSeconds: 60, region: "r", time: time)
        #expect(presigned.url.query.hasPrefix("x=1&X-Amz-Algorithm="))
        #expect(presigned.url.query.contains("&X-Amz-Security-Token=token&"))
        #expect(presigned.url.path == "/b/k")
    }

    @Test func anEmptyPathIsSignedAsASlash() {
        var empty = request()
        empty.url.path = ""
        var slash = request()
        slash.url.path = "/"
        #expect(sign(&empty).signature == sign(&slash).signature)
    }

    @Test func anotherServiceGetsNoHashAsAField() {
        var request = request()
        RequestSigner(service: "sts").sign(
            &request, with: credentials, payloadHash: RequestSigner.emptyPayloadHash, region: "r",
            time: time)
        #expect(request.fields["x-amz-content-sha256"] == nil)
        #expect(request.fields["authorization"]?.contains("/r/sts/aws4_request,") == true)
    }
}
