package import HTTPTransport
import ObjectStore
package import WorkerThreads

/// Time and chance for waiting; tests have their own.
package struct RetryClock: Sendable {
    /// Milliseconds since any fixed moment.
    package let now: @Sendable () -> UInt64
    /// Waits for that many milliseconds, or until the run is asked to stop.
    package let sleep: @Sendable (UInt64) -> Void
    /// 64 random bits.
    package let dice: @Sendable () -> UInt64

    /// A clock.
    package init(
        now: @escaping @Sendable () -> UInt64, sleep: @escaping @Sendable (UInt64) -> Void,
        dice: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.dice = dice
    }
}

/// Sends calls again that failed for a reason that may pass, and lets no more of them be under way
/// than the server likes.
package final class RetryingExchange: S3Exchange {
    private struct State {
        var budget = RetryBudget()
        var limit: ConcurrencyLimit
        var underWay = 0
        var hasSucceeded = false
    }

    private let exchange: any S3Exchange
    private let policy: RetryPolicy
    private let clock: RetryClock
    private let cancellation: Cancellation
    private let state: Monitor<State>

    /// - Parameters:
    ///   - exchange: what sends a call once.
    ///   - connections: the most calls under way at a time.
    package init(
        _ exchange: any S3Exchange, policy: RetryPolicy = RetryPolicy(), connections: Int,
        clock: RetryClock, cancellation: Cancellation
    ) {
        self.exchange = exchange
        self.policy = policy
        self.clock = clock
        self.cancellation = cancellation
        state = Monitor(State(limit: ConcurrencyLimit(connections)))
    }

    /// How many calls may be under way now.
    package var connections: Int { state.read { $0.limit.current } }

    /// Sends a call when there is room, and again as long as policy and budget allow it.
    package func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
        let start = clock.now()
        var sent = 0
        while true {
            sent += 1
            do {
                let response = try attempt(call)
                state.update { state in
                    state.hasSucceeded = true
                    state.budget.succeed(after: sent - 1)
                    state.limit.succeed()
                }
                return response
            } catch {
                guard let pause = pause(after: error, sent, clock.now() - start) else {
                    // How often it was tried tells apart bad luck and a lasting fault.
                    throw sent > 1 ? error.adding("tried \(sent) times") : error
                }
                clock.sleep(pause)
                if cancellation.isCancelled {
                    throw S3Failure(.interrupted, cause: "interrupted")
                }
            }
        }
    }

    private func attempt(_ call: S3Call) throws(S3Failure) -> HTTPResponse {
        // Two levels of optional: the outer one says whether to go on waiting. Whoever is under way
        // ends soon after a cancellation, and so wakes who waits.
        let mark = state.wait { state -> Int?? in
            if cancellation.isCancelled { return .some(nil) }
            guard state.underWay < state.limit.current else { return nil }
            state.underWay += 1
            return state.limit.mark
        }
        guard let mark else { throw S3Failure(.interrupted, cause: "interrupted") }
        defer { state.update { $0.underWay -= 1 } }
        do {
            return try exchange.perform(call)
        } catch {
            if error.retry == .throttled { state.update { $0.limit.throttle(mark) } }
            throw error
        }
    }

    /// How long to wait before the next attempt; `nil` to give up.
    private func pause(
        after failure: S3Failure, _ sent: Int, _ elapsed: UInt64
    ) -> UInt64? {
        let dice = clock.dice()
        return state.update { state in
            let pause = policy.pause(
                after: failure, sent: sent, elapsedInMilliseconds: elapsed,
                hasSucceeded: state.hasSucceeded, dice: dice)
            guard let pause, state.budget.take() else { return nil }
            return pause
        }
    }
}
