import HTTPTransport
import Testing
import WorkerThreads

/// A proxy of the settings is used, and what goes wrong there is told from the rest.
struct ProxyTests {
    /// Nobody resolves this: the proxy has to.
    private let request = HTTPRequest(
        .get, HTTPURL(.http, host: "bucket.invalid", port: 8080, path: "/a%20b", query: "x=1"))

    private func send(through proxy: LoopbackServer) throws -> HTTPResponse {
        try HTTPTransportTests.send(request) { $0.proxy = "http://127.0.0.1:\(proxy.port)" }
    }

    @Test func aProxyIsAskedForTheWholeURL() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer("200 OK", "by proxy") }
        } _: { proxy in
            #expect(try send(through: proxy).body.text == "by proxy")
            let asked = try #require(proxy.requests.first)
            #expect(asked.line == "GET http://bucket.invalid:8080/a%20b?x=1 HTTP/1.1")
            #expect(asked.value("Host") == "bucket.invalid:8080")
        }
    }

    @Test func aProxyThatSaysNoGivesAnAnswer() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer("407 Proxy Authentication Required") }
        } _: { proxy in
            let received = try send(through: proxy)
            #expect(received.status == 407)
        }
    }

    @Test(arguments: ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
    func aProxyThatOpensNoTunnelFails(_ status: String) throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer(status, "no") }
        } _: { proxy in
            var request = request
            request.url.scheme = .https
            let error = #expect(throws: httpError(.proxyFailed)) {
                try HTTPTransportTests.send(request) {
                    $0.proxy = "http://127.0.0.1:\(proxy.port)"
                }
            }
            #expect(error?.authority == "bucket.invalid:8080")
            #expect(proxy.requests.first?.line == "CONNECT bucket.invalid:8080 HTTP/1.1")
        }
    }

    @Test func aProxyThatIsNotThereFails() {
        let (socket, port) = LoopbackServer.bindSocket()
        defer { _ = LoopbackServer.closeSocket(socket) }
        #expect(throws: httpError(.proxyFailed)) {
            try HTTPTransportTests.send(request) { $0.proxy = "http://127.0.0.1:\(port)" }
        }
        #expect(throws: httpError(.proxyFailed)) {
            try HTTPTransportTests.send(request) { $0.proxy = "http://proxy.invalid:8080" }
        }
    }

    @Test func aProxyOfNoKnownKindFails() {
        #expect(throws: httpError(.proxyFailed)) {
            try HTTPTransportTests.send(request) { $0.proxy = "gopher://127.0.0.1:1" }
        }
    }
}

/// A proxy that opens a tunnel to a port of 127.0.0.1.
let tunnel: LoopbackServer.Script = { connection throws(Disconnected) in
    guard let request = try connection.readRequest(),
        let port = request.line.split(separator: " ").dropFirst().first?.split(separator: ":").last,
        let number = UInt16(port), let socket = LoopbackServer.connectSocket(number)
    else { throw Disconnected() }
    let far = LoopbackConnection(socket, number: -1, of: connection.server)
    try connection.send("HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\n")
    let back = OwnedThread {
        while let bytes = far.readSome() {
            do {
                try connection.send(bytes)
            } catch {
                break
            }
        }
        connection.interrupt()
    }
    while let bytes = connection.readSome() {
        do {
            try far.send(bytes)
        } catch {
            break
        }
    }
    far.interrupt()
    back.join()
    far.close()
}
