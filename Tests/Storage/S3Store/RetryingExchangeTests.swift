import HTTPTransport
import ObjectStore
import Synchronization
import Testing
import WorkerThreads

@testable import S3Store

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Calls that fail for a reason that may pass are sent again.
struct RetryingExchangeTests {
    /// Time that passes only while somebody waits.
    final class FakeTime: Sendable {
        private let state = Mutex<(now: UInt64, pauses: [UInt64])>((0, []))
        let dice: UInt64
        /// Is called with the number of each pause, from 1 on.
        let onPause: @Sendable (Int) -> Void

        init(dice: UInt64 = .max, onPause: @escaping @Sendable (Int) -> Void = { _ in }) {
            self.dice = dice
            self.onPause = onPause
        }

        var pauses: [UInt64] { state.withLock { $0.pauses } }
        func pass(_ milliseconds: UInt64) { state.withLock { $0.now += milliseconds } }

        var clock: RetryClock {
            RetryClock(
                now: { self.state.withLock { $0.now } },
                sleep: { pause in
                    let count = self.state.withLock { state in
                        state.now += pause
                        state.pauses.append(pause)
                        return state.pauses.count
                    }
                    self.onPause(count)
                },
                dice: { self.dice })
        }
    }

    private static let weak = S3Failure(.inputOutput, status: 500, cause: "weak", retry: .transient)
    private static let busy = S3Failure(.throttled, status: 503, cause: "busy", retry: .throttled)
    private static let wrong = S3Failure(.permissionDenied, status: 403, cause: "wrong")
    private static let garbled = S3Failure(.badAnswer, cause: "garbled", retry: .twice)

    private func retrying(
        _ exchange: any S3Exchange, _ time: FakeTime, connections: Int = 4,
        cancellation: Cancellation = Cancellation()
    ) -> RetryingExchange {
        RetryingExchange(
            exchange, connections: connections, clock: time.clock, cancellation: cancellation)
    }

    /// Fails as long as there are failures, and then succeeds.
    private static func failing(_ failures: [S3Failure]) -> ScriptedExchange {
        ScriptedExchange { (_, number) throws(S3Failure) in
            if number < failures.count { throw failures[number] }
            return answer(200)
        }
    }

    @Test(arguments: [
        (wrong, 1), (garbled, 3), (weak, 4), (busy, 10),
    ])
    func `each kind of failure is repeated as often as it may pass`(
        _ failure: S3Failure, _ count: Int
    ) {
        let exchange = Self.failing(Array(repeating: failure, count: 100))
        let time = FakeTime()
        let retrying = retrying(exchange, time)
        let found = S3StoreTests.failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        #expect(found == failure)
        #expect(found.cause.contains("tried \(count) times") == (count > 1))
        #expect(exchange.calls.count == count)
        #expect(time.pauses.count == count - 1)
    }

    @Test func `once something has succeeded patience is longer`() throws {
        let exchange = ScriptedExchange { (_, number) throws(S3Failure) in
            if number > 0 { throw Self.weak }
            return answer(200)
        }
        let retrying = retrying(exchange, FakeTime())
        _ = try retrying.perform(getCall())
        _ = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        #expect(exchange.calls.count == 1 + 10)
    }

    @Test func `a success ends the repeating, and the call is the same each time`() throws {
        let exchange = Self.failing([Self.weak, Self.garbled, Self.busy])
        let time = FakeTime(dice: 0)
        var call = putCall()
        call.body = [[1, 2, 3]]
        #expect(try retrying(exchange, time).perform(call).status == 200)
        #expect(exchange.calls.count == 4)
        #expect(exchange.calls.allSatisfy { $0.body == [[1, 2, 3]] && $0.key == call.key })
        #expect(time.pauses == [0, 0, 0])
    }

