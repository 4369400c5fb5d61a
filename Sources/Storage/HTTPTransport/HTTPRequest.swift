/// The methods that varve uses.
package enum HTTPMethod: String, Sendable {
    case get = "GET"
    case put = "PUT"
    case head = "HEAD"
    case post = "POST"
    case delete = "DELETE"
}

/// An absolute URL, kept in the parts that a signature needs, each exactly as it is sent.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    /// The schemes.
    package enum Scheme: String, Sendable {
        case http
        case https

        /// The port that a URL without one means.
        package var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    /// How to talk.
    package var scheme: Scheme
    /// The host's name in lower case or its address; an IPv6 address stands in brackets.
    package var host: String
    /// The port; `nil` for the scheme's own.
    package var port: UInt16?
    /// The path, percent-encoded, from its first slash on.
    package var path: String
    /// The query, percent-encoded, without the question mark; empty when there is none.
    package var query: String

    /// A URL; a port that is the scheme's own is dropped.
    package init(
        _ scheme: Scheme, host: String, port: UInt16? = nil, path: String = "/", query: String = ""
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port == scheme.defaultPort ? nil : port
        self.path = path
        self.query = query
    }

    /// What the `Host` header says: the port only where it is not the scheme's own.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// The whole URL.
    package var description: String {
        "\(scheme.rawValue)://\(authority)\(path)\(query.isEmpty ? "" : "?\(query)")"
    }
}

/// Header fields in the order of sending; names are compared without case.
package struct HTTPFields: Hashable, Sendable {
    /// A field.
    package struct Field: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// Its value.
        package let value: String

        /// A field.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All fields in order.
    package private(set) var all: [Field] = []

    /// No fields.
    package init() {}

    /// Appends a field; one of the same name stays.
    package mutating func append(_ name: String, _ value: String) {
        all.append(Field(name: name, value: value))
    }

    /// Appends a further line to the last field, if there is one.
    mutating func extendLast(_ line: String) {
        guard let last = all.popLast() else { return }
        append(last.name, last.value + " " + line)
    }

    /// The value of the first field of that name.
    /// - Complexity: O(n) in the number of fields, which is small.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return all.first { $0.name.lowercased() == wanted }?.value
    }
}

/// One request.
package struct HTTPRequest: Sendable {
    /// The answer to a request for settings or lists is never longer than this.
    package static let usualAnswerLimitInBytes = 16 * 1024 * 1024

    /// The method.
    package var method: HTTPMethod
    /// Where it goes.
    package var url: HTTPURL
    /// Fields besides `Host` and `Content-Length`, which follow from the rest.
    package var fields = HTTPFields()
    /// The body in pieces, sent one behind the other, uncopied; empty for none.
    package var body: [[UInt8]] = []
    /// An answer with a longer body fails with `.answerTooLong`.
    package var answerLimitInBytes = HTTPRequest.usualAnswerLimitInBytes
    /// What takes the body of the answer as it comes in; `nil` where all of it is wanted at once.
    package var receiver: (any BodyReceiver)?

    /// A request without fields and body.
    package init(_ method: HTTPMethod, _ url: HTTPURL) {
        self.method = method
        self.url = url
    }
}
