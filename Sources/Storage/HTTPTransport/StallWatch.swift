/// Tells a transfer that no longer moves from one that is slow.
///
/// It takes the place of libcurl's low-speed time-out, which would also count the time for which a
/// limit of the rate holds a transfer. Callers say what time it is, in nanoseconds.
package struct StallWatch: Sendable {
    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    private let limitInNanoseconds: UInt64
    private var markTime: UInt64
    private var markBytes: Int64 = 0

    /// A watch over a transfer that starts now.
    package init(limitInSeconds: Int, now: UInt64) {
        limitInNanoseconds = UInt64(max(1, limitInSeconds)) * Self.nanosecondsPerSecond
        markTime = now
    }

    /// Whether less than a byte a second has moved for as long as the limit.
    /// - Parameters:
    ///   - bytes: what has moved since the start, in both directions. It may become less, when a
    ///     transfer starts anew; that is progress too.
    ///   - isExcused: whether the transfer need not move just now.
    package mutating func isStalled(bytes: Int64, isExcused: Bool, now: UInt64) -> Bool {
        let elapsed = now - markTime
        let moved = bytes - markBytes
        let isMoving = moved < 0 || moved > Int64(elapsed / Self.nanosecondsPerSecond)
        if isExcused || isMoving {
            markTime = now
            markBytes = bytes
            return false
        }
        return elapsed >= limitInNanoseconds
    }
}
