import HTTPTransport
import Testing
import WorkerThreads

/// Whoever waits for an answer can be let go.
struct CancellationTests {
    /// Never answers; tells when a request has come.
    private static func silent(_ arrived: Monitor<Int>) -> LoopbackServer.Script {
        { connection throws(Disconnected) in
            _ = try connection.readRequest()
            arrived.update { $0 += 1 }
            connection.drain()
        }
    }

    @Test func cancellingEndsWhatIsUnderWayAndWhatWaits() throws {
        let (arrived, cancellation) = (Monitor(0), Cancellation())
        try withServer(Self.silent(arrived)) { server in
            let client = try makeClient { settings in
                settings.connectionLimit = 2
                settings.cancellation = cancellation
            }
            try withThreads { threads in
                for _ in 0..<6 {
                    threads.spawn {
                        #expect(throws: httpError(.cancelled)) { try client.send(server.request()) }
                    }
                }
                arrived.wait { $0 == 2 ? () : nil }
                cancellation.cancel()
            }
            #expect(throws: httpError(.cancelled)) { try client.send(server.request()) }
            #expect(server.requests.count == 2)
        }
    }

    @Test func closingEndsWhatIsUnderWayAndWhatWaits() throws {
        let arrived = Monitor(0)
        try withServer(Self.silent(arrived)) { server in
            let client = try makeClient { $0.connectionLimit = 2 }
            try withThreads { threads in
                for _ in 0..<6 {
                    threads.spawn {
                        #expect(throws: httpError(.cancelled)) { try client.send(server.request()) }
                    }
                }
                arrived.wait { $0 == 2 ? () : nil }
                client.close()
            }
            client.close()
            #expect(throws: httpError(.cancelled)) { try client.send(server.request()) }
        }
    }

    @Test func clientsComeAndGoWithTheirThreads() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer() }
        } _: { server in
            for number in 0..<50 {
                let client = try makeClient()
                if number.isMultiple(of: 2) {
                    #expect(try client.send(server.request()).status == 200)
                }
            }
            #expect(server.connectionCount == 25)
        }
    }

    @Test func anAnswerOutlivesItsClient() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer("200 OK", "still here") }
        } _: { server in
            let received = try send(server.request())
            #expect(received.body.text == "still here")
        }
    }
}
