#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Lets one thread at a time do something that takes long, such as writing a megabyte to a file.
///
/// Who waits sleeps. `Mutex` of the standard library has those who wait spin, on Linux, for as long
/// as the owner runs: a whole processor while it writes.
package final class Turns: @unchecked Sendable {
    // @unchecked: the mutexes are made once and used through the system's functions alone.

    private let mutexes: UnsafeMutableBufferPointer<pthread_mutex_t>

    /// - Parameter count: how many things can be done at once; those whose numbers have the same
    ///   remainder by it wait for each other.
    package init(count: Int) {
        mutexes = .allocate(capacity: count)
        for position in mutexes.indices {
            // Cannot fail with default attributes on the supported systems.
            pthread_mutex_init(mutexes.baseAddress! + position, nil)
        }
    }

    deinit {
        for position in mutexes.indices { pthread_mutex_destroy(mutexes.baseAddress! + position) }
        mutexes.deallocate()
    }

    /// Runs `body` when nobody else does anything with the number.
    package func take<Result, Failure: Error>(
        _ number: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let mutex = mutexes.baseAddress! + number % mutexes.count
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}
