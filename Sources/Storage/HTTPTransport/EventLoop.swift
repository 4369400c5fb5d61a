import Synchronization
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where requests of any thread come in, and the thread's loop that lets libcurl work on them.
final class EventLoop: Sendable {
    private struct Inbox {
        var exchanges: [Exchange] = []
        /// Those whose receivers want them to go on.
        var resumed: [Exchange] = []
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: MultiHandle
    private let settings: HTTPSettings

    init(_ settings: HTTPSettings) throws(CurlFailure) {
        self.settings = settings
        multi = try MultiHandle(keptConnections: 2 * max(1, settings.connectionLimit))
    }

    /// Hands over an exchange.
    /// - Returns: `false` when the loop is closed; nobody answers then.
    func submit(_ exchange: Exchange) -> Bool {
        inbox.withLock { inbox in
            if inbox.isClosed { return false }
            inbox.exchanges.append(exchange)
            multi.wakeUp()
            return true
        }
    }

    private func resume(_ exchange: Exchange) {
        inbox.withLock { inbox in
            inbox.resumed.append(exchange)
            multi.wakeUp()
        }
    }

    /// Lets `run` return soon.
    func close() {
        inbox.withLock { inbox in
            inbox.isClosed = true
            multi.wakeUp()
        }
    }

    /// Works until `close`; then whatever is not answered is cancelled. To be called once.
    func run() {
        blockBrokenPipeSignals()
        // A receiver may call when the loop has long ended, so the loop is kept.
        var transfers = TransferSet(settings, multi) { [self] in resume($0) }
        do {
            while takeArrived(&transfers) {
                if settings.cancellation.isCancelled {
                    transfers.endAll(.cancelled, cause: "the run was cancelled")
                }
                try transfers.work()
            }
            transfers.endAll(.cancelled, cause: "the connections were closed")
        } catch {
            close()
            _ = takeArrived(&transfers)
            transfers.endAll(.other, cause: error.cause)
        }
    }

    /// - Returns: whether to go on.
    private func takeArrived(_ transfers: inout TransferSet) -> Bool {
        let news = inbox.withLock { inbox in
            defer {
                inbox.exchanges = []
                inbox.resumed = []
            }
            return inbox
        }
        transfers.add(news.exchanges)
        transfers.resume(news.resumed)
        return !news.isClosed
    }

    /// A connection that breaks while TLS writes must not end the process.
    private func blockBrokenPipeSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
