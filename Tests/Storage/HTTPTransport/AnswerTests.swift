import HTTPTransport
import TestSupport
import Testing

/// Answers are handed over as they came, whatever they say.
struct AnswerTests {
    /// The answer to a GET for which the server sends just these bytes and ends the connection.
    private func receive(
        _ bytes: String, _ method: HTTPMethod = .get, limitInBytes: Int? = nil
    ) throws -> HTTPResponse {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send(bytes)
            connection.finish()
        } _: { server in
            var request = server.request(method)
            if let limitInBytes { request.answerLimitInBytes = limitInBytes }
            return try send(request)
        }
    }

    @Test(arguments: ["200 OK", "206 Partial Content", "404 Not Found", "503 Slow Down", "299"])
    func statusFieldsAndBodyAreTheServers(_ status: String) throws {
        let received = try receive(
            answer(status, "content", fields: ["ETag: \"x\"", "Date:Mon", "etag:  y \t"]))
        #expect(received.status == Int(status.prefix(3)))
        #expect(received.body.text == "content")
        #expect(
            received.fields.all == [
                .init(name: "Content-Length", value: "7"), .init(name: "ETag", value: "\"x\""),
                .init(name: "Date", value: "Mon"), .init(name: "etag", value: "y"),
            ])
    }

    @Test func anAnswerWithoutALengthEndsWithTheConnection() throws {
        let received = try receive("HTTP/1.1 200 OK\r\n\r\nall of it")
        #expect(received.body.text == "all of it")
    }

    @Test func chunksArePutTogether() throws {
        let received = try receive(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n")
        #expect(received.body.text == "abc0123456789")
        #expect(received.fields["X-Trailer"] == nil)
    }

    @Test(arguments: ["200 OK", "404 Not Found"])
    func aHeadHasNoBodyWhateverLengthItNames(_ status: String) throws {
        let received = try receive(
            "HTTP/1.1 \(status)\r\nContent-Length: 123456789\r\n\r\n", .head, limitInBytes: 10)
        #expect(received.status == Int(status.prefix(3)))
        #expect(received.fields["content-length"] == "123456789")
        #expect(received.body.count == 0)
    }

    @Test(arguments: ["HTTP/1.1 204 No Content\r\n\r\n", answer("200 OK"), answer("500 Error")])
    func anAnswerCanBeEmpty(_ bytes: String) throws {
        #expect(try receive(bytes).body.count == 0)
        #expect(try receive(bytes, .delete).body.count == 0)
    }

    @Test func interimAnswersAreNotTheAnswer() throws {
        let interim = "HTTP/1.1 100 Continue\r\nX-First: 1\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n"
        let received = try receive(interim + answer("201 Created", "b"))
        #expect(received.status == 201)
        #expect(received.fields["X-First"] == nil)
        #expect(received.body.text == "b")
    }

    @Test func anAnswerOfHTTP10IsOne() throws {
        let received = try receive("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(received.status == 200)
        #expect(received.body.text == "ok")
    }

    @Test(arguments: ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent"])
    func aRedirectIsAnAnswerAndNotFollowed(_ status: String) throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in
                answer(status, "<Error/>", fields: ["Location: /elsewhere"])
            }
        } _: { server in
            let received = try send(server.request())
            #expect(received.status == Int(status.prefix(3)))
            #expect(received.fields["location"] == "/elsewhere")
            #expect(received.body.text == "<Error/>")
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: seeds(count: 8))
    func largeBodiesAreWhatWasSent(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let body = generator.bytes(generator.number(in: 1...2_000_000))
        let isChunked = generator.oneIn(2)
        var sent = Array(
            "HTTP/1.1 200 OK\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Connection: close")"
                .utf8)
        sent += Array("\r\n\r\n".utf8)
        var position = 0
        while isChunked, position < body.count {
            let count = min(body.count - position, generator.number(in: 1...100_000))
            sent += Array("\(String(count, radix: 16))\r\n".utf8)
            sent += body[position..<position + count] + Array("\r\n".utf8)
            position += count
        }
        sent += isChunked ? Array("0\r\n\r\n".utf8) : body
        let bytes = sent
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send(bytes)
        } _: { server in
            let received = try send(server.request())
            #expect(received.body.array == body)
        }
    }

    @Test(arguments: [
        "", "\0", "garbage", "\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "<html>no status</html>\r\n",
        "HTTP\r\n\r\n", "HTTP/1.1 \r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/7.9 200 OK\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 101 Upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
    ])
    func garbageIsNoAnswer(_ bytes: String) throws {
        let error = #expect(throws: HTTPError.self) { try receive(bytes) }
        #expect(error?.code == .malformedAnswer || error?.code == .connectionLost)
    }

    @Test(arguments: seeds(count: 40))
    func damagedAnswersNeverTrap(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = answer("200 OK", "0123456789", fields: ["ETag: \"x\"", "Date: Mon"])
        let damaged = generator.damaged(Array(whole.utf8))
        let result = Result {
            try withServer { connection throws(Disconnected) in
                _ = try connection.readRequest()
                try connection.send(damaged)
            } _: { server in
                try send(server.request())
            }
        }
        switch result {
        case .success(let response): #expect((200...999).contains(response.status))
        case .failure(let error): #expect(error is HTTPError)
        }
    }
}
