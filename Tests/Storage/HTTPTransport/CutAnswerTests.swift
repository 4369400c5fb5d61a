import HTTPTransport
import Testing

/// A connection that ends too early never makes a success.
struct CutAnswerTests {
    private static let withLength = answer("200 OK", "0123456789", fields: ["ETag: \"x\""])
    private static let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"
    private static let interim = "HTTP/1.1 100 Continue\r\n\r\n" + withLength

    /// How a connection ends.
    enum End: CaseIterable {
        case orderly
        case reset
    }

    @Test(arguments: [withLength, chunked, interim], End.allCases)
    func anAnswerThatIsCutAnywhereIsAnError(_ whole: String, _ end: End) throws {
        var bytes = Array(whole.utf8)
        // The last chunk says that all has come; nothing is lost with the empty line behind it.
        if whole == Self.chunked { bytes.removeLast(2) }
        let cuttable = bytes
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send(Array(cuttable[..<connection.number]))
            if end == .reset { connection.reset() }
        } _: { server in
            let client = try makeClient()
            for count in bytes.indices {
                let error = #expect(throws: HTTPError.self, "cut after \(count) bytes") {
                    try client.send(server.request())
                }
                let codes: [HTTPError.Code?] = [.connectionLost, .malformedAnswer]
                #expect(codes.contains(error?.code), "cut after \(count) bytes")
            }
            #expect(server.requests.count == bytes.count)
        }
    }

    @Test(arguments: [withLength, chunked, interim])
    func theSameAnswerIsFineInPiecesOfOneByte(_ whole: String) throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            for byte in whole.utf8 { try connection.send([byte]) }
            connection.finish()
        } _: { server in
            let received = try send(server.request())
            #expect(received.body.text == "0123456789")
        }
    }

    @Test(arguments: [HTTPMethod.put, .post])
    func aServerThatGoesWhileItIsSentABodyIsLost(_ method: HTTPMethod) throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readHead()
            connection.reset()
        } _: { server in
            var request = server.request(method)
            request.body = [[UInt8](repeating: 1, count: 8_000_000)]
            #expect(throws: httpError(.connectionLost)) { try send(request) }
        }
    }

    @Test func aTooShortBodyIsLostThoughTheStatusIsAnError() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 503 Slow Down\r\nContent-Length: 100\r\n\r\n<Error>")
        } _: { server in
            #expect(throws: httpError(.connectionLost)) { try send(server.request()) }
        }
    }
}
