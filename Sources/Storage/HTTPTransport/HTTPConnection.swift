/// How an answer has come: what a diagnosis tells.
package struct HTTPConnection: Hashable, Sendable {
    /// Whether the connection was made for this request.
    package var isNew = true
    /// The address and port of the other side (of the proxy, where there is one), such as
    /// `192.0.2.1:443`; empty when it is not known.
    package var remoteAddress = ""
    /// How long the name took to resolve; 0 for a kept connection.
    package var resolveInMicroseconds: Int64 = 0
    /// How long the connection itself took; 0 for a kept one.
    package var connectInMicroseconds: Int64 = 0
    /// How long the handshake of TLS took; 0 without TLS, and for a kept connection.
    package var handshakeInMicroseconds: Int64 = 0

    /// A connection of which nothing is known.
    package init() {}
}
