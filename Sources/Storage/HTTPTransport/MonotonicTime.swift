#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The time that only ever goes on.
enum MonotonicTime {
    /// Nanoseconds since some moment before the process began.
    static func now() -> UInt64 {
        var time = timespec()
        // It fails for unknown clocks only, and every system has this one.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
