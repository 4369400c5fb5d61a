import Synchronization

/// Something that keeps a descriptor open which it could open again.
protocol HandleHolder: AnyObject, Sendable {
    /// Whether the descriptor was used since this was asked last. Called with the cache locked.
    func takeUse() -> Bool
    /// Lets the descriptor go; whoever uses it right now keeps it open for as long.
    func closeHandle()
}

/// Bounds how many descriptors are kept open.
///
/// The holders stand in a ring; a hand goes round and sends away the first one that was not used
/// since it came by (the clock algorithm, F. J. Corbató, 1968). Constant time on average.
final class HandleCache: Sendable {
    private struct Ring {
        var holders: [any HandleHolder] = []
        var hand = 0
    }

    private let ring = Mutex(Ring())
    private let capacity: Int

    /// - Parameter capacity: at least 1.
    init(capacity: Int) { self.capacity = capacity }

    /// Takes in a holder that has just opened its descriptor, and sends another one away.
    func add(_ holder: any HandleHolder) {
        let victim = ring.withLock { ring -> (any HandleHolder)? in
            guard ring.holders.count == capacity else {
                ring.holders.append(holder)
                return nil
            }
            // Each step takes a use away, so the second round ends at the latest.
            for _ in 0..<capacity where ring.holders[ring.hand].takeUse() {
                ring.hand = (ring.hand + 1) % capacity
            }
            let victim = ring.holders[ring.hand]
            ring.holders[ring.hand] = holder
            ring.hand = (ring.hand + 1) % capacity
            return victim
        }
        // Outside of the lock: closing may take a while.
        victim?.closeHandle()
    }

    /// Lets all holders go.
    func removeAll() {
        let holders = ring.withLock { ring in
            defer { ring = Ring() }
            return ring.holders
        }
        for holder in holders { holder.closeHandle() }
    }
}
