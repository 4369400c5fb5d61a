#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

/// What the whole process takes of the system; set once, before anything else.
package enum ProcessLimits {
    /// glibc gives each thread a heap of its own, and what one thread has freed is of no use to the
    /// others: blocks and packs, made by one thread and freed by another, would leave holes of many
    /// megabytes. Two heaps are enough for threads that hash and compress most of the time.
    private static let mostHeaps: CInt = 2

    /// How many files may be open at least, where the system allows it.
    private static let mostDescriptors: rlim_t = 65_536

    /// Has the threads share heaps.
    package static func shareHeaps() {
        #if canImport(Glibc)
        // A failure only means that more memory is kept.
        _ = varve_limit_arenas(mostHeaps)
        #endif
    }

    /// Raises the number of files that may be open: directories stay open while their files are
    /// read, and the usual 1,024 are too few in deep trees.
    package static func raiseDescriptorLimit() {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, mostDescriptors))
        setrlimit(resource, &limit)
    }
}
