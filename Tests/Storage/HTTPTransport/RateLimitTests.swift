import HTTPTransport
import TestSupport
import Testing
import WorkerThreads

/// Limits of the rate hold for all transfers together. Only lower bounds of time are looked at.
struct RateLimitTests {
    private static let rate = 4_000_000
    /// What a rate must take for the bytes, less the burst and what libcurl takes at once.
    private static func least(_ bytes: Int) -> Duration {
        .milliseconds((bytes - 100_000) * 1000 / rate - 50)
    }

    @Test func aLimitedDownloadTakesItsTimeAndIsWhole() throws {
        var generator = SeededGenerator(seed: 1)
        let body = generator.bytes(1_000_000)
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            try connection.send(body)
        } _: { server in
            let client = try makeClient { $0.downloadLimitInBytesPerSecond = Self.rate }
            let elapsed = try ContinuousClock().measure {
                let received = try client.send(server.request())
                #expect(received.body.array == body)
            }
            #expect(elapsed >= Self.least(1_000_000))
        }
    }

    @Test func limitedUploadsTakeTheirTimeTogetherAndAreWhole() throws {
        var generator = SeededGenerator(seed: 2)
        let body = [generator.bytes(100_001), generator.bytes(149_999)]
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer() }
        } _: { server in
            let client = try makeClient { $0.uploadLimitInBytesPerSecond = Self.rate }
            let elapsed = try ContinuousClock().measure {
                try withThreads { threads in
                    for _ in 0..<4 {
                        threads.spawn {
                            var request = server.request(.put)
                            request.body = body
                            let received = try client.send(request)
                            #expect(received.status == 200)
                        }
                    }
                }
            }
            #expect(elapsed >= Self.least(1_000_000))
            #expect(server.requests.count == 4)
            #expect(server.requests.allSatisfy { $0.body == body.flatMap { $0 } })
        }
    }

    @Test func aTinyLimitIsNoStall() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer() }
        } _: { server in
            // The second piece comes after 1.25 seconds, when a stall would long be one.
            let client = try makeClient { settings in
                settings.uploadLimitInBytesPerSecond = 400
                settings.stallTimeoutInSeconds = 1
            }
            var request = server.request(.put)
            request.body = [[UInt8](repeating: 1, count: 600)]
            #expect(try client.send(request).status == 200)
            #expect(server.requests.first?.body.count == 600)
        }
    }

    @Test func aLimitInOneDirectionDoesNotHoldTheOther() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer("200 OK", String(repeating: "y", count: 400_000)) }
        } _: { server in
            // 400 kB at a byte a second would take days.
            let client = try makeClient { $0.uploadLimitInBytesPerSecond = 1 }
            #expect(try client.send(server.request()).body.count == 400_000)
        }
    }

    @Test func aHeldTransferCanBeCancelled() throws {
        let cancellation = Cancellation()
        try withServer { connection throws(Disconnected) in
            _ = try connection.readHead()
            cancellation.cancel()
            connection.drain()
        } _: { server in
            let client = try makeClient { settings in
                settings.uploadLimitInBytesPerSecond = 1
                settings.cancellation = cancellation
            }
            var request = server.request(.put)
            request.body = [[UInt8](repeating: 1, count: 100_000)]
            #expect(throws: httpError(.cancelled)) { try client.send(request) }
        }
    }
}
