import FileHandles
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

    static func apply() {
        ProcessLimits.raiseDescriptorLimit()
        ProcessLimits.shareHeaps()
    }
}
