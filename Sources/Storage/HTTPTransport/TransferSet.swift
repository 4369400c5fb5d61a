internal import CLibcurl
import WorkerThreads

/// All transfers of an event loop, those that wait included. For its thread.
struct TransferSet {
    /// How often transfers are looked after that neither end nor move: within this time a
    /// cancellation is noticed. Without transfers there is nothing to look after.
    private static let checkIntervalInNanoseconds: UInt64 = 100_000_000

    private let settings: HTTPSettings
    private let multi: MultiHandle
    private let pool = MemoryPool.forBodies()
    private let upload: RateLimit
    private let download: RateLimit
    private var queue: AdmissionQueue<Exchange>
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    /// Handles without a transfer.
    private var idle: [EasyHandle] = []
    private var nextCheck: UInt64 = 0
    private let goOn: @Sendable (Exchange) -> Void

    /// - Parameter goOn: called from any thread when `resume` is to be called for an exchange.
    init(
        _ settings: HTTPSettings, _ multi: MultiHandle,
        goOn: @escaping @Sendable (Exchange) -> Void
    ) {
        self.settings = settings
        self.multi = multi
        self.goOn = goOn
        let clock = MonotonicTime.now
        upload = RateLimit(bytesPerSecond: settings.uploadLimitInBytesPerSecond, clock: clock)
        download = RateLimit(bytesPerSecond: settings.downloadLimitInBytesPerSecond, clock: clock)
        queue = AdmissionQueue(limitPerKey: settings.connectionLimit)
    }

    /// Takes in new exchanges.
    mutating func add(_ exchanges: [Exchange]) {
        for exchange in exchanges {
            queue.append(exchange, key: Transfer.admissionKey(exchange.request))
        }
    }

    /// Does what can be done now, and waits until there is more to do.
    /// - Throws: when libcurl can no longer be relied on.
    mutating func work() throws(CurlFailure) {
        try multi.perform()
        finishEnded()
        resumeHeld()
        endStalled()
        startAdmitted()
        try multi.wait(milliseconds: waitInMilliseconds)
    }

    /// Ends all exchanges.
    mutating func endAll(_ code: HTTPError.Code, cause: String) {
        for exchange in queue.removeWaiting() { exchange.fail(code, cause: cause) }
        for transfer in Array(active.values) { end(transfer, code, cause: cause) }
    }

    private mutating func startAdmitted() {
        while let exchange = queue.next() {
            do {
                try start(exchange)
            } catch {
                queue.release(key: Transfer.admissionKey(exchange.request))
                exchange.fail(.other, cause: error.cause)
            }
        }
    }

    private mutating func start(_ exchange: Exchange) throws(CurlFailure) {
        let easy: EasyHandle
        if let used = idle.popLast() { easy = used } else { easy = try EasyHandle() }
        let transfer = Transfer(
            exchange, on: easy, settings, pool: pool, upload: upload, download: download,
            now: MonotonicTime.now(), goOn: goOn)
        do throws(CurlFailure) {
            try transfer.configure(settings)
            try multi.add(transfer.easy)
        } catch {
            transfer.detach()
            throw error
        }
        active[transfer.easy.raw] = transfer
    }

    private mutating func finishEnded() {
        while let (raw, code) = multi.nextEnded() {
            guard let transfer = active[raw] else {
                preconditionFailure("libcurl has ended a transfer that was not started")
            }
            finish(transfer, code)
        }
    }

    private mutating func finish(_ transfer: Transfer, _ code: CURLcode) {
        // Before the handle forgets what it knows of the transfer.
        let result = transfer.result(code)
        remove(transfer, isHandleUsable: code == CURLE_OK)
        transfer.exchange.finish(result)
    }

    private mutating func end(_ transfer: Transfer, _ code: HTTPError.Code, cause: String) {
        remove(transfer, isHandleUsable: false)
        transfer.exchange.fail(code, cause: cause)
    }

    /// Forgets a transfer.
    /// - Parameter isHandleUsable: whether its handle may serve another one. After a failure it can
    ///   have a buffer left, and then it takes no size of buffers.
    private mutating func remove(_ transfer: Transfer, isHandleUsable: Bool) {
        active[transfer.easy.raw] = nil
        multi.remove(transfer.easy)
        transfer.detach()
        if isHandleUsable, idle.count < settings.connectionLimit { idle.append(transfer.easy) }
        queue.release(key: Transfer.admissionKey(transfer.exchange.request))
    }

    /// Lets transfers go on that a limit of the rate has held.
    private mutating func resumeHeld() {
        // What comes in is handed over at once, and takes what the limit allows.
        while let transfer = download.next() { resume(transfer) }
        // What goes out is fetched later, so one transfer is enough.
        if let transfer = upload.next() { resume(transfer) }
    }

    private mutating func resume(_ transfer: Transfer) {
        do {
            try transfer.resume()
        } catch {
            finish(transfer, error.code)
        }
    }

    /// Lets transfers go on whose receivers want it; those that have ended meanwhile are no matter.
    mutating func resume(_ exchanges: [Exchange]) {
        for exchange in exchanges {
            guard let transfer = active.values.first(where: { $0.exchange === exchange }) else {
                continue
            }
            do {
                try transfer.resumeForReceiver()
            } catch {
                finish(transfer, error.code)
            }
        }
    }

    private mutating func endStalled() {
        let now = MonotonicTime.now()
        guard now >= nextCheck else { return }
        nextCheck = now + Self.checkIntervalInNanoseconds / 2
        for transfer in Array(active.values) where transfer.isStalled(now: now) {
            let limit = settings.stallTimeoutInSeconds
            end(transfer, .timedOut, cause: "nothing has moved for \(limit) seconds")
        }
    }

    private var waitInMilliseconds: Int32 {
        // Requests that wait have others under way before them.
        guard !active.isEmpty else { return .max }
        let nanoseconds = [upload.waitInNanoseconds, download.waitInNanoseconds].compactMap { $0 }
            .reduce(Self.checkIntervalInNanoseconds, min)
        return Int32((nanoseconds + 999_999) / 1_000_000)
    }
}
