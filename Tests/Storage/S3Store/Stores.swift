import ObjectStore
import Synchronization

@testable import HTTPTransport
@testable import RequestSigning
@testable import S3Store

/// Credentials that are given out one after the other as they are refused.
final class CredentialsQueue: CredentialsSource {
    private let rest: Mutex<[Credentials]>
    private let refused = Mutex<[Credentials]>([])

    init(_ credentials: [Credentials]) { rest = Mutex(credentials) }

    /// Those that somebody asked to replace, in order.
    var rejected: [Credentials] { refused.withLock { $0 } }

    func credentials(
        insteadOf rejected: Credentials?
    ) throws(CredentialsError) -> Credentials {
        if let rejected { refused.withLock { $0.append(rejected) } }
        let current = rest.withLock { rest -> Credentials? in
            if rejected == rest.first, rest.count > 1 { rest.removeFirst() }
            return rest.first
        }
        guard let current else {
            throw CredentialsError(.missing, "the queue", cause: "empty", remedy: "fill it")
        }
        return current
    }
}

/// Credentials with recognisable secrets.
func credentials(_ number: Int = 1, hasToken: Bool = true) -> Credentials {
    Credentials(
        accessKeyID: "AKID\(number)", secretAccessKey: Secret("very-secret-key-\(number)"),
        sessionToken: hasToken ? Secret("very-secret-token-\(number)/+=") : nil)
}

/// The endpoint of some settings that are known to be right.
func endpoint(
    _ text: String = "http://127.0.0.1:9000", region: String = "", bucket: String = "photos"
) throws -> S3Endpoint {
    try S3Endpoint(S3Settings(endpoint: text, region: region, bucket: bucket))
}

/// Noon of 24 November 2026 by the machine's clock, and as servers write it.
let noon: Int64 = 1_795_521_600
let noonText = "Tue, 24 Nov 2026 12:00:00 GMT"

/// A client of a scripted server.
func scriptedClient(
    _ sender: any RequestSender, _ endpoint: S3Endpoint, addressing: S3Addressing? = nil,
    source: any CredentialsSource = StaticCredentials(credentials()),
    meter: TrafficMeter = TrafficMeter()
) -> S3Client {
    S3Client(
        endpoint, addressing: addressing, sender: sender, credentials: source, meter: meter,
        now: { noon })
}

/// Calls about an object.
func getCall(_ key: String = "root/k") -> S3Call { S3Call(.get, .get, key: key, subject: "k") }
func headCall(_ key: String = "root/k") -> S3Call { S3Call(.head, .head, key: key, subject: "k") }
func putCall(_ key: String = "root/k") -> S3Call { S3Call(.put, .put, key: key, subject: "k") }
/// A call about the bucket.
func listCall() -> S3Call { S3Call(.list, .get, subject: "photos") }
