// Sends one call: address, sign, send, and read the answer. What an answer shows to be wrong with
// the address, the region, the clock or the credentials is put right and the call is sent again,
// once for each; everything else is a failure, and whoever calls decides about it
// (RetryingExchange).

package import HTTPTransport
package import ObjectStore
package import RequestSigning
import Synchronization
import XMLCodec

/// Talks to one bucket. From any number of threads at once.
package final class S3Client: S3Exchange {
    /// What may be put right, each once for each call.
    private enum Correction: Hashable, CaseIterable {
        case clock, region, addressing, credentials
        /// By whatever a call with an answer that has a body needed.
        case unknown
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
    private let didProve: @Sendable (String, S3Addressing) -> Void
    /// Held while one thread probes; the others wait for what it finds out.
    private let probing = Mutex(())

    /// A client.
    /// - Parameters:
    ///   - addressing: the way that an earlier run has found; `nil` to find out.
    ///   - now: the time in seconds since 1970, by this machine's clock.
    ///   - didProve: told the region and the way that a call has proven right, once for each pair,
    ///     from any thread; an earlier run's knowledge may be replaced by it.
    package init(
        _ endpoint: S3Endpoint, addressing: S3Addressing? = nil, sender: any RequestSender,
        credentials: any CredentialsSource, meter: TrafficMeter,
        now: @escaping @Sendable () -> Int64,
        didProve: @escaping @Sendable (String, S3Addressing) -> Void = { _, _ in }
    ) {
        session = S3Session(endpoint, addressing: addressing)
        self.sender = sender
        source = credentials
        self.meter = meter
        self.now = now
        self.didProve = didProve
    }

    /// The endpoint with what was learned: its region is the bucket's own.
    package var endpoint: S3Endpoint { session.facts.endpoint }
    /// Where the bucket's name stands; `nil` until the first call.
    package var addressing: S3Addressing? { session.facts.addressing }
    /// Who runs the store, by the settings or by its answers.
    package var provider: S3Provider { session.facts.provider }
    /// The server's clock less this machine's, as far as a correction was needed.
    package var clockOffsetInSeconds: Int64 { session.facts.clockOffsetInSeconds }

    /// Sends a call, again after each correction. Before the first one it finds out how to address
    /// the bucket, where that is not known.
    package func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
        if session.facts.addressing == nil {
            try probing.withLock { _ throws(S3Failure) in
                if session.facts.addressing == nil { try AddressingProbe(self).run() }
            }
        }
        return try perform(call, by: nil)
    }

    /// Sends a call, again after each correction.
    /// - Parameter addressing: the way to try; `nil` for the known one.
    func perform(
        _ call: S3Call, by addressing: S3Addressing?
    ) throws(S3Failure) -> HTTPResponse {
        var left = Set(Correction.allCases)
        var rejected: (credentials: Credentials, failure: S3Failure)?
        var skewed: (offset: Int64, failure: S3Failure)?
        while true {
            let facts = session.facts
            let way = addressing ?? facts.addressing ?? .path
            let credentials =
                call.isAnonymous ? nil : try credentials(insteadOf: rejected?.credentials)
            if let rejected, rejected.credentials == credentials { throw rejected.failure }
            let response = try send(call, facts, way, credentials)
            guard let answer = Self.refusal(response, to: call, hiding: credentials?.sessionToken)
            else {
                if Self.isForeign(response, to: call) { try proveStore(way) }
                if credentials != nil, let proven = session.takeProven() {
                    didProve(proven.region, proven.addressing)
                }
                return response
            }
            if !answer.word.isEmpty { session.learn { $0.isStore = true } }
            let failure = S3Failure(answer, to: call, facts.endpoint, session.facts.provider)
            guard let credentials else { throw failure }
            if let correction = correct(answer, facts, way, left) {
                left.remove(correction)
                if correction == .credentials { rejected = (credentials, failure) }
                if correction == .clock { skewed = (facts.clockOffsetInSeconds, failure) }
            } else if Self.isUnexplained(answer, call), left.remove(.unknown) != nil {
                try askForReason(call, way)
            } else {
                if let skewed, failure.code == .clockSkew || failure == skewed.failure {
                    // The date was none to go by: a cache on the way may have kept it.
                    session.learn { $0.clockOffsetInSeconds = skewed.offset }
                }
                if call.key.isEmpty, failure.code == .notFound { throw .noStore(failure) }
                if Self.isForeign(answer, failure, to: call) { try proveStore(way) }
                throw failure
            }
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
        request.receiver = call.receiver
        if let credentials {
            signer.sign(
                &request, with: credentials, payloadHash: call.payloadHash,
                region: facts.endpoint.region, time: now() + facts.clockOffsetInSeconds)
        }
        meter.count(call.operation, uploadedBytes: call.operation == .put ? call.bodySize : 0)
        do {
            let response = try sender.send(request)
            if call.operation.changesStore, Self.isDoubtful(response.status) {
                meter.countUnanswered()
            }
            if call.operation == .get {
                meter.count(downloadedBytes: response.receivedInBytes ?? response.body.count)
            }
            if facts.provider == .other { recognise(response) }
            return response
        } catch {
            if call.operation.changesStore { meter.countUnanswered() }
            throw S3Failure(error, facts.endpoint)
        }
    }

    /// Whether an answer leaves open what became of the request: gateways give up on servers that
    /// go on working, and a server that fails inside may have done its work before. One that does
    /// not know the request (501), or has no time for it (503), has done nothing.
    private static func isDoubtful(_ status: Int) -> Bool {
        status >= 500 && status != 501 && status != 503
    }

    func credentials(insteadOf rejected: Credentials? = nil) throws(S3Failure) -> Credentials {
        do {
            return try source.credentials(insteadOf: rejected)
        } catch {
            throw S3Failure(error)
        }
    }

    /// The answer as an error; `nil` for one of success.
    private static func refusal(
        _ response: HTTPResponse, to call: S3Call, hiding secret: Secret?
    ) -> ErrorAnswer? {
        guard (200..<300).contains(response.status) else {
            return ErrorAnswer(response, hiding: secret)
        }
        // Some servers begin an answer of success before they know that they will fail.
        guard call.operation == .put || call.operation == .delete, response.body.count > 0,
            let root = try? response.document(), root.name == "Error"
        else { return nil }
        return ErrorAnswer(response, status: 500, hiding: secret)
    }

    // MARK: Who answers

    /// Whether an answer of success may be that of a web server, a page of which was hit.
    private static func isForeign(_ response: HTTPResponse, to call: S3Call) -> Bool {
        !call.isAnonymous && !call.key.isEmpty
            && response.fields["content-type"]?.hasPrefix("text/html") == true
    }

    /// Whether a refusal has nothing that a store would have told. Answers to HEAD have no body, so
    /// there only what follows tells.
    private static func isForeign(
        _ answer: ErrorAnswer, _ failure: S3Failure, to call: S3Call
    ) -> Bool {
        !call.key.isEmpty && call.method != .head && answer.word.isEmpty && answer.region == nil
            && failure.retry == .never && failure.code != .invalidRange
    }

    /// Asks for a list, once, unless it is known already that a store answers: a web server's
    /// "not found" must not be taken for that of an object.
    private func proveStore(_ addressing: S3Addressing) throws(S3Failure) {
        let facts = session.facts
        // Whoever has one of the providers' names is known to be one.
        if facts.isStore || ServiceHost.recognise(facts.endpoint.serviceHost) != nil { return }
        do {
            try AddressingProbe(self).ask(addressing, facts)
        } catch {
            // A refusal in the words of S3 comes from a store, too.
            if !error.word.isEmpty { return }
            throw error.retry == .never && error.status != nil ? .noStore(error) : error
        }
    }

    // MARK: Corrections

    /// Puts right what the answer shows to be wrong, if that is among what is left to try.
    /// - Returns: what was put right; `nil` when nothing was.
    private func correct(
        _ answer: ErrorAnswer, _ facts: S3Session.Facts, _ addressing: S3Addressing,
        _ left: Set<Correction>
    ) -> Correction? {
        switch answer.word {
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return left.contains(.credentials) ? .credentials : nil
        case "SecondLevelDomainForbidden", "PathStyleDomainForbidden":
            guard left.contains(.addressing), facts.addressing == .path else { return nil }
            session.learn { $0.addressing = .virtual }
            return .addressing
        default: break
        }
        if left.contains(.clock), let offset = otherOffset(answer, facts) {
            session.learn { $0.clockOffsetInSeconds = offset }
            return .clock
        }
        if left.contains(.region), let region = otherRegion(answer, facts, addressing) {
            session.learn { $0.endpoint = $0.endpoint.inRegion(region) }
            return .region
        }
        return nil
    }

    /// The server's clock less this machine's, when a refusal may come from the difference.
    private func otherOffset(_ answer: ErrorAnswer, _ facts: S3Session.Facts) -> Int64? {
        guard [400, 401, 403].contains(answer.status), let time = answer.serverTime else {
            return nil
        }
        let offset = time - now()
        let isFar = abs(offset - facts.clockOffsetInSeconds) > Self.clockToleranceInSeconds
        return isFar ? offset : nil
    }

    /// The region that the bucket is in, when the answer says or hides that it is another one.
    private func otherRegion(
        _ answer: ErrorAnswer, _ facts: S3Session.Facts, _ addressing: S3Addressing
    ) -> String? {
        let words: Set = [
            "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ]
        let isRedirect = [301, 302, 307, 308].contains(answer.status)
        let isUnexplained = answer.status == 400 && answer.word.isEmpty
        guard words.contains(answer.word) || isRedirect || isUnexplained else { return nil }
        let region = answer.region ?? askForRegion(facts, addressing)
        return region == facts.endpoint.region ? nil : region
    }

    /// AWS tells a bucket's region to everybody, in the header of any answer.
    private func askForRegion(
        _ facts: S3Session.Facts, _ addressing: S3Addressing
    ) -> String? {
        guard facts.provider == .aws else { return nil }
        var call = S3Call(.head, .head, subject: facts.endpoint.bucket)
        call.isAnonymous = true
        var everywhere = facts
        // China is apart: there, no other host knows its buckets.
        let isInChina = facts.endpoint.region.hasPrefix("cn-")
        everywhere.endpoint = facts.endpoint.inRegion(isInChina ? "cn-north-1" : "us-east-1")
        let answer = try? send(call, everywhere, addressing, nil)
        return answer.flatMap { ErrorAnswer($0).region }
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

    /// Whether the reason of a refusal is missing because answers to HEAD have no body.
    private static func isUnexplained(_ answer: ErrorAnswer, _ call: S3Call) -> Bool {
        call.method == .head && !call.key.isEmpty && answer.word.isEmpty
            && [400, 401, 403].contains(answer.status)
    }

    /// Asks for the reason by a GET of one byte; it is corrected as any call, and if it succeeds,
    /// the HEAD may do so, too.
    private func askForReason(_ call: S3Call, _ addressing: S3Addressing) throws(S3Failure) {
        var asking = S3Call(.get, .get, key: call.key, subject: call.subject)
        asking.fields.append("range", "bytes=0-0")
        do {
            _ = try perform(asking, by: addressing)
        } catch  where error.code == .invalidRange {
            // An empty object has no byte to give.
            return
        }
    }
}

extension S3Call {
    /// The size of the body in bytes.
    var bodySize: Int { body.reduce(0) { $0 + $1.count } }
}
