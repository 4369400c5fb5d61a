import HTTPTransport
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// Takes what comes in, and pauses as its script says.
private final class Receiver: BodyReceiver {
    private struct State {
        var heads: [Int] = []
        var bytes: [UInt8] = []
        /// How many bytes of those that come next were taken before a pause.
        var ahead = 0
        var calls = 0
    }

    private let takes: Bool
    /// How many of the bytes are taken at the call of that number; `nil` refuses them.
    private let taken: @Sendable (_ call: Int, _ count: Int) -> Int?
    private let paused: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let state = Mutex(State())

    init(
        takes: Bool = true, paused: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        taken: @escaping @Sendable (_ call: Int, _ count: Int) -> Int?
    ) {
        self.takes = takes
        self.paused = paused
        self.taken = taken
    }

    var heads: [Int] { state.withLock { $0.heads } }
    var bytes: [UInt8] { state.withLock { $0.bytes } }

    func begin(status: Int, fields: HTTPFields) -> Bool {
        state.withLock { $0.heads.append(status) }
        return takes
    }

    func receive(
        _ bytes: UnsafeRawBufferPointer, resume: @escaping @Sendable () -> Void
    ) -> BodyReceipt {
        let receipt = state.withLock { state -> BodyReceipt in
            state.calls += 1
            let count = max(0, bytes.count - state.ahead)
            guard let taken = taken(state.calls, count) else { return .refused }
            let fresh = bytes.dropFirst(state.ahead).prefix(taken)
            state.bytes += fresh
            if taken < count {
                state.ahead += fresh.count
                return .later
            }
            state.ahead = max(0, state.ahead - bytes.count)
            return .taken
        }
        if receipt == .later { paused(resume) }
        return receipt
    }
}

struct BodyReceiverTests {
    private static let body: [UInt8] = {
        var generator = SeededGenerator(seed: 50)
        return generator.bytes(700_000)
    }()

    private static func send(
        _ bytes: [UInt8], of length: Int, to connection: LoopbackConnection,
        _ status: String = "206 Partial Content"
    ) throws(Disconnected) {
        try connection.send("HTTP/1.1 \(status)\r\nContent-Length: \(length)\r\n\r\n")
        try connection.send(bytes)
    }

    private static let server: LoopbackServer.Script = { connection throws(Disconnected) in
        while try connection.readRequest() != nil {
            try send(body, of: body.count, to: connection)
        }
    }

    private func request(_ server: LoopbackServer, _ receiver: Receiver) -> HTTPRequest {
        var request = server.request()
        request.receiver = receiver
        return request
    }

    private static let never: @Sendable (@escaping @Sendable () -> Void) -> Void = { _ in
        Issue.record("nothing was to be paused")
    }

    @Test func `the body goes to the receiver and nowhere else`() throws {
        try withServer(Self.server) { server in
            let receiver = Receiver(paused: Self.never) { $1 }
            let response = try makeClient().send(request(server, receiver))
            #expect(receiver.bytes == Self.body && receiver.heads == [206])
            #expect(response.status == 206 && response.body.count == 0)
            #expect(response.receivedInBytes == Self.body.count)
        }
    }

    @Test func `a receiver may leave an answer alone`() throws {
        try withServer(Self.server) { server in
            let receiver = Receiver(takes: false, paused: Self.never) { $1 }
            let response = try makeClient().send(request(server, receiver))
            #expect(receiver.bytes == [] && receiver.heads == [206])
            #expect(response.body.array == Self.body && response.receivedInBytes == nil)
        }
    }

    @Test func `an answer without a body has nothing for the receiver`() throws {
        try withServer { connection throws(Disconnected) in
            try connection.serve { _ in answer("404 Not Found") }
        } _: { server in
            let receiver = Receiver(paused: Self.never) { $1 }
            let response = try makeClient().send(request(server, receiver))
            #expect(response.status == 404 && response.receivedInBytes == nil)
            #expect(receiver.heads == [])
        }
    }

