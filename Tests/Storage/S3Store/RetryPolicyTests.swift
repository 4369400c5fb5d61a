import ObjectStore
import TestSupport
import Testing

@testable import S3Store

/// How often and after which pauses calls are repeated, as figures.
struct RetryPolicyTests {
    private static func failure(
        _ retry: S3Failure.Retry, delay: Int? = nil
    ) -> S3Failure {
        S3Failure(.inputOutput, cause: "", retry: retry, delayInMilliseconds: delay)
    }

    /// How often a call is sent that always fails in the same way.
    private func attempts(
        _ retry: S3Failure.Retry, hasSucceeded: Bool, _ policy: RetryPolicy = RetryPolicy()
    ) -> Int {
        var sent = 1
        while policy.pause(
            after: Self.failure(retry), sent: sent, elapsedInMilliseconds: 0,
            hasSucceeded: hasSucceeded, dice: 0) != nil
        { sent += 1 }
        return sent
    }

    @Test(arguments: [
        (S3Failure.Retry.never, 1, 1), (.twice, 3, 3), (.transient, 10, 4), (.throttled, 10, 10),
    ])
    func `each kind of failure has its number of attempts`(
        _ retry: S3Failure.Retry, _ later: Int, _ atFirst: Int
    ) {
        #expect(attempts(retry, hasSucceeded: true) == later)
        #expect(attempts(retry, hasSucceeded: false) == atFirst)
    }

    @Test(arguments: seeds(count: 4))
    func `pauses lie between nothing and a bound that doubles`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let policy = RetryPolicy()
        for _ in 0..<1000 {
            let sent = generator.number(in: 1...9)
            let retry: S3Failure.Retry = generator.oneIn(2) ? .throttled : .transient
            let first: UInt64 = retry == .throttled ? 1000 : 100
            let bound = min(20_000, first << UInt64(sent - 1))
            let pause = policy.pause(
                after: Self.failure(retry), sent: sent, elapsedInMilliseconds: 0,
                hasSucceeded: true, dice: generator.next())
            #expect(pause.map { $0 <= bound } == true)
        }
    }

    @Test func `both ends of the bound can be drawn`() {
        let policy = RetryPolicy()
        let draw = { (dice: UInt64) in
            policy.pause(
                after: Self.failure(.transient), sent: 3, elapsedInMilliseconds: 0,
                hasSucceeded: true, dice: dice)
        }
        #expect(draw(0) == 0)
        #expect(draw(400) == 400)
        #expect(draw(401) == 0)
    }

    @Test(arguments: [(0, 7), (5, 7), (5000, 5000), (60_000, 60_000)])
    func `what the server wants is the least`(_ delay: Int, _ expected: UInt64) {
        let pause = RetryPolicy().pause(
            after: Self.failure(.throttled, delay: delay), sent: 1, elapsedInMilliseconds: 0,
            hasSucceeded: true, dice: 7)
        #expect(pause == expected)
    }

    @Test func `after the deadline nothing is sent again`() {
        let policy = RetryPolicy()
        let deadline = policy.deadlineInMilliseconds
        let pause = { (elapsed: UInt64, delay: Int?) in
            policy.pause(
                after: Self.failure(.transient, delay: delay), sent: 1,
                elapsedInMilliseconds: elapsed, hasSucceeded: true, dice: 0)
        }
        #expect(pause(deadline, nil) == 0)
        #expect(pause(deadline + 1, nil) == nil)
        #expect(pause(deadline - 1000, 1000) == 1000)
        #expect(pause(deadline - 1000, 1001) == nil)
        #expect(pause(0, Int.max) == nil)
    }

    @Test func `a policy without limits does not overflow`() {
        var policy = RetryPolicy()
        policy.attempts = Int.max
        let pause = policy.pause(
            after: Self.failure(.throttled), sent: 1_000_000, elapsedInMilliseconds: 0,
            hasSucceeded: true, dice: UInt64.max)
        #expect(pause.map { $0 <= policy.longestPauseInMilliseconds } == true)
    }
}

/// The purse that all repetitions are paid from.
struct RetryBudgetTests {
    private func pay(_ budget: inout RetryBudget) -> Bool { budget.take() }

    @Test func `a full purse pays for a hundred repetitions`() {
        var budget = RetryBudget()
        for _ in 0..<100 { #expect(pay(&budget)) }
        #expect(!pay(&budget))
        // Successes fill it: one that was repeated gives back what a repetition costs.
        budget.succeed(after: 3)
        #expect(pay(&budget))
        #expect(!pay(&budget))
        for _ in 0..<4 { budget.succeed(after: 0) }
        #expect(!pay(&budget))
        budget.succeed(after: 0)
        #expect(pay(&budget))
        #expect(!pay(&budget))
    }

    @Test(arguments: seeds(count: 4))
    func `it never holds more than at first, nor pays more than it has`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var budget = RetryBudget()
        var model = RetryBudget.capacity
        for _ in 0..<2000 {
            if generator.oneIn(3) {
                let repetitions = generator.number(in: 0...3)
                budget.succeed(after: repetitions)
                model = min(RetryBudget.capacity, model + (repetitions > 0 ? 5 : 1))
            } else {
                let isPaid = budget.take()
                #expect(isPaid == (model >= 5))
                if isPaid { model -= 5 }
            }
        }
    }
}

/// How many calls may be under way.
struct ConcurrencyLimitTests {
    @Test func `throttling halves once for all calls that were under way`() {
        var limit = ConcurrencyLimit(16)
        let marks = (0..<16).map { _ in limit.mark }
        for mark in marks { limit.throttle(mark) }
        #expect(limit.current == 8)
        limit.throttle(limit.mark)
        #expect(limit.current == 4)
        limit.throttle(marks[0])
        #expect(limit.current == 4)
    }

    @Test func `one call is always allowed, also where none was wanted`() {
        var limit = ConcurrencyLimit(5)
        for _ in 0..<10 { limit.throttle(limit.mark) }
        #expect(limit.current == 1)
        #expect(ConcurrencyLimit(0).current == 1)
        #expect(ConcurrencyLimit(-3).current == 1)
    }

    @Test func `a round of successes allows one more`() {
        var limit = ConcurrencyLimit(64)
        limit.throttle(limit.mark)
        limit.throttle(limit.mark)
        #expect(limit.current == 16)
        for round in 1...8 {
            for _ in 0..<(16 + round) { limit.succeed() }
            #expect(abs(limit.current - (16 + round)) <= 1)
        }
    }

    @Test(arguments: seeds(count: 4))
    func `the limit stays between one and the most, and comes back`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let most = generator.number(in: 1...64)
        var limit = ConcurrencyLimit(most)
        var marks = [limit.mark]
        for _ in 0..<2000 {
            let before = limit.current
            if generator.oneIn(10) {
                limit.throttle(generator.pick(marks))
                #expect(limit.current == before || limit.current == max(1, before / 2))
            } else {
                limit.succeed()
                #expect(limit.current >= before)
            }
            marks.append(limit.mark)
            #expect((1...most).contains(limit.current))
        }
        for _ in 0..<(most * most + most) { limit.succeed() }
        #expect(limit.current == most)
    }
}
