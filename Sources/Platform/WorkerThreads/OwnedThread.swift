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

    /// The stack of a thread that walks over trees, for that is done by recursion: enough for some
    /// ten thousand folders in each other, also where nothing is optimized. Memory is what is used.
    package static let deepStackInBytes = 256 * 1024 * 1024

    /// Starts a thread.
    /// - Parameter stackInBytes: the size of its stack, if there is room for that; `nil` for the
    ///   usual one of the system.
    package init(stackInBytes: Int? = nil, _ body: @escaping @Sendable () -> Void) {
        thread = ThreadStart(body).run(stackInBytes)
    }

    /// Waits for the end of the body; to be called exactly once, and by another thread.
    package func join() { pthread_join(thread, nil) }
}

/// Carries a closure through `pthread_create`.
private final class ThreadStart: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func run(_ stackInBytes: Int?) -> pthread_t {
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let context = Unmanaged.passRetained(self).toOpaque()
        var result: CInt = -1
        if let stackInBytes {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            if pthread_attr_setstacksize(&attributes, stackInBytes) == 0 {
                result = pthread_create(&thread, &attributes, threadMain, context)
            }
        }
        // Where addresses are limited, the usual stack has to do.
        if result != 0 { result = pthread_create(&thread, nil, threadMain, context) }
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
