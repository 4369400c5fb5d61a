/// Keeps bytes at a rate: who takes some has paid for them a while later, and nobody takes more
/// before that.
///
/// It works without a clock: callers say what time it is, in nanoseconds since any moment. A taker
/// may take more than there is, so that nothing has to be cut into pieces; the next one waits for
/// longer. (This is the generic cell rate algorithm of ITU-T I.371 with bytes for cells.)
package struct TokenBucket: Sendable {
    /// How much of unused time may be made up for: the pauses of a loop that wakes up late.
    package static let burstInNanoseconds: UInt64 = 50_000_000

    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000
    /// Less is not worth a call of the system.
    private static let leastPortion = 512

    private let bytesPerSecond: UInt64
    /// When all that was taken is paid for.
    private var paidAt: UInt64 = 0

    /// A full bucket.
    /// - Parameter bytesPerSecond: at least 1.
    package init(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a rate of nothing never lets anything through")
        self.bytesPerSecond = UInt64(bytesPerSecond)
    }

    /// The most that should be taken at once where that can be chosen: takers then take turns.
    package var portion: Int {
        let burst = bytesPerSecond / (Self.nanosecondsPerSecond / Self.burstInNanoseconds)
        return max(Self.leastPortion, Int(clamping: burst))
    }

    /// How long nothing is to be taken from now on; 0 when something can be taken.
    package func waitInNanoseconds(now: UInt64) -> UInt64 { paidAt > now ? paidAt - now : 0 }

    /// Takes bytes, whether or not there are as many.
    package mutating func take(_ count: Int, now: UInt64) {
        let start = max(paidAt, now > Self.burstInNanoseconds ? now - Self.burstInNanoseconds : 0)
        // 2^33 bytes would overflow the product; nobody holds as many at once.
        let product = UInt64(min(count, 1 << 33)) * Self.nanosecondsPerSecond
        // Rounded up, so that the rate is never exceeded.
        paidAt = start + (product + bytesPerSecond - 1) / bytesPerSecond
    }
}
