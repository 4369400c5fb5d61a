import Synchronization
import WorkerThreads

/// Sends requests over HTTP/1.1 by libcurl, on one thread of its own for all of them.
///
/// Connections are kept and used again. Nothing but `Host`, `User-Agent` and `Content-Length` (of
/// PUT and POST) is added to the fields of a request; a proxy for plain HTTP is sent
/// `Proxy-Connection` as well. The thread ends with the last reference, or earlier by `close`.
///
/// Follow a request: `HTTPClient` puts it into an `Exchange`; `EventLoop` hands it to the thread;
/// `TransferSet` starts it when a connection is free; `Transfer` talks with libcurl about it.
package final class HTTPClient: RequestSender {
    private let loop: EventLoop
    private let thread: Mutex<OwnedThread?>
    private let cancellation: Cancellation

    /// Starts the thread; no connection is made yet.
    /// - Throws: `.invalidRequest` for settings that make no sense, `.other` when libcurl does not
    ///   start.
    package init(_ settings: HTTPSettings) throws(HTTPError) {
        try settings.checkValidity()
        let loop: EventLoop
        do {
            loop = try EventLoop(settings)
        } catch {
            throw HTTPError(.other, "libcurl", cause: error.cause)
        }
        self.loop = loop
        cancellation = settings.cancellation
        thread = Mutex(OwnedThread { loop.run() })
    }

    deinit { close() }

    /// Ends all transfers with `.cancelled`, closes all connections and waits for the thread's end.
    /// Requests that come later fail with `.cancelled`.
    package func close() {
        loop.close()
        let thread = thread.withLock { $0.take() }
        thread?.join()
    }

    /// See `RequestSender`.
    package func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        try request.checkValidity()
        let authority = request.url.authority
        if cancellation.isCancelled {
            throw HTTPError(.cancelled, authority, cause: "the run was cancelled")
        }
        let exchange = Exchange(request)
        guard loop.submit(exchange) else {
            throw HTTPError(.cancelled, authority, cause: "the connections were closed")
        }
        return try exchange.wait()
    }
}

extension HTTPSettings {
    fileprivate func checkValidity() throws(HTTPError) {
        func require(_ isValid: Bool, _ cause: String) throws(HTTPError) {
            if !isValid { throw HTTPError(.invalidRequest, "settings", cause: cause) }
        }
        func isText(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        try require(connectionLimit > 0, "there must be at least one connection")
        try require(connectTimeoutInMilliseconds > 0, "the time for connecting must be positive")
        try require(stallTimeoutInSeconds > 0, "the time without progress must be positive")
        let limits = [uploadLimitInBytesPerSecond, downloadLimitInBytesPerSecond]
        try require(
            limits.allSatisfy { $0.map { $0 > 0 } ?? true },
            "a limit of the rate must be at least a byte a second")
        try require(isText(userAgent), "the user agent has control characters")
        try require(isText(proxy ?? ""), "the proxy's URL has control characters")
        try require(
            authoritiesPath?.utf8.contains(0) != true,
            "the path of the certificate file has a NUL character")
    }
}
