import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Threads that live no longer than the call of `withThreads` that made them.
///
/// Disk, compression and network calls block, so they run here and not on the cooperative pool of
/// Swift's tasks (Specs/decisions/0007-use-threads.md).
package final class ThreadGroup: Sendable {
    private struct State {
        var threads: [OwnedThread] = []
        var failure: (any Error)?
        var failureActions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    fileprivate init() {}

    /// Starts a thread; its error becomes the error of `withThreads`.
    /// - Parameter stackInBytes: the size of its stack; `nil` for the usual one.
    package func spawn(
        stackInBytes: Int? = nil, _ body: @escaping @Sendable () throws -> Void
    ) {
        let thread = OwnedThread(stackInBytes: stackInBytes) { [self] in
            do {
                try body()
            } catch {
                fail(error)
            }
        }
        state.withLock { $0.threads.append(thread) }
    }

    /// Adds what is to be done when a thread fails: cancelling the queues that others wait for.
    /// It runs at once when one has failed already.
    package func onFailure(_ action: @escaping @Sendable () -> Void) {
        let hasFailed = state.withLock { state in
            state.failureActions.append(action)
            return state.failure != nil
        }
        if hasFailed { action() }
    }

    /// Whether a thread has failed.
    package var hasFailed: Bool { state.withLock { $0.failure != nil } }

    fileprivate func fail(_ error: any Error) {
        let actions = state.withLock { state -> [@Sendable () -> Void] in
            guard state.failure == nil else { return [] }
            state.failure = error
            return state.failureActions
        }
        for action in actions { action() }
    }

    fileprivate func join() -> (any Error)? {
        // Threads may start further threads, so the list is read until it stays empty.
        while let thread = state.withLock({ $0.threads.popLast() }) { thread.join() }
        return state.withLock { $0.failure }
    }
}

/// Runs `body`, waits for all threads that it started, and throws the first error of any of them.
package func withThreads<Result>(_ body: (ThreadGroup) throws -> Result) throws -> Result {
    let group = ThreadGroup()
    var result: Result?
    do {
        result = try body(group)
    } catch {
        group.fail(error)
    }
    if let failure = group.join() { throw failure }
    guard let result else { preconditionFailure("a body without a result has failed") }
    return result
}

/// The number of processors that this process may use: glibc counts those of the affinity mask.
package func processorCount() -> Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }
