import Synchronization

/// Bounds the bytes that are between a request and the disk. Whoever came first is served first.
final class ByteBudget: Sendable {
    private struct Claim {
        let bytes: Int
        let answer: @Sendable (Bool) -> Void
    }

    private struct State {
        var taken = 0
        var isCancelled = false
        /// In the order in which they came; no more than there are requests.
        var waiting: [Claim] = []
    }

    private let state = Mutex(State())
    private let capacityInBytes: Int

    init(capacityInBytes: Int) { self.capacityInBytes = capacityInBytes }

    /// Takes a share; one that is larger than all there is gets through alone.
    /// - Parameter answer: where there is no room now: called once from any thread, with `true`
    ///   when the share is taken, `false` when the budget was cancelled. It must not wait.
    /// - Returns: whether the share is taken, `false` when the budget was cancelled; `nil` when
    ///   `answer` will tell.
    func take(_ bytes: Int, orCall answer: @escaping @Sendable (Bool) -> Void) -> Bool? {
        state.withLock { state in
            if state.isCancelled { return false }
            guard state.waiting.isEmpty, fits(bytes, state) else {
                state.waiting.append(Claim(bytes: bytes, answer: answer))
                return nil
            }
            state.taken += bytes
            return true
        }
    }

    /// Gives a share back.
    func give(_ bytes: Int) {
        let served = state.withLock { state in
            state.taken -= bytes
            var count = 0
            while count < state.waiting.count, fits(state.waiting[count].bytes, state) {
                state.taken += state.waiting[count].bytes
                count += 1
            }
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting[..<count])
        }
        for claim in served { claim.answer(true) }
    }

    /// Lets everybody go who waits.
    func cancel() {
        let refused = state.withLock { state in
            state.isCancelled = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for claim in refused { claim.answer(false) }
    }

    private func fits(_ bytes: Int, _ state: State) -> Bool {
        state.taken == 0 || state.taken + bytes <= capacityInBytes
    }
}
