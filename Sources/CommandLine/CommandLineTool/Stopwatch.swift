/// Measures how long a command takes.
struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    /// Milliseconds since it was made.
    var milliseconds: UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}
