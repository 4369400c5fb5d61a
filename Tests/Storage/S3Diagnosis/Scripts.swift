import ObjectStore
import RequestSigning
import S3Diagnosis
import S3Store
import Synchronization

// Appending to the body of an answer is the event loop's own.
@testable import HTTPTransport

/// Answers requests by a script.
final class ScriptedSender: RequestSender {
    typealias Script = @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse

    private let script: Script
    private let seen = Mutex<[HTTPRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    var requests: [HTTPRequest] { seen.withLock { $0 } }

    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        seen.withLock { $0.append(request) }
        return try script(request)
    }
}

extension HTTPRequest {
    /// Whether it comes from somebody without a key.
    var isAnonymous: Bool { fields["authorization"] == nil }
    /// Whether it is about an object.
    var isAboutObject: Bool { url.path.contains("/doctor/") }
    /// Whether it asks for a list of objects.
    var isList: Bool { url.query.contains("list-type=") }
}

/// An answer.
func answer(_ status: Int, _ text: String = "", _ fields: [String: String] = [:]) -> HTTPResponse {
    answer(status, bytes: Array(text.utf8), fields)
}

/// An answer with a body of bytes.
func answer(
    _ status: Int, bytes: [UInt8], _ fields: [String: String] = [:]
) -> HTTPResponse {
    let body = HTTPBody(capacity: bytes.count)
    bytes.withUnsafeBytes { body.append($0) }
    var all = HTTPFields()
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) { all.append(name, value) }
    return HTTPResponse(status: status, fields: all, body: body)
}

/// An error as servers send it.
func refusal(
    _ status: Int, _ word: String, _ fields: [String: String] = [:]
) -> HTTPResponse {
    answer(status, "<Error><Code>\(word)</Code><Message>no</Message></Error>", fields)
}

/// A bucket that a script answers for.
struct ScriptedBucket {
    /// Noon of 24 November 2026 by the machine's clock, and as servers write it.
    static let noon: Int64 = 1_795_521_600
    static let noonText = "Tue, 24 Nov 2026 12:00:00 GMT"

    let client: S3Client
    let store: S3Store
    let root: RootPath

    init(
        _ sender: any RequestSender, endpoint: String = "http://127.0.0.1:9000",
        provider: S3Provider? = nil, root: String = ""
    ) throws {
        var settings = S3Settings(endpoint: endpoint, bucket: "photos")
        settings.provider = provider
        settings.addressing = .path
        let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))
        client = S3Client(
            try S3Endpoint(settings), sender: sender, credentials: StaticCredentials(credentials),
            meter: TrafficMeter(), now: { Self.noon })
        self.root = try RootPath(root)
        store = S3Store(client, through: client, root: self.root)
    }

    /// Examines the bucket.
    func diagnose() -> (isFine: Bool, steps: [DiagnosisStep]) {
        var steps: [DiagnosisStep] = []
        let doctor = S3Doctor(
            client, store, root: root, nonce: "0123456789abcdef", now: { Self.noon },
            report: { steps.append($0) })
        return (doctor.run(), steps)
    }
}

/// A bucket in which everything is as it should be; tests bend it.
final class HealthyBucket: RequestSender {
    /// What becomes of an answer; `nil` leaves it as it is.
    typealias Bend = @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse?

    private let content = Mutex<[UInt8]?>(nil)
    private let bend: Bend

    init(_ bend: @escaping Bend = { _ in nil }) { self.bend = bend }

    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        if let bent = try bend(request) { return bent }
        let date = ["Date": ScriptedBucket.noonText]
        guard !request.isAnonymous else { return refusal(403, "AccessDenied", date) }
        if request.isList { return list(request) }
        guard request.isAboutObject else { return refusal(501, "NotImplemented") }
        return content.withLock { content in
            switch request.method {
            case .put:
                if content != nil, request.fields["if-none-match"] != nil {
                    return refusal(412, "PreconditionFailed")
                }
                content = Array(request.body.joined())
                return answer(200)
            case .delete:
                content = nil
                return answer(204)
            default: break
            }
            guard let bytes = content else { return refusal(404, "NoSuchKey") }
            guard request.fields["range"] != nil else { return answer(200, bytes: bytes) }
            return answer(
                206, bytes: Array(bytes[6..<12]),
                ["Content-Range": "bytes 6-11/\(bytes.count)"])
        }
    }

    private func list(_ request: HTTPRequest) -> HTTPResponse {
        let key = "doctor/0123456789abcdef"
        let isThere = content.withLock { $0 != nil }
        let item = isThere ? "<Contents><Key>\(key)</Key><Size>30</Size></Contents>" : ""
        return answer(
            200, "<ListBucketResult>\(item)<IsTruncated>false</IsTruncated></ListBucketResult>")
    }
}
