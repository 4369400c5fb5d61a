import Synchronization

/// The memory of one body.
final class BodyMemory: @unchecked Sendable {
    // @unchecked: it has one owner at a time, a body or the pool.

    let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        bytes = .allocate(byteCount: max(1, capacity), alignment: 16)
    }

    deinit { bytes.deallocate() }
}

/// Keeps memory of large bodies for those that come next: what the system has just given is cleared
/// page by page first, which costs a fast download more than its copying.
package final class BodyPool: Sendable {
    /// What is smaller costs little.
    private static let smallestInBytes = 256 * 1024
    /// The most that waits for its next use: as much as a few ranges of packs have.
    private static let capacityInBytes = 16 * 1024 * 1024

    private struct State {
        var waiting: [BodyMemory] = []
        var sizeInBytes = 0
    }

    private let state = Mutex(State())

    /// An empty pool.
    package init() {}

    /// Memory for a body of that size, used or new.
    func take(capacity: Int) -> BodyMemory {
        guard capacity >= Self.smallestInBytes else { return BodyMemory(capacity: capacity) }
        if let used = takeUsed(capacity) { return used }
        // In few sizes, so that most bodies find one that fits.
        let steps = (capacity + Self.smallestInBytes - 1) / Self.smallestInBytes
        return BodyMemory(capacity: steps * Self.smallestInBytes)
    }

    /// Takes memory back that nobody reads any more.
    func give(_ memory: BodyMemory) {
        let size = memory.bytes.count
        guard size >= Self.smallestInBytes else { return }
        state.withLock { state in
            guard state.sizeInBytes + size <= Self.capacityInBytes else { return }
            state.waiting.append(memory)
            state.sizeInBytes += size
        }
    }

    /// - Returns: the smallest that waits and has room.
    private func takeUsed(_ capacity: Int) -> BodyMemory? {
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
