import HTTPTransport
import Testing

/// No answer takes more memory than the request allows.
struct AnswerLimitTests {
    private static let block = String(repeating: "x", count: 10_000)

    private func receive(
        limitInBytes: Int, _ script: @escaping LoopbackServer.Script
    ) throws -> HTTPResponse {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try script(connection)
        } _: { server in
            var request = server.request()
            request.answerLimitInBytes = limitInBytes
            return try send(request)
        }
    }

    @Test func anAnswerOfExactlyTheLimitIsTaken() throws {
        let received = try receive(limitInBytes: 10_000) { connection throws(Disconnected) in
            try connection.send(answer("200 OK", Self.block))
        }
        #expect(received.body.count == 10_000)
    }

    @Test func aByteMoreIsRefused() {
        #expect(throws: httpError(.answerTooLong)) {
            try receive(limitInBytes: 9_999) { connection throws(Disconnected) in
                try connection.send(answer("200 OK", Self.block))
            }
        }
    }

    @Test(arguments: ["99999999999", "9223372036854775807"])
    func aHugeLengthIsRefusedWithTheFirstByte(_ length: String) {
        #expect(throws: httpError(.answerTooLong)) {
            try receive(limitInBytes: 1 << 20) { connection throws(Disconnected) in
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nx")
                connection.drain()
            }
        }
    }

    @Test(arguments: ["Transfer-Encoding: chunked", "Connection: close"])
    func anEndlessBodyIsRefused(_ field: String) {
        #expect(throws: httpError(.answerTooLong)) {
            try receive(limitInBytes: 300_000) { connection throws(Disconnected) in
                try connection.send("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n")
                while true { try connection.send("2710\r\n\(Self.block)\r\n") }
            }
        }
    }

    @Test(arguments: ["X-Field: value\r\n", "HTTP/1.1 100 Continue\r\n\r\n"])
    func anEndlessHeadIsRefused(_ line: String) {
        let lines = String(repeating: line, count: 500)
        #expect(throws: httpError(.malformedAnswer)) {
            try receive(limitInBytes: 1000) { connection throws(Disconnected) in
                try connection.send("HTTP/1.1 200 OK\r\n")
                while true { try connection.send(lines) }
            }
        }
    }

    @Test func anEndlessLineIsRefused() {
        let error = #expect(throws: HTTPError.self) {
            try receive(limitInBytes: 1000) { connection throws(Disconnected) in
                try connection.send("HTTP/1.1 200 OK\r\nX-Field: ")
                while true { try connection.send(Self.block) }
            }
        }
        // libcurl before 8.6 says that its memory is used up.
        #expect(error?.code == .malformedAnswer || error?.code == .other)
    }

    @Test func memoryGrowsWithTheBodyThatHasNoLength() throws {
        let received = try receive(limitInBytes: 1_000_000) { connection throws(Disconnected) in
            try connection.send("HTTP/1.1 200 OK\r\n\r\n")
            for _ in 0..<100 { try connection.send(Self.block) }
        }
        #expect(received.body.count == 1_000_000)
        #expect(received.body.array.allSatisfy { $0 == UInt8(ascii: "x") })
    }
}
