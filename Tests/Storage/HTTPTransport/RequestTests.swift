import HTTPTransport
import TestSupport
import Testing

/// What is sent is what was asked for, byte by byte.
struct RequestTests {
    private static let serve: LoopbackServer.Script = { connection throws(Disconnected) in
        try connection.serve { request in
            // An answer to HEAD has no body, whatever its length.
            let isHead = request.line.hasPrefix("HEAD")
            return isHead ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : answer()
        }
    }

    @Test(arguments: [HTTPMethod.get, .put, .head, .post, .delete])
    func methodAndTargetArriveAsGiven(_ method: HTTPMethod) throws {
        try withServer(Self.serve) { server in
            let target = "/a%2Fb//../c/./%e4'!*()~:@,;=+$&|^x"
            var request = server.request(method, target)
            request.url.query = "list-type=2&prefix=a%20b&empty&x=%2b+?/"
            let received = try send(request)
            #expect(received.status == 200)
            let line = "\(method.rawValue) \(target)?\(request.url.query) HTTP/1.1"
            #expect(server.requests.map(\.line) == [line])
        }
    }

    @Test(arguments: [HTTPMethod.get, .head, .delete])
    func onlyTheGivenFieldsAreSentWithHostAndAgent(_ method: HTTPMethod) throws {
        try withServer(Self.serve) { server in
            var request = server.request(method)
            request.fields.append("x-amz-date", "20261123T195501Z")
            request.fields.append("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c")
            request.fields.append("x-empty", "")
            _ = try send(request) { $0.userAgent = "varve/1 (test)" }
            #expect(
                server.requests.first?.fieldLines == [
                    "Host: 127.0.0.1:\(server.port)", "User-Agent: varve/1 (test)",
                    "x-amz-date: 20261123T195501Z",
                    "Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "x-empty:",
                ])
        }
    }

    @Test(arguments: [HTTPMethod.put, .post])
    func aRequestWithABodyHasItsLengthAndNoMadeUpType(_ method: HTTPMethod) throws {
        try withServer(Self.serve) { server in
            var request = server.request(method)
            request.body = [Array("body".utf8)]
            _ = try send(request)
            #expect(
                server.requests.first?.fieldLines == [
                    "Host: 127.0.0.1:\(server.port)", "User-Agent: varve", "Content-Length: 4",
                ])
        }
    }

    @Test(arguments: [HTTPMethod.put, .post], [[], [[]], [[], []]] as [[[UInt8]]])
    func anEmptyBodyHasTheLengthZero(_ method: HTTPMethod, _ body: [[UInt8]]) throws {
        try withServer(Self.serve) { server in
            var request = server.request(method)
            request.body = body
            let received = try send(request)
            #expect(received.status == 200)
            #expect(server.requests.first?.value("Content-Length") == "0")
            #expect(server.requests.first?.body == [])
        }
    }

    @Test(arguments: seeds(count: 12))
    func bodiesOfAnyPiecesArriveAsTheyAre(_ seed: UInt64) throws {
        try withServer(Self.serve) { server in
            var generator = SeededGenerator(seed: seed)
            let client = try makeClient()
            for method in [HTTPMethod.put, .post] {
                var request = server.request(method)
                request.body = generator.array(0...9) { generator in
                    generator.bytes(generator.oneIn(4) ? 0 : generator.number(in: 1...70_000))
                }
                #expect(try client.send(request).status == 200)
                #expect(server.requests.last?.body == request.body.flatMap { $0 })
            }
        }
    }

    @Test func aLargeBodyIsSentWithoutAskingFirst() throws {
        try withServer(Self.serve) { server in
            var generator = SeededGenerator(seed: 5)
            var request = server.request(.put)
            request.body = [generator.bytes(3_000_000), generator.bytes(2_000_001)]
            let received = try send(request)
            #expect(received.status == 200)
            let seen = try #require(server.requests.first)
            #expect(seen.value("Content-Length") == "5000001")
            #expect(!seen.fieldLines.contains { $0.lowercased().hasPrefix("expect") })
            #expect(seen.body == request.body.flatMap { $0 })
        }
    }

    @Test func fieldsOfTheCallerReplaceWhatWouldBeAdded() throws {
        try withServer(Self.serve) { server in
            var request = server.request(.get)
            request.fields.append("Host", "bucket.example.com")
            request.fields.append("Accept", "text/xml")
            request.fields.append("user-agent", "other")
            _ = try send(request)
            #expect(
                server.requests.first?.fieldLines == [
                    "Host: bucket.example.com", "Accept: text/xml", "user-agent: other",
                ])
        }
    }
}
