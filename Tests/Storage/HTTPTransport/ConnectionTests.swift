import HTTPTransport
import Testing
import WorkerThreads

/// Connections are kept, counted and replaced.
struct ConnectionTests {
    @Test func manyRequestsOfOneThreadUseOneConnection() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { answer("200 OK", "to \($0.line)") }
        } _: { server in
            let client = try makeClient()
            for number in 0..<20 {
                let received = try client.send(server.request(.get, "/\(number)"))
                #expect(received.body.text == "to GET /\(number) HTTP/1.1")
                #expect(received.connection.isNew == (number == 0))
                #expect(received.connection.remoteAddress == "127.0.0.1:\(server.port)")
                #expect(received.connection.handshakeInMicroseconds == 0)
                #expect((received.connection.connectInMicroseconds > 0) == (number == 0))
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func allMethodsAndStatusesKeepTheConnection() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { request in
                request.line.hasPrefix("HEAD")
                    ? "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\n"
                    : answer("412 Precondition Failed", "<Error/>")
            }
        } _: { server in
            let client = try makeClient()
            for method in [HTTPMethod.get, .put, .head, .post, .delete, .get] {
                var request = server.request(method)
                if method == .put { request.body = [[UInt8](repeating: 1, count: 300_000)] }
                #expect(try client.send(request).status >= 400)
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test(arguments: [1, 3])
    func threadsTogetherUseNoMoreConnectionsThanAllowed(_ limit: Int) throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { answer("200 OK", $0.line) }
        } _: { server in
            let client = try makeClient { $0.connectionLimit = limit }
            try withThreads { threads in
                for thread in 0..<12 {
                    threads.spawn {
                        for number in 0..<10 {
                            let path = "/\(thread)/\(number)"
                            let received = try client.send(server.request(.get, path))
                            #expect(received.body.text == "GET \(path) HTTP/1.1")
                        }
                    }
                }
            }
            #expect(server.mostOpen <= limit)
            #expect(server.requests.count == 120)
        }
    }

    @Test func thirtyTwoThreadsGetTheirOwnAnswers() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { request in
                answer("200 OK", String(decoding: request.body, as: UTF8.self))
            }
        } _: { server in
            let client = try makeClient()
            try withThreads { threads in
                for thread in 0..<32 {
                    threads.spawn {
                        for number in 0..<20 {
                            var request = server.request(.put)
                            let text = String(repeating: "\(thread).\(number)", count: number * 50)
                            request.body = [Array(text.utf8)]
                            let received = try client.send(request)
                            #expect(received.body.text == text)
                        }
                    }
                }
            }
            #expect(server.requests.count == 640)
            #expect(server.connectionCount <= 8)
        }
    }

    @Test func aConnectionThatTheServerClosesAfterAnAnswerIsNotUsedAgain() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send(answer("200 OK", "x", fields: ["Connection: close"]))
        } _: { server in
            let client = try makeClient()
            for _ in 0..<5 {
                let received = try client.send(server.request())
                #expect(received.body.text == "x")
            }
            #expect(server.connectionCount == 5)
            #expect(server.requests.count == 5)
        }
    }

    @Test(arguments: [HTTPMethod.get, .put, .post])
    func aKeptConnectionThatHasDiedIsReplacedOnce(_ method: HTTPMethod) throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send(answer("200 OK", "\(connection.number)"))
            // The first connection dies only when the next request has come.
            if connection.number == 0 { _ = try connection.readRequest() }
        } _: { server in
            let client = try makeClient()
            var request = server.request(method)
            if method != .get { request.body = [[1, 2, 3], [4]] }
            #expect(try client.send(request).body.text == "0")
            let received = try client.send(request)
            #expect(received.body.text == "1")
            #expect(received.connection.isNew)
            #expect(server.requests.map(\.connection) == [0, 0, 1])
            #expect(server.requests.allSatisfy { $0.body == request.body.flatMap { $0 } })
        }
    }

    @Test func aNewConnectionThatDiesIsNotReplaced() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
        } _: { server in
            #expect(throws: httpError(.connectionLost)) { try send(server.request()) }
            #expect(server.requests.count == 1)
        }
    }

    @Test func anotherHostHasItsOwnConnection() throws {
        let serve: LoopbackServer.Script = { connection throws(Disconnected) in
            try connection.serve { _ in answer() }
        }
        try withServer(serve) { first in
            try withServer(serve) { second in
                let client = try makeClient { $0.connectionLimit = 1 }
                for _ in 0..<3 {
                    for server in [first, second] {
                        #expect(try client.send(server.request()).status == 200)
                    }
                }
                #expect(first.connectionCount == 1)
                #expect(second.connectionCount == 1)
            }
        }
    }
}
