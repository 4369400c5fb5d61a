import HTTPTransport
import TestSupport
import Testing
import WorkerThreads

/// What goes wrong is told by its code, and names the host.
struct FailureTests {
    @Test func aPortWhereNobodyListensCannotBeConnectedTo() throws {
        let (socket, port) = LoopbackServer.bindSocket()
        defer { _ = LoopbackServer.closeSocket(socket) }
        let request = HTTPRequest(.get, HTTPURL(.http, host: "127.0.0.1", port: port))
        let error = #expect(throws: httpError(.cannotConnect)) { try send(request) }
        #expect(error?.authority == "127.0.0.1:\(port)")
        #expect(error?.cause.isEmpty == false)
    }

    @Test func aNameWithoutAnAddressCannotBeResolved() throws {
        // RFC 6761 keeps this name from ever having an address.
        let request = HTTPRequest(.get, HTTPURL(.http, host: "varve-test.invalid"))
        let error = #expect(throws: httpError(.cannotResolve)) { try send(request) }
        #expect(error?.description.contains("varve-test.invalid") == true)
    }

    @Test func aServerThatSaysNothingIsGivenUp() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            if connection.number == 1 { try connection.send("HTTP/1.1 200 OK\r\nContent-L") }
            if connection.number == 2 {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
            }
            connection.drain()
        } _: { server in
            let client = try makeClient { $0.stallTimeoutInSeconds = 1 }
            // All at once: the only second that these tests wait.
            try withThreads { threads in
                for _ in 0..<3 {
                    threads.spawn {
                        #expect(throws: httpError(.timedOut)) { try client.send(server.request()) }
                    }
                }
            }
        }
    }

    @Test func aHandshakeThatNeverEndsIsGivenUp() throws {
        try withServer { connection throws(Disconnected) in
            connection.drain()
        } _: { server in
            let url = HTTPURL(.https, host: "127.0.0.1", port: server.port)
            #expect(throws: httpError(.timedOut)) {
                try send(HTTPRequest(.get, url)) { $0.connectTimeoutInMilliseconds = 300 }
            }
        }
    }

    @Test func otherRequestsGoOnWhileOneFails() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer() }
        } _: { server in
            let client = try makeClient()
            try withThreads { threads in
                threads.spawn {
                    for _ in 0..<20 {
                        let url = HTTPURL(.http, host: "varve-test.invalid")
                        #expect(throws: HTTPError.self) { try client.send(HTTPRequest(.get, url)) }
                    }
                }
                for _ in 0..<50 {
                    let received = try client.send(server.request())
                    #expect(received.status == 200)
                }
            }
        }
    }

    @Test func noErrorTellsWhatIsSecret() throws {
        let secret = "s3cr3t"
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            connection.reset()
        } _: { server in
            var request = server.request(.put)
            request.fields.append("Authorization", secret)
            request.url.query = "X-Amz-Signature=\(secret)"
            request.body = [Array(secret.utf8)]
            let changes: [(inout HTTPSettings) -> Void] = [
                { _ in }, { $0.proxy = "http://user:\(secret)@127.0.0.1:1" },
                { $0.proxy = "ftp://user:\(secret)@127.0.0.1:1" },
                { $0.proxy = "http://user:\(secret)@:::" },
                { $0.proxy = "http://user:\(secret)@varve-test.invalid" },
            ]
            for (number, change) in changes.enumerated() {
                let error = #expect(throws: HTTPError.self) { try send(request, change) }
                let text = error.map { "\($0) \($0.cause)" } ?? secret
                #expect(!text.contains(secret), "change \(number)")
            }
        }
    }

    @Test func errorsAreEqualByCodeAndTellHostAndCause() {
        let error = HTTPError(.timedOut, "host:1", cause: "words")
        #expect(error.description == "timed out (host:1): words")
        #expect(error == httpError(.timedOut))
        #expect(error != httpError(.connectionLost))
    }
}
