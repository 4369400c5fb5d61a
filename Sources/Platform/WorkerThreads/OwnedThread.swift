#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A thread that lives until its body returns, and that its owner waits for.
package final class OwnedThread: Sendable {
    #if canImport(Glibc)
    private let thread: pthread_t
    #else
    // A pointer that is only ever handed to pthread_join.
    private nonisolated(unsafe) let thread: pthread_t
    #endif

    /// Starts a thread.
    package init(_ body: @escaping @Sendable () -> Void) { thread = ThreadStart(body).run() }

    /// Waits for the end of the body; to be called exactly once, and by another thread.
    package func join() { pthread_join(thread, nil) }
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
