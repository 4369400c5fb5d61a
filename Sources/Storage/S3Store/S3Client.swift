// Sends one call: address, sign, send, and read the answer. What an answer shows to be wrong with
// the address, the region, the clock or the credentials is put right and the call is sent again,
// once for each; everything else is a failure, and whoever calls decides about it
// (RetryingExchange).

package import HTTPTransport
package import ObjectStore
package import RequestSigning
import XMLCodec

/// Talks to one bucket. From any number of threads at once.
package final class S3Client: S3Exchange {
    /// What may be put right, each once for each call.
    private enum Correction: Hashable, CaseIterable {
        case clock, region, addressing, credentials
    }

    /// A server that is this far off shows that one of the clocks is wrong; the limit of signatures
    /// is 15 minutes.
    private static let clockToleranceInSeconds: Int64 = 240

    let session: S3Session
    private let sender: any RequestSender
    private let source: any CredentialsSource
    private let meter: TrafficMeter
    private let signer = RequestSigner()
    private let now: @Sendable () -> Int64

    /// A client.
    /// - Parameters:
    ///   - addressing: the way that an earlier run has found; `nil` to find out.
    ///   - now: the time in seconds since 1970, by this machine's clock.
    package init(
        _ endpoint: S3Endpoint, addressing: S3Addressing? = nil, sender: any RequestSender,
        credentials: any CredentialsSource, meter: TrafficMeter,
        now: @escaping @Sendable () -> Int64
    ) {
        session = S3Session(endpoint, addressing: addressing)
        self.sender = sender
        source = credentials
        self.meter = meter
        self.now = now
    }

    /// The endpoint with what was learned: its region is the bucket's own.
    package var endpoint: S3Endpoint { session.facts.endpoint }
    /// Where the bucket's name stands; `nil` until the first call.
    package var addressing: S3Addressing? { session.facts.addressing }
    /// Who runs the store, by the settings or by its answers.
    package var provider: S3Provider { session.facts.provider }
    /// The server's clock less this machine's, as far as a correction was needed.
    package var clockOffsetInSeconds: Int64 { session.facts.clockOffsetInSeconds }

    package func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
        if session.facts.addressing == nil { try AddressingProbe(self).run() }
        var left = Set(Correction.allCases)
        var rejected: Credentials?
        while true {
            let facts = session.facts
            let credentials = call.isAnonymous ? nil : try credentials(insteadOf: rejected)
            let addressing = facts.addressing ?? .path
            let response = try send(call, facts, addressing, credentials)
            guard let answer = Self.refusal(response, to: call) else {
                if !facts.hasSucceeded { session.learn { $0.hasSucceeded = true } }
                return response
            }
            let failure = S3Failure(answer, facts.endpoint, facts.provider)
            guard !call.isAnonymous, let correction = correction(answer, call, facts),
                left.remove(correction) != nil
            else { throw withoutBody(failure, call, answer, facts) }
            if correction == .credentials { rejected = credentials }
        }
    }

    /// Sends one request without a signature, to see who answers: a HEAD of the bucket.
    /// - Returns: the answer, whatever its status.
    package func greet() throws(HTTPError) -> HTTPResponse {
        let facts = session.facts
        let addressing = facts.addressing ?? facts.endpoint.candidates.first ?? .path
        meter.count(.head)
        return try sender.send(HTTPRequest(.head, facts.endpoint.url(addressing)))
    }

    /// Sends a call once, as it is, by a given addressing.
    func send(
        _ call: S3Call, _ facts: S3Session.Facts, _ addressing: S3Addressing,
        _ credentials: Credentials?
    ) throws(S3Failure) -> HTTPResponse {
        let query = PercentEncoding.canonicalQuery(call.query)
        var request = HTTPRequest(
            call.method, facts.endpoint.url(addressing, key: call.key, query: query))
        request.fields = call.fields
        request.body = call.body
        request.answerLimitInBytes = call.answerLimitInBytes
        if let credentials {
            signer.sign(
                &request, with: credentials, payloadHash: call.payloadHash,
                region: facts.endpoint.region, time: now() + facts.clockOffsetInSeconds)
        }
        meter.count(call.operation, uploadedBytes: call.operation == .put ? call.bodySize : 0)
        do {
            let response = try sender.send(request)
            if call.operation == .get { meter.count(downloadedBytes: response.body.count) }
            if facts.provider == .other { recognise(response) }
            return response
        } catch {
            throw S3Failure(error, facts.endpoint)
        }
    }

    func credentials(insteadOf rejected: Credentials? = nil) throws(S3Failure) -> Credentials {
        do {
            return try source.credentials(insteadOf: rejected)
        } catch {
            throw S3Failure(error)
        }
    }

    /// The answer as an error; `nil` for one of success.
    private static func refusal(_ response: HTTPResponse, to call: S3Call) -> ErrorAnswer? {
        guard (200..<300).contains(response.status) else { return ErrorAnswer(response) }
        // Some servers begin an answer of success before they know that they will fail.
        guard call.operation == .put || call.operation == .delete, response.body.count > 0,
            let root = try? XMLDocument.parse(response.body.bytes), root.name == "Error"
        else { return nil }
        return ErrorAnswer(
            HTTPResponse(status: 500, fields: response.fields, body: response.body))
    }

    // MARK: Corrections

    private func correction(
        _ answer: ErrorAnswer, _ call: S3Call, _ facts: S3Session.Facts
    ) -> Correction? {
        switch answer.word {
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired": return .credentials
        case "SecondLevelDomainForbidden", "PathStyleDomainForbidden":
            guard facts.addressing == .path else { return nil }
            session.learn { $0.addressing = .virtual }
            return .addressing
        default: break
        }
        if [400, 401, 403].contains(answer.status), let time = answer.serverTime {
            let offset = time - now()
            if abs(offset - facts.clockOffsetInSeconds) > Self.clockToleranceInSeconds {
                session.learn { $0.clockOffsetInSeconds = offset }
                return .clock
            }
        }
        if let region = otherRegion(answer, facts) {
            session.learn { $0.endpoint = $0.endpoint.inRegion(region) }
            return .region
        }
        return nil
    }

    /// The region that the bucket is in, when the answer says or hides that it is another one.
    private func otherRegion(_ answer: ErrorAnswer, _ facts: S3Session.Facts) -> String? {
        let words: Set = [
            "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ]
        let isRedirect = [301, 302, 307, 308].contains(answer.status)
        let isUnexplained = answer.status == 400 && answer.word.isEmpty
        guard words.contains(answer.word) || isRedirect || isUnexplained else { return nil }
        let region = answer.region ?? (facts.provider == .aws ? askForRegion(facts) : nil)
        return region == facts.endpoint.region ? nil : region
    }

    /// AWS tells a bucket's region to everybody, in the header of any answer.
    private func askForRegion(_ facts: S3Session.Facts) -> String? {
        var call = S3Call(.head, .head, subject: facts.endpoint.bucket)
        call.isAnonymous = true
        var everywhere = facts
        everywhere.endpoint = facts.endpoint.inRegion("us-east-1")
        let answer = try? send(call, everywhere, facts.addressing ?? .virtual, nil)
        return answer.map(ErrorAnswer.init)?.region
    }

    /// Sees by an answer who runs the store.
    private func recognise(_ response: HTTPResponse) {
        let fields = response.fields
        let server = fields["server"] ?? ""
        let found: S3Provider? =
            if server == "AliyunOSS" || fields["x-oss-request-id"] != nil {
                .oss
            } else if server == "tencent-cos" || fields["x-cos-request-id"] != nil {
                .cos
            } else if server.hasPrefix("MinIO") {
                .minio
            } else if server == "cloudflare", fields["cf-ray"] != nil {
                .r2
            } else if server.hasPrefix("SeaweedFS") {
                .seaweedFS
            } else {
                nil
            }
        if let found { session.learn { $0.provider = found } }
    }

    /// Answers to HEAD have no body, so the reason is asked for by a GET of one byte.
    private func withoutBody(
        _ failure: S3Failure, _ call: S3Call, _ answer: ErrorAnswer, _ facts: S3Session.Facts
    ) -> S3Failure {
        guard call.method == .head, answer.word.isEmpty, !call.isAnonymous, !call.key.isEmpty,
            [400, 401, 403].contains(answer.status)
        else { return failure }
        var asking = S3Call(.get, .get, key: call.key, subject: call.subject)
        asking.fields.append("range", "bytes=0-0")
        do {
            _ = try perform(asking)
            return failure
        } catch {
            return error
        }
    }
}

extension S3Call {
    /// The size of the body in bytes.
    var bodySize: Int { body.reduce(0) { $0 + $1.count } }
}
