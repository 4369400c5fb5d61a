import Testing
import WorkerThreads

struct MemoryPoolTests {
    private static let size = 1024 * 1024

    @Test func memoryServesTheNextOneThatNeedsAsMuch() {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        let first = pool.take(capacity: Self.size)
        pool.give(first)
        #expect(pool.take(capacity: Self.size - 1) === first)
    }

    @Test func memoryHasOneOwnerAtATime() {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        pool.give(PooledMemory(capacity: Self.size))
        let taken = (0..<3).map { _ in pool.take(capacity: Self.size) }
        #expect(Set(taken.map(ObjectIdentifier.init)).count == 3)
    }

    @Test func whatNeedsMoreGetsMemoryOfItsOwn() throws {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        pool.give(PooledMemory(capacity: Self.size))
        let memory = pool.take(capacity: Self.size + 1)
        // A step more, so that others of about this size can use it.
        #expect(memory.bytes.count == Self.size + 256 * 1024)
        #expect(pool.take(capacity: Self.size).bytes.count == Self.size)
    }

    @Test func theSmallestMemoryThatFitsIsTaken() {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        for factor in [3, 1, 2] { pool.give(PooledMemory(capacity: factor * Self.size)) }
        let taken = (1...3).map { _ in pool.take(capacity: Self.size).bytes.count / Self.size }
        #expect(taken == [1, 2, 3])
    }

    @Test func noMoreThanTheLimitWaits() {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        // A weak reference tells whether the pool has kept the memory.
        let memories = (0..<40).map { _ in WeakMemory(PooledMemory(capacity: Self.size), pool) }
        #expect(memories.count { $0.memory != nil } == 16)
    }

    @Test func smallMemoryIsLetGo() {
        let pool = MemoryPool(capacityInBytes: 16 * Self.size)
        let small = WeakMemory(PooledMemory(capacity: 255 * 1024), pool)
        #expect(small.memory == nil)
        let large = WeakMemory(PooledMemory(capacity: 256 * 1024), pool)
        #expect(large.memory != nil)
    }

    private final class WeakMemory {
        private(set) weak var memory: PooledMemory?

        init(_ memory: PooledMemory, _ pool: MemoryPool) {
            self.memory = memory
            pool.give(memory)
        }
    }
}
