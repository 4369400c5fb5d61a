import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A run was asked to stop: by Ctrl-C or by a signal.
package struct Interrupted: Error, Equatable {
    /// The error.
    package init() {}
}

/// Tells a run that it should stop; set from a signal handler, read by every stage.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    /// Not cancelled.
    package init() {}

    /// Asks to stop. Async-signal-safe: one atomic store.
    package func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether `cancel` was called.
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Throws `Interrupted` once `cancel` was called.
    package func check() throws(Interrupted) {
        if isCancelled { throw Interrupted() }
    }

    /// Waits, and returns earlier, within a tenth of a second, once `cancel` was called.
    package func sleep(milliseconds: UInt64) {
        var rest = milliseconds
        while rest > 0, !isCancelled {
            let slice = min(rest, 100)
            // A signal may end a slice early; the wait then is a little shorter.
            usleep(UInt32(slice) * 1000)
            rest -= slice
        }
    }
}
