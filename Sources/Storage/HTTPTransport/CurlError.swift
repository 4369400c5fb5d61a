internal import CLibcurl

/// What is known of a transfer that libcurl gave up, besides the code.
struct TransferCircumstances {
    /// The text that libcurl has left; can be empty.
    var text: String
    /// Whether the settings name a proxy.
    var usesKnownProxy: Bool
    /// The proxy's answer to CONNECT; 0 without one.
    var proxyStatus: Int
    /// Whether any of the request was sent.
    var hasSentRequest: Bool
}

extension HTTPError {
    /// The error for a code of libcurl.
    init(_ code: CURLcode, _ authority: String, _ circumstances: TransferCircumstances) {
        let general = String(cString: curl_easy_strerror(code))
        // Some texts on proxies quote their URL, which may have a password.
        let isUsable = !circumstances.text.isEmpty && !circumstances.text.contains("@")
        self.init(
            Self.code(code, circumstances), authority,
            cause: isUsable ? circumstances.text : general)
    }

    private static func code(_ code: CURLcode, _ circumstances: TransferCircumstances) -> Code {
        let isTunnelRefused = circumstances.proxyStatus != 0 && circumstances.proxyStatus / 100 != 2
        if isTunnelRefused { return .proxyFailed }
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxyFailed
        case CURLE_COULDNT_CONNECT:
            return circumstances.usesKnownProxy ? .proxyFailed : .cannotConnect
        case CURLE_UNSUPPORTED_PROTOCOL:
            // libcurl takes an answer without a status line for one of HTTP/0.9.
            return circumstances.hasSentRequest ? .malformedAnswer : .invalidRequest
        default: return codes.first { $0.curl.contains(code) }?.code ?? .other
        }
    }

    /// Where the code alone decides.
    private static let codes: [(code: Code, curl: [CURLcode])] = [
        (.invalidRequest, [CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT]),
        (.cannotResolve, [CURLE_COULDNT_RESOLVE_HOST]),
        (
            .untrusted,
            [CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS]
        ),
        (.noAuthorities, [CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE]),
        (
            .handshakeFailed,
            [CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM]
        ),
        (.timedOut, [CURLE_OPERATION_TIMEDOUT]),
        (
            .connectionLost,
            [
                CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING,
                CURLE_SEND_FAIL_REWIND,
            ]
        ),
        (
            .malformedAnswer,
            [CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, tooLargeHeader]
        ),
        (.answerTooLong, [CURLE_FILESIZE_EXCEEDED]),
    ]

    /// CURLE_TOO_LARGE of libcurl 8.6, which older headers do not name.
    private static let tooLargeHeader = CURLcode(rawValue: 100)
}
