/// A request that got no complete answer.
package struct HTTPError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// The URL or a setting is not usable; nothing was sent.
        package static let invalidRequest = Code(description: "request is invalid")
        /// The host's name has no address.
        package static let cannotResolve = Code(description: "host name cannot be resolved")
        /// Nobody answers at the address.
        package static let cannotConnect = Code(description: "cannot connect")
        /// The proxy cannot be found or refuses.
        package static let proxyFailed = Code(description: "proxy failed")
        /// The certificate is not the host's, not valid, or not signed by a known authority.
        package static let untrusted = Code(description: "certificate is not trusted")
        /// The certificate authorities' file cannot be read.
        package static let noAuthorities = Code(description: "certificate file cannot be read")
        /// The two sides found no common way to encrypt.
        package static let handshakeFailed = Code(description: "TLS handshake failed")
        /// Connecting took too long, or nothing moved for too long.
        package static let timedOut = Code(description: "timed out")
        /// The connection ended before the answer was complete.
        package static let connectionLost = Code(description: "connection was lost")
        /// What came is no HTTP.
        package static let malformedAnswer = Code(description: "answer is not HTTP")
        /// The answer is longer than the request allows.
        package static let answerTooLong = Code(description: "answer is too long")
        /// The caller does not want the answer any more.
        package static let cancelled = Code(description: "cancelled")
        /// Anything else.
        package static let other = Code(description: "transfer failed")
    }

    /// What kind of failure.
    package let code: Code
    /// The host and port that the request was for.
    package let authority: String
    /// The words of libcurl.
    package let cause: String

    /// A failure.
    package init(_ code: Code, _ authority: String, cause: String) {
        self.code = code
        self.authority = authority
        self.cause = cause
    }

    package var description: String { "\(code) (\(authority)): \(cause)" }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
