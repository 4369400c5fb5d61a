import ObjectStore
import Synchronization

// Appending to the body of an answer is the event loop's own.
@testable import HTTPTransport
@testable import RequestSigning
@testable import S3Store

/// Answers requests by a script, and remembers them.
final class ScriptedSender: RequestSender {
    /// Gets a request and how many came before it.
    typealias Script = @Sendable (HTTPRequest, Int) throws(HTTPError) -> HTTPResponse

    private let script: Script
    private let seen = Mutex<[HTTPRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    /// Answers the first request by the first answer, and so on; the last one stays.
    convenience init(_ answers: [HTTPResponse]) {
        self.init { (_, number) throws(HTTPError) in answers[min(number, answers.count - 1)] }
    }

    var requests: [HTTPRequest] { seen.withLock { $0 } }
    var hosts: [String] { requests.map(\.url.host) }

    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count - 1
        }
        return try script(request, number)
    }
}

/// Answers calls by a script, and remembers them.
final class ScriptedExchange: S3Exchange {
    typealias Script = @Sendable (S3Call, Int) throws(S3Failure) -> HTTPResponse

    private let script: Script
    private let seen = Mutex<[S3Call]>([])

    init(_ script: @escaping Script) { self.script = script }

    convenience init(_ answers: [HTTPResponse]) {
        self.init { (_, number) throws(S3Failure) in answers[min(number, answers.count - 1)] }
    }

    var calls: [S3Call] { seen.withLock { $0 } }

    func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
        let number = seen.withLock { seen in
            seen.append(call)
            return seen.count - 1
        }
        return try script(call, number)
    }
}

extension S3Call {
    /// The value of the first parameter of that name.
    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

extension HTTPRequest {
    /// The region that the signature is for.
    var signedRegion: String? {
        guard let text = fields["authorization"], let start = text.firstRange(of: "Credential=")
        else { return nil }
        let parts = text[start.upperBound...].split(separator: "/")
        return parts.count > 2 ? String(parts[2]) : nil
    }

    /// The parameters of the query, decoded.
    var parameters: [String: String] {
        var found: [String: String] = [:]
        for item in url.query.split(separator: "&") {
            let end = item.firstIndex(of: "=") ?? item.endIndex
            let decode = { (text: Substring) in
                String(decoding: PercentDecoding.bytes(of: String(text)), as: UTF8.self)
            }
            found[decode(item[..<end])] = decode(item[end...].dropFirst())
        }
        return found
    }
}

/// An answer with a body.
func answer(
    _ status: Int, _ fields: [String: String] = [:], body: [UInt8]
) -> HTTPResponse {
    let memory = HTTPBody(capacity: body.count)
    body.withUnsafeBytes { memory.append($0) }
    var all = HTTPFields()
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) { all.append(name, value) }
    return HTTPResponse(status: status, fields: all, body: memory)
}

/// An answer with a text.
func answer(
    _ status: Int, _ fields: [String: String] = [:], _ text: String = ""
) -> HTTPResponse {
    answer(status, fields, body: Array(text.utf8))
}

/// An error as servers send it.
func refusal(
    _ status: Int, _ word: String, _ fields: [String: String] = [:], message: String = "",
    more: String = ""
) -> HTTPResponse {
    let text = "<Error><Code>\(word)</Code><Message>\(message)</Message>\(more)</Error>"
    return answer(status, fields, "<?xml version=\"1.0\"?>\n" + text)
}

/// A page of a listing.
func page(_ content: String = "") -> HTTPResponse {
    answer(200, [:], "<ListBucketResult>\(content)</ListBucketResult>")
}

/// An object in a page.
func listed(_ key: String, size: Int = 1) -> String {
    "<Contents><Key>\(key)</Key><Size>\(size)</Size></Contents>"
}

/// What a call to `perform` fails with; an answer of success is a failure, too.
func failure(of body: () throws(S3Failure) -> HTTPResponse) -> S3Failure {
    do {
        let response = try body()
        return S3Failure(.inputOutput, word: "none", cause: "HTTP \(response.status)")
    } catch {
        return error
    }
}
