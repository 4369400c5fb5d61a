internal import CLibcurl
import WorkerThreads

/// One exchange on a handle of libcurl: gives the request, takes the answer, and judges at the end
/// what came. For the event loop's thread.
///
/// Next: `Transfer+Options.swift` says how libcurl is to go about it.
final class Transfer {
    let exchange: Exchange
    let easy: EasyHandle
    /// Where libcurl writes what went wrong.
    let errorText: UnsafeMutablePointer<CChar>
    /// The header fields, which libcurl reads until the end.
    var headerLines = HeaderList()

    private(set) var cursor: BodyCursor
    private var head = AnswerHead()
    /// Where the body of the answer goes.
    private enum Target {
        case memory(HTTPBody)
        case receiver(any BodyReceiver)
    }

    /// `nil` before the first byte of it.
    private var target: Target?
    /// How many bytes of the body have come and were taken.
    private var received = 0
    /// How many of those that come next the limit of the rate has allowed already.
    private var allowed = 0
    /// Whether the receiver has asked for a pause.
    private var awaitsReceiver = false
    /// Why a callback has ended the transfer.
    private var ownFailure: (code: HTTPError.Code, cause: String)?
    private let pool: MemoryPool
    /// Called from any thread when the receiver wants the transfer to go on.
    private let goOn: @Sendable (Exchange) -> Void
    private let uploadLimit: RateLimit
    private let downloadLimit: RateLimit
    private let usesKnownProxy: Bool
    private var watch: StallWatch

    /// SEEK_SET of the C library, by which libcurl says from where it counts.
    private static let fromStart: CInt = 0
    /// Small answers without a length fit in.
    private static let capacityWithoutLength = 64 * 1024

    init(
        _ exchange: Exchange, on easy: EasyHandle, _ settings: HTTPSettings,
        pool: MemoryPool, upload: RateLimit, download: RateLimit, now: UInt64,
        goOn: @escaping @Sendable (Exchange) -> Void
    ) {
        self.exchange = exchange
        self.pool = pool
        self.goOn = goOn
        self.easy = easy
        cursor = BodyCursor(exchange.request.body)
        uploadLimit = upload
        downloadLimit = download
        usesKnownProxy = settings.proxy?.isEmpty == false
        watch = StallWatch(limitInSeconds: settings.stallTimeoutInSeconds, now: now)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { errorText.deallocate() }

    /// What is counted to keep to the limit of connections.
    static func admissionKey(_ request: HTTPRequest) -> String {
        "\(request.url.scheme.rawValue)://\(request.url.authority)"
    }

    /// Takes a line of the head.
    /// - Returns: how many bytes were taken; fewer than there are end the transfer.
    func receiveLine(_ line: UnsafeRawBufferPointer) -> Int {
        guard head.append(line) else {
            ownFailure = (.malformedAnswer, "the header fields never end")
            return 0
        }
        return line.count
    }

    /// Takes bytes of the body.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.isEmpty { return 0 }
        // What is given again is paid for.
        if bytes.count > allowed {
            let more = bytes.count - allowed
            if downloadLimit.allow(more, of: self, isDivisible: false) == 0 {
                return Int(CURL_WRITEFUNC_PAUSE)
            }
            allowed = bytes.count
        }
        let limit = exchange.request.answerLimitInBytes
        // Checked before any memory is taken, and before most of it has come.
        let length = easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        guard length <= Int64(limit), received + bytes.count <= limit else { return refuse(limit) }
        let target = self.target ?? makeTarget(length)
        self.target = target
        switch target {
        case .memory(let body): body.append(bytes)
        case .receiver(let receiver):
            switch receiver.receive(bytes, resume: { [goOn, exchange] in goOn(exchange) }) {
            case .taken: break
            case .later:
                awaitsReceiver = true
                return Int(CURL_WRITEFUNC_PAUSE)
            case .refused:
                ownFailure = (.cancelled, "nobody needs the answer any more")
                return 0
            }
        }
        received += bytes.count
        allowed -= bytes.count
        return bytes.count
    }

    private func makeTarget(_ length: Int64) -> Target {
        if let receiver = exchange.request.receiver,
            receiver.begin(status: head.status, fields: head.fields)
        {
            return .receiver(receiver)
        }
        let capacity = length >= 0 ? Int(length) : Self.capacityWithoutLength
        return .memory(HTTPBody(capacity: capacity, from: pool))
    }

    private func refuse(_ limitInBytes: Int) -> Int {
        ownFailure = (.answerTooLong, "the answer is longer than \(limitInBytes) bytes")
        return 0
    }

