package import WorkerThreads

/// How connections are made.
package struct HTTPSettings: Sendable {
    /// The most connections to one host.
    package var connectionLimit = 8
    /// How long connecting may take, the handshake of TLS included.
    package var connectTimeoutInMilliseconds = 10_000
    /// A transfer that moves less than a byte a second for as long as this has failed.
    package var stallTimeoutInSeconds = 60
    /// The path of a file of certificate authorities (PEM); `nil` for the system's.
    package var authoritiesPath: String?
    /// The proxy's URL; `nil` for what the variables `http_proxy`, `https_proxy`, `all_proxy` and
    /// `no_proxy` say, an empty text for none.
    package var proxy: String?
    /// What `User-Agent` says.
    package var userAgent = "varve"
    /// The most bytes a second of all request bodies together; `nil` for no limit.
    package var uploadLimitInBytesPerSecond: Int?
    /// The most bytes a second of all answers together; `nil` for no limit.
    package var downloadLimitInBytesPerSecond: Int?
    /// Ends all transfers with `.cancelled` once it is cancelled.
    package var cancellation = Cancellation()

    /// The usual settings.
    package init() {}
}
