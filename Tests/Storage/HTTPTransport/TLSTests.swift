import HTTPTransport
import TestSupport
import Testing
import WorkerThreads

/// Who the server is, is verified always.
struct TLSTests {
    private static let servers = Result { try TLSServers() }
    private let servers: TLSServers

    init() throws { servers = try Self.servers.get() }

    private func request(_ port: UInt16, host: String = "127.0.0.1") -> HTTPRequest {
        HTTPRequest(.get, HTTPURL(.https, host: host, port: port, path: "/path"))
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func aCertificateOfAKnownAuthorityIsTrusted(_ host: String) throws {
        let client = try makeClient { $0.authoritiesPath = servers.authoritiesPath }
        for number in 0..<3 {
            let received = try client.send(request(servers.port, host: host))
            #expect(received.status == 200)
            #expect(received.body.text == "GET /path")
            #expect(received.connection.isNew == (number == 0))
            #expect((received.connection.handshakeInMicroseconds > 0) == (number == 0))
        }
    }

    @Test func largeBodiesArriveEncryptedAsPlain() throws {
        var generator = SeededGenerator(seed: 3)
        let body = generator.bytes(3_000_000)
        let client = try makeClient { $0.authoritiesPath = servers.authoritiesPath }
        try withThreads { threads in
            for _ in 0..<4 {
                threads.spawn {
                    var request = request(servers.port)
                    request.method = .put
                    request.body = [body, [], [1]]
                    let received = try client.send(request)
                    #expect(received.body.array == body + [1])
                }
            }
        }
    }

    @Test func aServerThatClosesAfterItsAnswerIsFine() throws {
        let client = try makeClient { $0.authoritiesPath = servers.authoritiesPath }
        for _ in 0..<2 {
            var request = request(servers.port)
            request.url.path = "/close"
            let received = try client.send(request)
            #expect(received.body.text == "GET /close")
            #expect(received.connection.isNew)
        }
    }

    @Test func aCertificateOfAnUnknownAuthorityIsNotTrusted() {
        #expect(throws: httpError(.untrusted)) { try send(request(servers.port)) }
    }

    @Test func aCertificateOfAnotherHostIsNotTrusted() {
        let error = #expect(throws: httpError(.untrusted)) {
            try send(request(servers.otherHostPort)) {
                $0.authoritiesPath = servers.authoritiesPath
            }
        }
        #expect(error?.cause.isEmpty == false)
    }

    @Test func aMissingAuthoritiesFileIsToldAsSuch() {
        #expect(throws: httpError(.noAuthorities)) {
            try send(request(servers.port)) { $0.authoritiesPath = "/nonexistent/authorities" }
        }
    }

    @Test func anAuthoritiesFileOfGarbageIsToldAsSuch() throws {
        let directory = try TemporaryDirectory()
        try directory.write("garbage.pem", Array("no certificates here".utf8))
        #expect(throws: httpError(.noAuthorities)) {
            try send(request(servers.port)) { $0.authoritiesPath = directory.text + "/garbage.pem" }
        }
    }

    @Test func plainHTTPIsNoHandshake() throws {
        try withServer { connection throws(Disconnected) in
            try connection.send(answer("400 Bad Request", "speak plainly"))
            connection.finish()
        } _: { server in
            let error = #expect(throws: HTTPError.self) { try send(request(server.port)) }
            #expect(error?.code == .handshakeFailed)
        }
    }

    @Test func encryptionIsNoPlainHTTP() {
        let plain = HTTPRequest(.get, HTTPURL(.http, host: "127.0.0.1", port: servers.port))
        let error = #expect(throws: HTTPError.self) { try send(plain) }
        #expect(error?.code == .malformedAnswer || error?.code == .connectionLost)
    }

    @Test func aTunnelThroughAProxyReachesTheServer() throws {
        let proxy = LoopbackServer(tunnel)
        defer { proxy.close() }
        let client = try makeClient { settings in
            settings.authoritiesPath = servers.authoritiesPath
            settings.proxy = "http://127.0.0.1:\(proxy.port)"
        }
        var request = request(servers.port)
        request.fields.append("Authorization", "secret")
        for _ in 0..<2 {
            let received = try client.send(request)
            #expect(received.body.text == "GET /path")
            #expect(received.fields["Via"] == nil)
        }
        let asked = try #require(proxy.requests.first)
        #expect(asked.line == "CONNECT 127.0.0.1:\(servers.port) HTTP/1.1")
        #expect(!asked.fieldLines.contains { $0.contains("secret") })
        #expect(proxy.requests.count == 1)
    }

    @Test func aTunnelDoesNotMakeAServerTrusted() throws {
        let proxy = LoopbackServer(tunnel)
        defer { proxy.close() }
        #expect(throws: httpError(.untrusted)) {
            try send(request(servers.port)) { $0.proxy = "http://127.0.0.1:\(proxy.port)" }
        }
    }
}
