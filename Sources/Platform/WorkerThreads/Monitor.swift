#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// State that threads share, with waiting: a mutex and a condition variable around it.
///
/// Bodies must be short and must not call out. `Mutex` of the standard library serves where nobody
/// waits for a change.
package final class Monitor<State>: @unchecked Sendable {
    // @unchecked: `state` is touched only between lock and unlock of `mutex`.

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    /// Shared state with its first value.
    package init(_ state: sending State) {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        // Both initialisers cannot fail with default attributes on the supported systems.
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        self.state = state
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone, then wakes every thread that waits.
    package func update<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        return try body(&state)
    }

    /// Runs `body` alone, and wakes nobody.
    package func read<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Waits until `body` returns a value, calling it again after each `update`.
    package func wait<Result>(for body: (inout State) throws -> Result?) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        while true {
            if let result = try body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Wakes the others last: while the mutex is locked they could do nothing but wait again.
    private func unlockAndWake() {
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }
}
