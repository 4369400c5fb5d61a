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
        // None of these can fail on the supported systems.
        pthread_mutex_init(mutex, nil)
        #if canImport(Glibc)
        // Times are taken from a clock that nobody sets.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #else
        pthread_cond_init(condition, nil)
        #endif
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

    /// As `wait`, but for no longer than a time, by a clock that nobody sets.
    /// - Returns: `nil` when the time is up.
    package func wait<Result>(
        atMost milliseconds: Int, for body: (inout State) throws -> Result?
    ) rethrows -> Result? {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(milliseconds)
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        while true {
            if let result = try body(&state) { return result }
            let rest = end - clock.now
            guard rest > .zero else { return nil }
            waitForSignal(atMost: rest)
        }
    }

    /// Waits for a signal, which may come without reason, or until the time is up.
    private func waitForSignal(atMost time: Duration) {
        let (seconds, attoseconds) = time.components
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        #if canImport(Glibc)
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        limit.tv_sec += now.tv_sec
        limit.tv_nsec += now.tv_nsec
        if limit.tv_nsec >= 1_000_000_000 {
            limit.tv_sec += 1
            limit.tv_nsec -= 1_000_000_000
        }
        pthread_cond_timedwait(condition, mutex, &limit)
        #else
        pthread_cond_timedwait_relative_np(condition, mutex, &limit)
        #endif
    }

    /// Wakes the others last: while the mutex is locked they could do nothing but wait again.
    private func unlockAndWake() {
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }
}
