import HTTPTransport
import Testing

/// A server may answer before it has read the whole request.
struct EarlyAnswerTests {
    private static let body = [[UInt8]](repeating: [UInt8](repeating: 7, count: 1 << 20), count: 16)

    @Test(arguments: ["403 Forbidden", "503 Slow Down", "307 Temporary Redirect"])
    func anEarlyRefusalIsTheAnswer(_ status: String) throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readHead()
            try connection.send(answer(status, "<Error/>", fields: ["Connection: close"]))
            connection.finish()
        } _: { server in
            var request = server.request(.put)
            request.body = Self.body
            let received = try send(request)
            #expect(received.status == Int(status.prefix(3)))
            #expect(received.body.text == "<Error/>")
            #expect(server.connectionCount == 1)
        }
    }

    @Test func theNextRequestGoesOnAnotherConnection() throws {
        try withServer { connection throws(Disconnected) in
            if connection.number == 0 {
                _ = try connection.readHead()
                try connection.send(answer("503 Slow Down"))
                connection.finish()
            }
            try connection.serve { _ in answer() }
        } _: { server in
            let client = try makeClient()
            var request = server.request(.put)
            request.body = Self.body
            #expect(try client.send(request).status == 503)
            #expect(try client.send(request).status == 200)
            #expect(server.requests.last?.body == Self.body.flatMap { $0 })
        }
    }

    @Test func praiseForWhatWasNotReadIsNoSuccess() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readHead()
            try connection.send(answer("200 OK"))
            connection.reset()
        } _: { server in
            var request = server.request(.put)
            request.body = Self.body
            #expect(throws: httpError(.connectionLost)) { try send(request) }
        }
    }
}
