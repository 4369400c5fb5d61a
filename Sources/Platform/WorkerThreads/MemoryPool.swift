import Synchronization

/// Memory that comes from a pool, or goes into one.
package final class PooledMemory: @unchecked Sendable {
    // @unchecked: it has one owner at a time, who fills it or the pool.

    /// All of it, aligned for anything.
    package let bytes: UnsafeMutableRawBufferPointer

    /// New memory, whose bytes are not set.
    package init(capacity: Int) {
        bytes = .allocate(byteCount: max(1, capacity), alignment: 16)
    }

    deinit { bytes.deallocate() }
}

/// Keeps large memory for who needs some next: what the system has just given is cleared page by
/// page first, which costs a fast download, or the reading of a file, more than its copying.
package final class MemoryPool: Sendable {
    /// What is smaller costs little.
    private static let smallestInBytes = 256 * 1024

    private struct State {
        var waiting: [PooledMemory] = []
        var sizeInBytes = 0
    }

    private let state = Mutex(State())
    private let capacityInBytes: Int

    /// An empty pool.
    /// - Parameter capacityInBytes: the most that waits for its next use.
    package init(capacityInBytes: Int) { self.capacityInBytes = capacityInBytes }

    /// Memory of at least that size, used or new.
    package func take(capacity: Int) -> PooledMemory {
        guard capacity >= Self.smallestInBytes else { return PooledMemory(capacity: capacity) }
        if let used = takeUsed(capacity) { return used }
        // In few sizes, so that most find one that fits.
        let steps = (capacity + Self.smallestInBytes - 1) / Self.smallestInBytes
        return PooledMemory(capacity: steps * Self.smallestInBytes)
    }

    /// Takes memory back that nobody reads any more.
    package func give(_ memory: PooledMemory) {
        let size = memory.bytes.count
        guard size >= Self.smallestInBytes else { return }
        state.withLock { state in
            guard state.sizeInBytes + size <= capacityInBytes else { return }
            state.waiting.append(memory)
            state.sizeInBytes += size
        }
    }

    /// - Returns: the smallest that waits and has room.
    private func takeUsed(_ capacity: Int) -> PooledMemory? {
        state.withLock { state in
            let fitting = state.waiting.indices.filter {
                state.waiting[$0].bytes.count >= capacity
            }
            guard
                let best = fitting.min(by: { left, right in
                    state.waiting[left].bytes.count < state.waiting[right].bytes.count
                })
            else { return nil }
            let memory = state.waiting.remove(at: best)
            state.sizeInBytes -= memory.bytes.count
            return memory
        }
    }
}
