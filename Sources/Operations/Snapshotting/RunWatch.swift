import WorkerThreads

/// Says to a worker whether to go on with what takes long: a stream, or a large file. Each time it
/// is asked it keeps the session of the run, which nobody else does meanwhile: the assembler waits
/// for the worker. For one thread.
final class RunWatch {
    private let cancellation: Cancellation
    private let queue: WorkQueue
    private let keepYoung: () throws -> Void
    private var failure: (any Error)?

    /// - Parameter keepYoung: keeps the session that the run goes on under.
    init(
        _ cancellation: Cancellation, _ queue: WorkQueue, _ keepYoung: @escaping () throws -> Void
    ) {
        self.cancellation = cancellation
        self.queue = queue
        self.keepYoung = keepYoung
    }

    /// Whether nothing has stopped the run.
    func goesOn() -> Bool {
        if failure != nil || cancellation.isCancelled || queue.isCancelled { return false }
        do {
            try keepYoung()
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Why it does not go on. Where another thread has failed, that one's error is shown.
    var reason: any Error { failure ?? Interrupted() }
}
