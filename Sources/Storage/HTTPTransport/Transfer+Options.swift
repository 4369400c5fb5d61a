internal import CLibcurl

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Transfer {
    /// How long a connection without a request is good for; AWS closes it after some 30 seconds.
    private static let keptConnectionInSeconds = 25
    /// The first question to a silent peer comes after 30 seconds, further ones every 15.
    private static let keepAliveInSeconds = (first: 30, further: 15)
    /// Buffers of a transfer. On loopback, larger ones were not cheaper, and the defaults (64 and
    /// 16 KiB) took a quarter more time of the processor.
    private static let bufferInBytes = (sending: 256 * 1024, receiving: 512 * 1024)
    /// With a limit, libcurl hands over no more than this at once: a large piece would be paid for
    /// by a long pause.
    private static let limitedBufferInBytes = 16 * 1024

    /// Whether the system's authorities are in one file that libcurl knows of.
    private static let isSystemInOneFile: Bool = {
        guard let path = curl_version_info(CURLVERSION_SEVENTH).pointee.cainfo else { return false }
        return access(path, R_OK) == 0
    }()

    /// Sets all options of a handle that has none.
    func configure(_ settings: HTTPSettings) throws(CurlFailure) {
        try setRequest()
        try setConnection(settings)
        try setTrust(settings)
        try setBuffers(settings)
        try setCallbacks()
    }

    private func setRequest() throws(CurlFailure) {
        let request = exchange.request
        try easy.set(CURLOPT_URL, text: request.url.description)
        // Signatures are made over the path as it is.
        try easy.set(CURLOPT_PATH_AS_IS, 1)
        try easy.set(CURLOPT_FOLLOWLOCATION, 0)
        switch request.method {
        case .get: try easy.set(CURLOPT_HTTPGET, 1)
        case .head: try easy.set(CURLOPT_NOBODY, 1)
        case .delete: try easy.set(CURLOPT_CUSTOMREQUEST, text: "DELETE")
        case .put, .post:
            // A POST goes the way of a PUT: nothing is copied, no type is made up.
            try easy.set(CURLOPT_UPLOAD, 1)
            try easy.set(CURLOPT_INFILESIZE_LARGE, sizeInBytes: cursor.count)
            if request.method == .post { try easy.set(CURLOPT_CUSTOMREQUEST, text: "POST") }
        }
        for field in request.fields.all {
            // A field without a value is written with a semicolon, or it would be left out.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            try headerLines.append(line)
        }
        // Without a value: what libcurl would add by itself. R2 never answers an Expect.
        if request.fields["Expect"] == nil { try headerLines.append("Expect:") }
        if request.fields["Accept"] == nil { try headerLines.append("Accept:") }
        try easy.set(CURLOPT_HTTPHEADER, list: headerLines)
    }

    private func setConnection(_ settings: HTTPSettings) throws(CurlFailure) {
        try easy.set(CURLOPT_PROTOCOLS_STR, text: "http,https")
        try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try easy.set(CURLOPT_USERAGENT, text: settings.userAgent)
        // No: the constant's type depends on the version of the header.
        try easy.set(CURLOPT_NETRC, 0)
        // Threads and signals do not go together.
        try easy.set(CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer would hold all transfers when one is given up.
        try easy.set(CURLOPT_QUICK_EXIT, 1)
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeoutInMilliseconds)
        try easy.set(CURLOPT_MAXAGE_CONN, Self.keptConnectionInSeconds)
        try easy.set(CURLOPT_TCP_KEEPALIVE, 1)
        try easy.set(CURLOPT_TCP_KEEPIDLE, Self.keepAliveInSeconds.first)
        try easy.set(CURLOPT_TCP_KEEPINTVL, Self.keepAliveInSeconds.further)
        // The fields of a proxy's answer to CONNECT are not the answer's.
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let proxy = settings.proxy {
            try easy.set(CURLOPT_PROXY, text: proxy)
            // Or the variable no_proxy would have a say.
            try easy.set(CURLOPT_NOPROXY, text: "")
        }
    }

    private func setTrust(_ settings: HTTPSettings) throws(CurlFailure) {
        try easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        // 2: the certificate has to be the host's.
        try easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = settings.authoritiesPath {
            try easy.set(CURLOPT_CAINFO, text: path)
        }
        if settings.authoritiesPath != nil || Self.isSystemInOneFile {
            // Or the system's folder of authorities would be trusted as well. Where the system has
            // a file, too, the folder holds the same; and only without a folder does libcurl keep
            // what it has read for the next connection, which saves it 17 milliseconds.
            try easy.set(CURLOPT_CAPATH, text: nil)
        }
    }

    private func setBuffers(_ settings: HTTPSettings) throws(CurlFailure) {
        let isSendingLimited = settings.uploadLimitInBytesPerSecond != nil
        let isReceivingLimited = settings.downloadLimitInBytesPerSecond != nil
        try easy.set(
            CURLOPT_UPLOAD_BUFFERSIZE,
            isSendingLimited ? Self.limitedBufferInBytes : Self.bufferInBytes.sending)
        try easy.set(
            CURLOPT_BUFFERSIZE,
            isReceivingLimited ? Self.limitedBufferInBytes : Self.bufferInBytes.receiving)
    }

    private func setCallbacks() throws(CurlFailure) {
        // Unretained: the event loop keeps the transfer until libcurl has let go of it.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(errorText))
        try easy.set(CURLOPT_HEADERFUNCTION, writer: TransferCallbacks.receiveLine)
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.set(CURLOPT_WRITEFUNCTION, writer: TransferCallbacks.receiveBody)
        try easy.set(CURLOPT_WRITEDATA, pointer: context)
        try easy.set(reader: TransferCallbacks.sendBody, seeker: TransferCallbacks.seekBody)
        try easy.set(CURLOPT_READDATA, pointer: context)
        try easy.set(CURLOPT_SEEKDATA, pointer: context)
    }
}
