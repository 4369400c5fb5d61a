import WorkerThreads

/// A request, and the thread that waits for its answer.
final class Exchange: Sendable {
    let request: HTTPRequest
    private let outcome = Monitor<Result<HTTPResponse, HTTPError>?>(nil)

    init(_ request: HTTPRequest) { self.request = request }

    /// Hands over what came out; to be called once.
    func finish(_ result: Result<HTTPResponse, HTTPError>) { outcome.update { $0 = result } }

    /// Fails with a cause of our own.
    func fail(_ code: HTTPError.Code, cause: String) {
        finish(.failure(HTTPError(code, request.url.authority, cause: cause)))
    }

    /// Waits for what comes out.
    func wait() throws(HTTPError) -> HTTPResponse { try outcome.wait { $0 }.get() }
}