    @Test func `pauses stay within their bounds, and are as long as the server wants`() {
        let wanting = S3Failure(
            .throttled, cause: "", retry: .throttled, delayInMilliseconds: 30_000)
        let exchange = Self.failing([Self.busy, Self.weak, wanting, Self.weak, Self.busy])
        let time = FakeTime()
        _ = try? retrying(exchange, time).perform(getCall())
        let bounds: [UInt64] = [1_000, 200, 30_000]
        #expect(time.pauses.count >= 3)
        for (pause, bound) in zip(time.pauses, bounds) { #expect(pause <= bound) }
        #expect(time.pauses[2] == 30_000)
    }

    @Test func `after the deadline the last failure stands`() {
        let time = FakeTime()
        let exchange = ScriptedExchange { (_, _) throws(S3Failure) in
            time.pass(5 * 60 * 1000)
            throw Self.busy
        }
        let retrying = retrying(exchange, time)
        let found = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        #expect(found.code == .throttled)
        #expect(exchange.calls.count == 3)
    }

    @Test func `many failing calls empty the common purse`() {
        let exchange = Self.failing(Array(repeating: Self.busy, count: 10_000))
        let retrying = retrying(exchange, FakeTime())
        for _ in 0..<50 {
            _ = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        }
        // One hundred repetitions are in the purse; each call is sent once whatever happens.
        #expect(exchange.calls.count == 50 + 100)
    }

    @Test(arguments: [1, 2, 5])
    func `cancelling while waiting ends the call`(_ pause: Int) {
        let cancellation = Cancellation()
        let time = FakeTime { if $0 == pause { cancellation.cancel() } }
        let exchange = Self.failing(Array(repeating: Self.busy, count: 100))
        let retrying = retrying(exchange, time, cancellation: cancellation)
        let found = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        #expect(found.code == .interrupted)
        #expect(exchange.calls.count == pause)
    }

    @Test func `cancelling ends the calls that wait for room`() throws {
        let cancellation = Cancellation()
        let isUnderWay = Atomic(false)
        let exchange = ScriptedExchange { (_, _) throws(S3Failure) in
            isUnderWay.store(true, ordering: .relaxed)
            while !cancellation.isCancelled { sched_yield() }
            throw S3Failure(.interrupted, cause: "cancelled")
        }
        let retrying = retrying(exchange, FakeTime(), connections: 1, cancellation: cancellation)
        try withThreads { threads in
            for _ in 0..<4 {
                threads.spawn {
                    let found = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
                    #expect(found.code == .interrupted)
                }
            }
            while !isUnderWay.load(ordering: .relaxed) { sched_yield() }
            cancellation.cancel()
        }
        // Nobody who waited has sent anything.
        #expect(exchange.calls.count == 1)
    }

    @Test func `throttling halves the limit, and successes raise it again`() throws {
        let exchange = Self.failing([Self.busy, Self.busy])
        let retrying = retrying(exchange, FakeTime(), connections: 16)
        #expect(retrying.connections == 16)
        _ = try retrying.perform(getCall())
        #expect(retrying.connections == 4)
        for _ in 0..<200 { _ = try retrying.perform(getCall()) }
        #expect(retrying.connections == 16)
    }

    @Test func `other failures leave the limit alone`() {
        let exchange = Self.failing([Self.weak, Self.weak, Self.wrong])
        let retrying = retrying(exchange, FakeTime(), connections: 16)
        _ = failure { () throws(S3Failure) in try retrying.perform(getCall()) }
        #expect(retrying.connections == 16)
    }

    /// Counts the calls that are under way at the same time.
    final class Crowd: S3Exchange {
        private let state = Mutex<(underWay: Int, most: Int, calls: Int)>((0, 0, 0))

        var most: Int { state.withLock { $0.most } }
        var calls: Int { state.withLock { $0.calls } }

        func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
            let number = state.withLock { state in
                state.underWay += 1
                state.most = max(state.most, state.underWay)
                state.calls += 1
                return state.calls
            }
            defer { state.withLock { $0.underWay -= 1 } }
            // Time for others to come in.
            for _ in 0..<20 { sched_yield() }
            if number % 10 == 0 { throw RetryingExchangeTests.busy }
            return answer(200)
        }
    }

    @Test(arguments: [1, 3, 8])
    func `with many threads never more calls are under way than allowed`(_ limit: Int) throws {
        let crowd = Crowd()
        let retrying = retrying(crowd, FakeTime(), connections: limit)
        let done = Atomic(0)
        try withThreads { threads in
            for _ in 0..<16 {
                threads.spawn {
                    for _ in 0..<20 {
                        _ = try retrying.perform(getCall())
                        done.add(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(done.load(ordering: .relaxed) == 16 * 20)
        #expect((1...limit).contains(crowd.most))
        #expect((1...limit).contains(retrying.connections))
        #expect(crowd.calls > 16 * 20)
    }
}
