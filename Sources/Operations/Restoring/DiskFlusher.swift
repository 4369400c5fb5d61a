import WorkerThreads

/// Has what is written go to the disk while a restore goes on: the disk would have nothing to do
/// meanwhile, and all of it at the end (Specs/performance.md).
final class DiskFlusher: Sendable {
    /// What is written within so little time waits for the end of the restore.
    static let pauseInMilliseconds = 500

    private let isEnded = Monitor(false)

    /// Flushes again and again, by a thread in `threads`.
    /// - Parameter flush: its error becomes that of the threads.
    init(
        _ threads: ThreadGroup, pauseInMilliseconds: Int = DiskFlusher.pauseInMilliseconds,
        _ flush: @escaping @Sendable () throws -> Void
    ) {
        threads.onFailure { [self] in end() }
        threads.spawn { [isEnded] in
            while isEnded.wait(atMost: pauseInMilliseconds, for: { $0 ? true : nil }) == nil {
                try flush()
            }
        }
    }

    /// Lets the thread end; what it has not flushed is left to the caller.
    func end() { isEnded.update { $0 = true } }
}
