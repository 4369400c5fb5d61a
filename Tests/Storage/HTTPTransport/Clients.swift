import HTTPTransport
import Testing

/// A client for servers on loopback, which no proxy of the environment comes between. Whatever
/// hangs fails after a while.
func makeClient(_ change: (inout HTTPSettings) -> Void = { _ in }) throws -> HTTPClient {
    var settings = HTTPSettings()
    settings.proxy = ""
    settings.stallTimeoutInSeconds = 20
    change(&settings)
    return try HTTPClient(settings)
}

/// Sends one request with a client of its own.
func send(
    _ request: HTTPRequest, _ change: (inout HTTPSettings) -> Void = { _ in }
) throws -> HTTPResponse {
    try makeClient(change).send(request)
}

/// What `#expect(throws:)` compares with: errors are equal when their codes are.
func httpError(_ code: HTTPError.Code) -> HTTPError { HTTPError(code, "", cause: "") }

/// Runs a server for the time of `body`.
@discardableResult
func withServer<Result>(
    _ script: @escaping LoopbackServer.Script, _ body: (LoopbackServer) throws -> Result
) throws -> Result {
    let server = LoopbackServer(script)
    defer { server.close() }
    return try body(server)
}

extension LoopbackServer {
    /// A URL of this.
    func url(_ path: String = "/", query: String = "") -> HTTPURL {
        HTTPURL(.http, host: "127.0.0.1", port: port, path: path, query: query)
    }

    /// A request to this.
    func request(_ method: HTTPMethod = .get, _ path: String = "/") -> HTTPRequest {
        HTTPRequest(method, url(path))
    }
}

/// An answer with a length.
func answer(_ status: String = "200 OK", _ body: String = "", fields: [String] = []) -> String {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

extension HTTPBody {
    /// A copy of the bytes.
    var array: [UInt8] { Array(bytes) }

    /// The bytes as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
