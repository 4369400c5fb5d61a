package import HTTPTransport

/// A request as both sides write it down before they sign it.
///
/// Source: "Create a signed AWS API request" in AWS's reference of Signature Version 4, in the form
/// that S3 has: the path is encoded once and nothing in it is normalised.
package struct CanonicalRequest: Sendable {
    /// The whole text.
    package let text: String
    /// The names of the fields in it, in lower case, sorted, with semicolons between them.
    package let signedFields: String

    /// Fields that proxies or libcurl change, add or remove; `Host` follows from the URL.
    private static let unsigned: Set = [
        "accept", "accept-encoding", "authorization", "connection", "expect", "host", "keep-alive",
        "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// Writes a request down.
    /// - Parameter payloadHash: 64 hexadecimal digits, or a word such as `UNSIGNED-PAYLOAD`.
    package init(_ request: HTTPRequest, payloadHash: String) {
        let fields = Self.canonicalFields(request)
        signedFields = fields.map(\.name).joined(separator: ";")
        var text = request.method.rawValue + "\n"
        text += (request.url.path.isEmpty ? "/" : request.url.path) + "\n"
        text += PercentEncoding.canonicalQuery(encoded: request.url.query) + "\n"
        for field in fields { text += "\(field.name):\(field.value)\n" }
        text += "\n\(signedFields)\n\(payloadHash)"
        self.text = text
    }

    /// The fields that a signature of the request covers, for a query that must name them.
    static func signedFields(of request: HTTPRequest) -> String {
        canonicalFields(request).map(\.name).joined(separator: ";")
    }

    /// By name in lower case; values of one name are joined with commas in their order.
    private static func canonicalFields(_ request: HTTPRequest) -> [(name: String, value: String)] {
        var values = ["host": request.url.authority]
        for field in request.fields.all {
            let name = field.name.lowercased()
            if unsigned.contains(name) || name.hasPrefix("proxy-") { continue }
            let value = trimmed(field.value)
            values[name] = values[name].map { "\($0),\(value)" } ?? value
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The words of a value with one space between them.
    private static func trimmed(_ value: String) -> String {
        value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
            // The pieces end at ASCII characters, so they are as valid as the whole.
            .map { String(Substring($0)) }.joined(separator: " ")
    }
}