    /// Gives bytes of the request's body.
    func sendBody(_ target: UnsafeMutableRawBufferPointer) -> Int {
        let wanted = min(target.count, cursor.remaining)
        if wanted == 0 { return 0 }
        let allowed = uploadLimit.allow(wanted, of: self, isDivisible: true)
        if allowed == 0 { return Int(CURL_READFUNC_PAUSE) }
        return cursor.read(into: UnsafeMutableRawBufferPointer(rebasing: target[..<allowed]))
    }

    /// Goes to a place of the request's body.
    func seekBody(to offset: Int, origin: CInt) -> CInt {
        origin == Self.fromStart && cursor.seek(to: offset)
            ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    }

    /// Lets libcurl go on where no limit holds, and the receiver does not.
    func resume() throws(CurlFailure) {
        try easy.pause(
            receiving: downloadLimit.isHolding(self) || awaitsReceiver,
            sending: uploadLimit.isHolding(self))
    }

    /// As `resume`, because the receiver wants it.
    func resumeForReceiver() throws(CurlFailure) {
        // Before: libcurl gives the bytes again at once.
        awaitsReceiver = false
        try resume()
    }

    /// Whether nothing has moved for too long.
    func isStalled(now: UInt64) -> Bool {
        // libcurl has a time-out of its own for connecting.
        let isConnecting = easy.offset(CURLINFO_PRETRANSFER_TIME_T) == 0
        let isHeld =
            uploadLimit.isHolding(self) || downloadLimit.isHolding(self) || awaitsReceiver
        let bytes =
            easy.offset(CURLINFO_SIZE_UPLOAD_T) + easy.offset(CURLINFO_SIZE_DOWNLOAD_T)
            + Int64(easy.long(CURLINFO_HEADER_SIZE) + easy.long(CURLINFO_REQUEST_SIZE))
        return watch.isStalled(bytes: bytes, isExcused: isConnecting || isHeld, now: now)
    }

    /// Leaves the limits and the handle, which keeps no address of this; nothing is called back any
    /// more.
    func detach() {
        uploadLimit.release(self)
        downloadLimit.release(self)
        easy.reset()
    }

    /// What has come out, given how libcurl has ended the transfer.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        let authority = exchange.request.url.authority
        if let ownFailure {
            return .failure(HTTPError(ownFailure.code, authority, cause: ownFailure.cause))
        }
        let isLost = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR
        if (code == CURLE_OK && isWhole) || (isLost && isWholeRefusal) {
            return .success(response)
        }
        if code == CURLE_OK {
            let cause = "the connection ended before the answer was complete"
            return .failure(HTTPError(.connectionLost, authority, cause: cause))
        }
        let circumstances = TransferCircumstances(
            text: String(cString: errorText), usesKnownProxy: usesKnownProxy,
            proxyStatus: easy.long(CURLINFO_HTTP_CONNECTCODE),
            hasSentRequest: easy.long(CURLINFO_REQUEST_SIZE) > 0)
        return .failure(HTTPError(code, authority, circumstances))
    }

    private var response: HTTPResponse {
        let body: HTTPBody
        var taken: Int?
        switch target {
        case .memory(let memory): body = memory
        case .receiver:
            body = HTTPBody(capacity: 0)
            taken = received
        case nil: body = HTTPBody(capacity: 0)
        }
        return HTTPResponse(
            status: head.status, fields: head.fields, body: body, receivedInBytes: taken,
            connection: connection)
    }

    /// libcurl is content with an answer that ends in the middle of its head, and with the thanks
    /// of a server for what it has not read.
    private var isWhole: Bool {
        head.isComplete && (head.status >= 300 || cursor.remaining == 0)
    }

    /// Whether the server has refused the request before it was sent, and has said all about it:
    /// that it closed the connection then is no news.
    private var isWholeRefusal: Bool {
        let length = easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        return head.isComplete && head.status >= 300 && length == Int64(received)
    }

    private var connection: HTTPConnection {
        var connection = HTTPConnection()
        connection.isNew = easy.long(CURLINFO_NUM_CONNECTS) > 0
        let address = easy.text(CURLINFO_PRIMARY_IP)
        if !address.isEmpty {
            let host = address.contains(":") ? "[\(address)]" : address
            connection.remoteAddress = "\(host):\(easy.long(CURLINFO_PRIMARY_PORT))"
        }
        guard connection.isNew else { return connection }
        let resolved = easy.offset(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = easy.offset(CURLINFO_CONNECT_TIME_T)
        let encrypted = easy.offset(CURLINFO_APPCONNECT_TIME_T)
        connection.resolveInMicroseconds = resolved
        connection.connectInMicroseconds = max(0, connected - resolved)
        connection.handshakeInMicroseconds = max(0, encrypted - connected)
        return connection
    }
}
