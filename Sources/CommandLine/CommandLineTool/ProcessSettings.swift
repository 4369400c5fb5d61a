import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is set once for the whole process.
enum ProcessSettings {
    /// Cancelled by Ctrl-C and by SIGTERM; a second signal ends the process at once, which is safe
    /// too, only less tidy.
    static let cancellation = Cancellation()

    static func apply() {
        raiseFileLimit()
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                ProcessSettings.cancellation.cancel()
                signal(number, SIG_DFL)
            }
        }
        // The first use of a global from within a signal handler would not be safe.
        _ = cancellation
    }

    /// Directories stay open while their files are read: more than the usual 1,024 in deep trees.
    private static func raiseFileLimit() {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(resource, &limit)
    }
}
