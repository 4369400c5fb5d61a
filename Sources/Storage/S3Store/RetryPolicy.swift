/// How often, and after which pauses, a call is sent again. Pure: the moment and the dice come in.
///
/// Exponential backoff with full jitter (Marc Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015): a pause is drawn evenly from zero to a bound that doubles each time,
/// so that many clients that failed together do not come back together.
package struct RetryPolicy: Hashable, Sendable {
    /// The most times that one call is sent.
    package var attempts = 10
    /// The most times while no call of this run has succeeded: wrong settings show soon.
    package var firstAttempts = 4
    /// The bound of the first pause, in milliseconds.
    package var firstPauseInMilliseconds: UInt64 = 100
    /// The same where the server asks for fewer requests.
    package var firstThrottledPauseInMilliseconds: UInt64 = 1_000
    /// No pause is longer, unless the server asks for it.
    package var longestPauseInMilliseconds: UInt64 = 20_000
    /// From the first sending of a call on; after that nothing is sent again.
    package var deadlineInMilliseconds: UInt64 = 15 * 60 * 1000

    /// The usual policy.
    package init() {}

    /// How long to wait before the call is sent again; `nil` to give up.
    /// - Parameters:
    ///   - sent: how often it was sent, from 1 on.
    ///   - elapsedInMilliseconds: since it was first sent.
    ///   - dice: any 64 random bits.
    func pause(
        after failure: S3Failure, sent: Int, elapsedInMilliseconds: UInt64, hasSucceeded: Bool,
        dice: UInt64
    ) -> UInt64? {
        let limit =
            switch failure.retry {
            case .never: 1
            case .twice: 3
            case .throttled: attempts
            case .transient: hasSucceeded ? attempts : firstAttempts
            }
        guard sent < limit else { return nil }
        let first =
            failure.retry == .throttled
            ? firstThrottledPauseInMilliseconds : firstPauseInMilliseconds
        let bound = min(longestPauseInMilliseconds, first << UInt64(min(sent - 1, 20)))
        let wanted = UInt64(failure.delayInMilliseconds ?? 0)
        let pause = max(dice % (bound + 1), wanted)
        return elapsedInMilliseconds + pause > deadlineInMilliseconds ? nil : pause
    }
}

/// Keeps all calls together from repeating more than a struggling server can take: each repetition
/// takes from a purse that successes fill again. Pure.
package struct RetryBudget: Hashable, Sendable {
    /// What the purse holds at first and at most.
    static let capacity = 500
    /// What a repetition takes; the figures are those of the AWS SDKs' standard mode.
    static let price = 5

    private var rest = RetryBudget.capacity

    /// A full purse.
    package init() {}

    /// Pays for a repetition.
    /// - Returns: `false` when the purse is empty.
    mutating func take() -> Bool {
        guard rest >= Self.price else { return false }
        rest -= Self.price
        return true
    }

    /// Puts something back.
    /// - Parameter repetitions: how often the call was repeated before it succeeded.
    mutating func succeed(after repetitions: Int) {
        rest = min(Self.capacity, rest + (repetitions > 0 ? Self.price : 1))
    }
}

/// How many calls may be under way: halved when the server asks for fewer, raised again by one for
/// each round of successes. Pure.
package struct ConcurrencyLimit: Hashable, Sendable {
    private let most: Int
    private var window: Double
    /// Calls begun before the last halving say nothing new about it.
    private var halvings = 0

    /// At most `most` at a time.
    package init(_ most: Int) {
        self.most = max(1, most)
        window = Double(self.most)
    }

    /// How many may be under way now.
    package var current: Int { Int(window) }
    /// A mark for a call that begins now.
    package var mark: Int { halvings }

    /// A call has succeeded.
    package mutating func succeed() { window = min(Double(most), window + 1 / window) }

    /// The server asked for fewer.
    /// - Parameter mark: of the call that it asked.
    package mutating func throttle(_ mark: Int) {
        guard mark == halvings else { return }
        window = max(1, (window / 2).rounded(.down))
        halvings += 1
    }
}
