import Synchronization
import TestSupport
import Testing

@testable import Restoring

struct HandleCacheTests {
    private final class Holder: HandleHolder {
        private let isUsed = Atomic(false)
        private let isOpen = Atomic(true)

        var isHeld: Bool { isOpen.load(ordering: .relaxed) }

        func use() { isUsed.store(true, ordering: .relaxed) }
        func takeUse() -> Bool { isUsed.exchange(false, ordering: .relaxed) }
        func closeHandle() { isOpen.store(false, ordering: .relaxed) }
    }

    @Test func `no more are open than the capacity says`() {
        let cache = HandleCache(capacity: 5)
        let holders = (0..<40).map { _ in Holder() }
        for (number, holder) in holders.enumerated() {
            cache.add(holder)
            #expect(holders[...number].count(where: \.isHeld) == min(5, number + 1))
            #expect(holder.isHeld)
        }
    }

    @Test func `one that is in use stays before one that is not`() {
        let cache = HandleCache(capacity: 4)
        let busy = Holder()
        cache.add(busy)
        for _ in 0..<50 {
            busy.use()
            cache.add(Holder())
        }
        #expect(busy.isHeld)
        // Once round for its last use, and once more for it.
        for _ in 0..<8 { cache.add(Holder()) }
        #expect(!busy.isHeld)
    }

    @Test func `when all are in use one has to go`() {
        let cache = HandleCache(capacity: 3)
        let holders = (0..<4).map { _ in Holder() }
        for holder in holders {
            holder.use()
            cache.add(holder)
        }
        #expect(holders.count(where: \.isHeld) == 3)
        #expect(holders[3].isHeld)
    }

    @Test func `all can be let go`() {
        let cache = HandleCache(capacity: 3)
        let holders = (0..<3).map { _ in Holder() }
        for holder in holders { cache.add(holder) }
        cache.removeAll()
        #expect(holders.allSatisfy { !$0.isHeld })
    }
}
