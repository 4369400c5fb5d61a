extension HTTPRequest {
    /// Checks whether this can be sent as it is: nothing in it may be taken for something else.
    /// - Throws: `.invalidRequest`. Neither values of fields nor the query are in its text, because
    ///   they can be secret.
    func checkValidity() throws(HTTPError) {
        func require(_ isValid: Bool, _ cause: String) throws(HTTPError) {
            if !isValid { throw HTTPError(.invalidRequest, url.authority, cause: cause) }
        }
        try require(!url.host.isEmpty && url.hasValidHost, "the host's name is not valid")
        try require(url.path.utf8.first == UInt8(ascii: "/"), "the path does not begin with /")
        try require(
            url.path.utf8.allSatisfy { $0.isVisible && !"?#".utf8.contains($0) },
            "the path has characters that must be percent-encoded")
        try require(
            url.query.utf8.allSatisfy { $0.isVisible && $0 != UInt8(ascii: "#") },
            "the query has characters that must be percent-encoded")
        for field in fields.all {
            try require(
                !field.name.isEmpty && field.name.utf8.allSatisfy(\.isTokenCharacter),
                "the name of a header field is not valid")
            try require(
                field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 },
                "the value of the header field \(field.name) has control characters")
        }
        try require(
            method.hasBody || body.allSatisfy(\.isEmpty),
            "a \(method.rawValue) request has no body")
    }
}

extension HTTPMethod {
    /// Whether requests have a body, which may be empty.
    var hasBody: Bool { self == .put || self == .post }
}

extension HTTPURL {
    /// Whether the host is a name or an address, and nothing that shifts the parts of the URL.
    fileprivate var hasValidHost: Bool {
        var name = host[...]
        var allowsColon = false
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            allowsColon = true
        }
        return name.utf8.allSatisfy { byte in
            byte.isAlphanumeric || "-._~".utf8.contains(byte)
                || (allowsColon && (byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")))
        }
    }
}

extension UInt8 {
    fileprivate var isVisible: Bool { (0x21...0x7E).contains(self) }

    fileprivate var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// Of the names of fields: RFC 9110, section 5.6.2.
    fileprivate var isTokenCharacter: Bool {
        isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
}
