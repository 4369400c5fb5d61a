import HTTPTransport
import Testing

/// What could be taken for something else is not sent. Nobody listens at the address.
struct RequestValidityTests {
    private let url = HTTPURL(.http, host: "127.0.0.1", port: 9, path: "/path")

    /// The error of sending, which must come before anything is sent.
    private func refusal(_ request: HTTPRequest) throws -> HTTPError {
        let client = try makeClient()
        return try #require(throws: HTTPError.self) { try client.send(request) }
    }

    @Test(arguments: [
        "", "path", "/a b", "/a?b", "/a#b", "/\u{E4}", "/a\r\nX: y", "/\0", "/\u{7F}",
    ])
    func aPathIsPercentEncoded(_ path: String) throws {
        var url = url
        url.path = path
        #expect(try refusal(HTTPRequest(.get, url)).code == .invalidRequest)
    }

    @Test(arguments: ["a b", "a#b", "\u{E4}", "a\nb", "\0"])
    func aQueryIsPercentEncoded(_ query: String) throws {
        var url = url
        url.query = query
        #expect(try refusal(HTTPRequest(.get, url)).code == .invalidRequest)
    }

    @Test(arguments: ["", "a b", "user@host", "host/path", "host?q", "host#f", "host:80", "a\nb"])
    func aHostIsOnlyAHost(_ host: String) throws {
        var url = url
        url.host = host
        #expect(try refusal(HTTPRequest(.get, url)).code == .invalidRequest)
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "\u{E4}", "a\0", "(x)"])
    func aFieldNameIsAToken(_ name: String) throws {
        var request = HTTPRequest(.get, url)
        request.fields.append(name, "value")
        #expect(try refusal(request).code == .invalidRequest)
    }

    @Test(arguments: ["secret\r\nX-Other: y", "secret\n", "secret\0", "secret\u{7F}"])
    func aFieldValueIsOneLineAndNotToldInTheError(_ value: String) throws {
        var request = HTTPRequest(.get, url)
        request.fields.append("Authorization", value)
        let error = try refusal(request)
        #expect(error.code == .invalidRequest)
        #expect(error.description.contains("Authorization"))
        #expect(!error.description.contains("secret"))
    }

    @Test(arguments: [HTTPMethod.get, .head, .delete])
    func onlyPutAndPostHaveABody(_ method: HTTPMethod) throws {
        var request = HTTPRequest(method, url)
        request.body = [[], [1]]
        #expect(try refusal(request).code == .invalidRequest)
    }

    @Test func senselessSettingsAreRefused() {
        let changes: [@Sendable (inout HTTPSettings) -> Void] = [
            { $0.connectionLimit = 0 }, { $0.connectTimeoutInMilliseconds = 0 },
            { $0.stallTimeoutInSeconds = -1 }, { $0.uploadLimitInBytesPerSecond = 0 },
            { $0.downloadLimitInBytesPerSecond = -5 }, { $0.userAgent = "a\r\nb" },
            { $0.proxy = "http://host\n" }, { $0.authoritiesPath = "a\0b" },
        ]
        for (number, change) in changes.enumerated() {
            #expect(throws: httpError(.invalidRequest), "change \(number)") {
                try makeClient(change)
            }
        }
    }
}
