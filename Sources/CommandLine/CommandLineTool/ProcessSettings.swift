import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is set once for the whole process.
enum ProcessSettings {
    private static let token = Cancellation()

    /// Cancelled by Ctrl-C and by SIGTERM, for commands that have something to end in good order;
    /// the first use catches the signals. A second signal ends the process at once, which is safe
    /// too, only less tidy. Commands that never ask for it end at the first one.
    static let cancellation: Cancellation = {
        // Made before the handler may need it: making a global within one would not be safe.
        let made = token
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                ProcessSettings.token.cancel()
                signal(number, SIG_DFL)
            }
        }
        return made
    }()

    static func apply() { raiseFileLimit() }

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
