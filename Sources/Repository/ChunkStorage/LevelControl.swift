import Synchronization

/// Observes a run and says at which level it compresses from now on; for many threads.
final class LevelControl: Sendable {
    private struct State {
        var policy: LevelPolicy
        var threads: Int
        var isFirst = true
        /// What was seen when the present stretch began.
        var begin: UploadBalance
        var compressing = Duration.zero
        var compressedBytes = 0
    }

    /// A shorter stretch of time says too little.
    private static let shortest = Duration.seconds(1)

    private let current = Atomic(1)
    private let clock: @Sendable () -> Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - balance: as it is before anything is sent.
    ///   - clock: tells how much time has gone by since some moment.
    init(_ balance: UploadBalance, clock: @escaping @Sendable () -> Duration) {
        self.clock = clock
        state = Mutex(State(policy: LevelPolicy(threads: 1), threads: 0, begin: balance))
    }

    /// The level for the next block.
    var level: Int { current.load(ordering: .relaxed) }

    /// Takes account of one more thread that compresses; before anything is observed.
    func addThread() {
        state.withLock { state in
            state.threads += 1
            state.policy = LevelPolicy(threads: state.threads)
            current.store(state.policy.level, ordering: .relaxed)
        }
    }

    /// Compresses a block and takes the time.
    /// - Parameter body: returns the level at which it was done, `nil` when it did not get smaller.
    func timing<Result>(
        _ plainLength: Int, _ body: () -> (Result, level: Int?)
    ) -> (Result, level: Int?) {
        let start = clock()
        let result = body()
        let time = clock() - start
        state.withLock { state in
            // Others say nothing about what the present level costs.
            guard result.level == state.policy.level else { return }
            state.compressing += time
            state.compressedBytes += plainLength
        }
        return result
    }

    /// Chooses anew when a pack was handed over and enough has been seen.
    func observe(_ balance: UploadBalance) {
        state.withLock { state in
            let elapsed = balance.time - state.begin.time
            guard elapsed >= Self.shortest else { return }
            let waited = balance.waitingTime - state.begin.waitingTime
            let empty = balance.emptyTime - state.begin.emptyTime
            // Packs that are sent side by side are stored side by side too, so waiting comes in
            // bursts: only a whole round says how it is. The first long wait needs no more proof,
            // and neither does a line on which there is nothing.
            guard
                balance.stored - state.begin.stored >= balance.senders
                    || (state.isFirst && waited * 2 >= elapsed * state.threads)
                    || empty * 4 >= elapsed
            else { return }
            state.policy.take(
                LevelObservation(
                    seconds: elapsed / .seconds(1), threads: state.threads,
                    waitingSeconds: waited / .seconds(1),
                    compressingSeconds: state.compressing / .seconds(1),
                    compressedBytes: Double(state.compressedBytes), senders: balance.senders,
                    idleSeconds: (balance.idleTime - state.begin.idleTime) / .seconds(1),
                    emptySeconds: empty / .seconds(1)))
            current.store(state.policy.level, ordering: .relaxed)
            state.isFirst = false
            state.begin = balance
            state.compressing = .zero
            state.compressedBytes = 0
        }
    }
}