    /// Several transfers at once, each of which takes some bytes, pauses, and goes on when another
    /// thread says so.
    @Test(arguments: seeds(count: 4), [nil, 40_000_000])
    func `pauses lose nothing and give nothing twice`(seed: UInt64, rate: Int?) throws {
        let resumes = BoundedQueue<@Sendable () -> Void>(capacity: .max)
        let receivers = (0..<5).map { number in
            Receiver(paused: { resume in resumes.push(resume) }) { call, count in
                var generator = SeededGenerator(seed: seed << 20 + UInt64(number << 16 + call))
                return generator.oneIn(3) ? generator.number(in: 0...count) : count
            }
        }
        try withServer(Self.server) { server in
            let client = try makeClient { $0.downloadLimitInBytesPerSecond = rate }
            try withThreads { threads in
                let left = Atomic(receivers.count)
                for receiver in receivers {
                    threads.spawn {
                        let response = try client.send(request(server, receiver))
                        #expect(response.receivedInBytes == Self.body.count)
                        #expect(receiver.bytes == Self.body)
                        if left.subtract(1, ordering: .relaxed).newValue == 0 { resumes.close() }
                    }
                }
                threads.spawn { while let resume = resumes.pop() { resume() } }
            }
        }
    }

    @Test func `a receiver that waits holds up nobody else, and is no stall`() throws {
        let paused = Monitor<(@Sendable () -> Void)?>(nil)
        let receiver = Receiver(paused: { resume in paused.update { $0 = resume } }) {
            call, count in
            call == 3 ? 0 : count
        }
        try withServer(Self.server) { server in
            let client = try makeClient { $0.stallTimeoutInSeconds = 1 }
            try withThreads { threads in
                threads.spawn {
                    let response = try client.send(request(server, receiver))
                    #expect(response.receivedInBytes == Self.body.count)
                }
                let resume = paused.wait { $0 }
                let start = ContinuousClock.now
                while ContinuousClock.now - start < .milliseconds(1500) {
                    let other = try client.send(server.request())
                    #expect(other.body.array == Self.body)
                }
                resume()
            }
            #expect(receiver.bytes == Self.body)
        }
    }

    @Test func `what is refused ends as cancelled, and the client goes on`() throws {
        try withServer(Self.server) { server in
            let client = try makeClient()
            let receiver = Receiver(paused: Self.never) { call, count in call < 3 ? count : nil }
            #expect(throws: httpError(.cancelled)) { try client.send(request(server, receiver)) }
            #expect(Self.body.starts(with: receiver.bytes) && !receiver.bytes.isEmpty)
            #expect(try client.send(server.request()).body.array == Self.body)
        }
    }

    @Test func `a transfer that waits for its receiver can be cancelled`() throws {
        let cancellation = Cancellation()
        let late = Mutex<(@Sendable () -> Void)?>(nil)
        let receiver = Receiver(paused: { resume in
            late.withLock { $0 = resume }
            cancellation.cancel()
        }) { _, _ in 0 }
        try withServer(Self.server) { server in
            let client = try makeClient { $0.cancellation = cancellation }
            #expect(throws: httpError(.cancelled)) { try client.send(request(server, receiver)) }
            // Nobody is there any more who could go on.
            late.withLock { $0 }?()
            client.close()
            late.withLock { $0 }?()
        }
    }

    @Test func `a connection that ends too early is lost, whatever was received`() throws {
        try withServer { connection throws(Disconnected) in
            _ = try connection.readRequest()
            try Self.send(Array(Self.body.prefix(200_000)), of: Self.body.count, to: connection)
        } _: { server in
            let receiver = Receiver(paused: Self.never) { $1 }
            #expect(throws: httpError(.connectionLost)) {
                try makeClient().send(request(server, receiver))
            }
            #expect(Self.body.starts(with: receiver.bytes))
        }
    }

    @Test func `a body that is too long is refused before it comes`() throws {
        try withServer(Self.server) { server in
            let receiver = Receiver(paused: Self.never) { $1 }
            var request = request(server, receiver)
            request.answerLimitInBytes = Self.body.count - 1
            #expect(throws: httpError(.answerTooLong)) { try makeClient().send(request) }
            #expect(receiver.heads == [] && receiver.bytes == [])
        }
    }
}
