import Synchronization

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
}
