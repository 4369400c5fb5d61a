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
        var threads: [pthread_t] = []
        var failure: (any Error)?
        var failureActions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    fileprivate init() {}

    /// Starts a thread; its error becomes the error of `withThreads`.
    package func spawn(_ body: @escaping @Sendable () throws -> Void) {
        let start = ThreadStart { [self] in
            do {
                try body()
            } catch {
                fail(error)
            }
        }
        let thread = start.run()
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
        while let thread = state.withLock({ $0.threads.popLast() }) { pthread_join(thread, nil) }
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

/// Carries a closure through `pthread_create`.
private final class ThreadStart: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func run() -> pthread_t {
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&thread, nil, threadMain, context)
        precondition(result == 0, "the system has no thread left")
        #if canImport(Glibc)
        return thread
        #else
        // pthread_create has succeeded, so it has set the thread.
        return thread!
        #endif
    }

    fileprivate func callAsFunction() { body() }
}

#if canImport(Glibc)
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()()
    return nil
}
#else
private func threadMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()()
    return nil
}
#endif

/// The number of processors that this process may use: glibc counts those of the affinity mask.
package func processorCount() -> Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }
