import FileHandles
import FileTree
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
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

    /// What the sessions of this process are like.
    static func session(_ store: OpenStore) throws -> SessionEnvironment {
        var environment = SessionEnvironment(
            host: Machine.hostName(), process: Machine.processID,
            tool: "varve \(CommandLineTool.version)", leaseInSeconds: try leaseInSeconds(),
            makeRandomBits: {
                var random = SystemRandomNumberGenerator()
                return RandomBits(high: random.next(), low: random.next())
            },
            uptimeInSeconds: Machine.uptimeInSeconds)
        environment.trustsStoreClock = store.bucket != nil
        return environment
    }

    private static func leaseInSeconds() throws -> UInt32 {
        guard let text = ProcessEnvironment.variable("VARVE_SESSION_LEASE"), !text.isEmpty else {
            return SessionEnvironment.usualLeaseInSeconds
        }
        guard let lease = UInt32(text), lease <= ProtocolMarker.longestLeaseInSeconds else {
            throw Failure(
                usage:
                    "VARVE_SESSION_LEASE is \"\(text)\", which is no number of seconds from 0 to "
                    + "\(ProtocolMarker.longestLeaseInSeconds)",
                remedy: "VARVE_SESSION_LEASE=21600")
        }
        return lease
    }

    static func apply() {
        ProcessLimits.raiseDescriptorLimit()
        ProcessLimits.shareHeaps()
        // Ignored, as some parents have it, it would hide how the programs end that we start.
        signal(SIGCHLD, SIG_DFL)
    }
}
