import WorkerThreads

/// Bounds the bytes that are between a request and the disk.
final class ByteBudget: Sendable {
    private struct State {
        var taken = 0
        var isCancelled = false
    }

    private let state = Monitor(State())
    private let capacityInBytes: Int

    init(capacityInBytes: Int) { self.capacityInBytes = capacityInBytes }

    /// Takes a share, waiting until there is room; a share that is larger than all there is gets
    /// through alone.
    /// - Returns: `false` when the budget was cancelled.
    func take(_ bytes: Int) -> Bool {
        state.wait { state in
            if state.isCancelled { return false }
            guard state.taken == 0 || state.taken + bytes <= capacityInBytes else { return nil }
            state.taken += bytes
            return true
        }
    }

    /// Gives a share back.
    func give(_ bytes: Int) { state.update { $0.taken -= bytes } }

    /// Lets every waiting thread go.
    func cancel() { state.update { $0.isCancelled = true } }
}
