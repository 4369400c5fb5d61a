/// The limit of one direction, and the transfers that it holds. For the event loop's thread.
final class RateLimit {
    private var bucket: TokenBucket?
    /// In the order in which they go on.
    private var held: [Transfer] = []
    private let clock: () -> UInt64

    init(bytesPerSecond: Int?, clock: @escaping () -> UInt64) {
        bucket = bytesPerSecond.map { TokenBucket(bytesPerSecond: $0) }
        self.clock = clock
    }

    /// How many of the bytes may move now; 0 when the transfer is held from now on.
    /// - Parameter isDivisible: whether fewer than all may be allowed.
    func allow(_ count: Int, of transfer: Transfer, isDivisible: Bool) -> Int {
        guard let portion = bucket?.portion else { return count }
        let now = clock()
        guard bucket?.waitInNanoseconds(now: now) == 0 else {
            if !isHolding(transfer) { held.append(transfer) }
            return 0
        }
        let allowed = isDivisible ? min(count, portion) : count
        bucket?.take(allowed, now: now)
        return allowed
    }

    func isHolding(_ transfer: Transfer) -> Bool { held.contains { $0 === transfer } }

    /// Forgets a transfer that has ended.
    func release(_ transfer: Transfer) { held.removeAll { $0 === transfer } }

    /// The transfer that is to go on, if any may.
    func next() -> Transfer? {
        guard !held.isEmpty, waitInNanoseconds == 0 else { return nil }
        return held.removeFirst()
    }

    /// How long until a held transfer may go on; `nil` when none is held.
    var waitInNanoseconds: UInt64? {
        held.isEmpty ? nil : bucket?.waitInNanoseconds(now: clock())
    }
}
