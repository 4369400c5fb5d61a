import ObjectStore
import S3Diagnosis
import S3Store
import Testing

@testable import HTTPTransport

/// What the examination makes of answers that no server of the tests gives.
struct S3DoctorTests {
    private func diagnose(
        endpoint: String = "http://127.0.0.1:9000", provider: S3Provider? = nil,
        _ bend: @escaping HealthyBucket.Bend = { _ in nil }
    ) throws -> (isFine: Bool, steps: [DiagnosisStep]) {
        try ScriptedBucket(HealthyBucket(bend), endpoint: endpoint, provider: provider).diagnose()
    }

    private func step(_ name: String, _ steps: [DiagnosisStep]) throws -> DiagnosisStep {
        try #require(steps.first { $0.name == name }, "\(steps.map(\.name))")
    }

    @Test func `all is well: each step once, in the order of what depends on what`() throws {
        let (isFine, steps) = try diagnose()
        #expect(isFine)
        #expect(
            steps.map(\.name) == [
                "settings", "name", "connection", "TLS", "clock", "credentials", "region",
                "addressing", "list", "put", "get", "range", "list after put",
                "conditional write", "privacy", "delete",
            ])
        #expect(steps.allSatisfy { $0.outcome != .failed })
        #expect(steps.filter { $0.outcome == .warning }.map(\.name) == ["TLS"])
    }

    @Test(
        arguments: [
            (.cannotResolve, "name"), (.cannotConnect, "connection"), (.proxyFailed, "proxy"),
            (.timedOut, "connection"), (.connectionLost, "connection"), (.untrusted, "TLS"),
            (.handshakeFailed, "TLS"), (.noAuthorities, "TLS"), (.malformedAnswer, "connection"),
        ] as [(HTTPError.Code, String)])
    func `what keeps from connecting is named, and nothing else is tried`(
        _ code: HTTPError.Code, _ name: String
    ) throws {
        let sender = ScriptedSender { (_) throws(HTTPError) in
            throw HTTPError(code, "https://host/photos", cause: "it is so")
        }
        let (isFine, steps) = try ScriptedBucket(sender, endpoint: "https://host").diagnose()
        #expect(!isFine)
        #expect(steps.map(\.name) == ["settings", name])
        #expect(steps.last?.outcome == .failed)
        #expect(steps.last?.remedy.isEmpty == false)
        #expect(steps.last?.finding.contains("it is so") ?? false)
        #expect(sender.requests.count == 1)
    }

    @Test(
        arguments: [
            (0, .passed, "0 s apart"), (60, .passed, "60 s apart"), (-61, .warning, "61 s slow"),
            (61, .warning, "61 s fast"), (7200, .warning, "7200 s fast"),
        ] as [(Int, DiagnosisStep.Outcome, String)])
    func `the clock is compared with the store's`(
        _ offset: Int, _ outcome: DiagnosisStep.Outcome, _ words: String
    ) throws {
        let minutes = (12 * 3600 - offset) / 60 % 60
        let (hours, seconds) = ((12 * 3600 - offset) / 3600, (12 * 3600 - offset) % 60)
        let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let text = "Tue, 24 Nov 2026 \(pad(hours)):\(pad(minutes)):\(pad(seconds)) GMT"
        let (_, steps) = try diagnose { request in
            request.method == .head ? answer(403, "", ["Date": text]) : nil
        }
        let clock = try step("clock", steps)
        #expect(clock.outcome == outcome)
        #expect(clock.finding.contains(words), "\(clock.finding)")
    }

    @Test func `a store that tells no time leaves the clock unknown`() throws {
        let (isFine, steps) = try diagnose { $0.method == .head ? answer(403) : nil }
        #expect(isFine)
        #expect(try step("clock", steps).outcome == .unknown)
    }

    @Test(arguments: [
        (403, "SignatureDoesNotMatch", "credentials", "secret access key"),
        (403, "InvalidAccessKeyId", "credentials", "access key ID"),
        (400, "ExpiredToken", "credentials", "session token"),
        (404, "NoSuchBucket", "bucket", "make the bucket photos"),
        (400, "InvalidRegionName", "region", "region"),
        (500, "InternalError", "list", "again"), (503, "SlowDown", "list", "--connections"),
        (403, "RequestTimeTooSkewed", "clock", "clock"),
    ])
    func `what the first signed request shows is named with a remedy`(
        _ status: Int, _ word: String, _ name: String, _ words: String
    ) throws {
        let (isFine, steps) = try diagnose { request in
            request.isAnonymous ? nil : refusal(status, word)
        }
        #expect(!isFine)
        let last = try #require(steps.last)
        #expect(last.name == name)
        #expect(last.outcome == .failed)
        #expect(last.finding.contains(word))
        #expect(last.remedy.contains(words), "\(last.remedy)")
    }

    @Test func `who may not list cannot use the bucket, but his key is right`() throws {
        let (isFine, steps) = try diagnose { request in
            request.isList && !request.isAnonymous ? refusal(403, "AccessDenied") : nil
        }
        #expect(!isFine)
        #expect(try step("list", steps).outcome == .failed)
        #expect(try step("credentials", steps).outcome == .passed)
        #expect(!steps.contains { $0.name == "put" })
    }

    @Test func `a region that had to be found out is told`() throws {
        let (isFine, steps) = try diagnose { request in
            let text = request.fields["authorization"] ?? "/eu-west-9/"
            if text.contains("/eu-west-9/") { return nil }
            return answer(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-9</Region></Error>"
            )
        }
        #expect(isFine)
        let region = try step("region", steps)
        #expect(region.outcome == .warning)
        #expect(region.finding.contains("eu-west-9"))
        #expect(region.remedy.contains("set the region to eu-west-9"))
    }

    /// Each step about objects with answers that spoil it.
    private static let spoilt: [(String, @Sendable (HTTPRequest) -> HTTPResponse?)] = [
        ("put", { $0.method == .put ? refusal(403, "AccessDenied") : nil }),
        ("get", { isGet($0, ranged: false) ? answer(200, "other bytes") : nil }),
        ("get", { isGet($0, ranged: false) ? refusal(403, "AccessDenied") : nil }),
        (
            "range",
            { request in
                isGet(request, ranged: true)
                    ? answer(206, "doctr!", ["Content-Range": "bytes 6-11/30"]) : nil
            }
        ),
        ("range", { isGet($0, ranged: true) ? refusal(404, "NoSuchKey") : nil }),
        (
            "list after put",
            { $0.url.query.contains("prefix=doctor") ? answer(200, "<ListBucketResult/>") : nil }
        ),
        ("delete", { $0.method == .delete ? refusal(403, "AccessDenied") : nil }),
    ]

    private static func isGet(_ request: HTTPRequest, ranged: Bool) -> Bool {
        request.method == .get && request.isAboutObject && !request.isAnonymous
            && (request.fields["range"] != nil) == ranged
    }

    @Test(arguments: spoilt.indices)
    func `a step that fails is named, and the object is deleted all the same`(
        _ number: Int
    ) throws {
        let (name, bend) = Self.spoilt[number]
        let (isFine, steps) = try diagnose { bend($0) }
        #expect(!isFine)
        #expect(steps.filter { $0.outcome == .failed }.map(\.name) == [name])
        #expect(try !step(name, steps).remedy.isEmpty)
        #expect(steps.last?.name == (name == "put" ? "put" : "delete"))
    }

    @Test(arguments: [
        (200, "", "is ignored"), (412, "PreconditionFailed", "is honoured"),
        (409, "FileAlreadyExists", "is honoured"), (501, "NotImplemented", "is refused"),
        (400, "InvalidArgument", "is refused"), (500, "InternalError", "unknown"),
    ])
    func `no way of conditional writes is a failure`(
        _ status: Int, _ word: String, _ words: String
    ) throws {
        let (isFine, steps) = try diagnose { request in
            guard request.fields["if-none-match"] != nil else { return nil }
            return status == 200 ? answer(200) : refusal(status, word)
        }
        #expect(isFine)
        let found = try step("conditional write", steps)
        #expect(found.outcome == .passed)
        #expect(found.finding.contains(words), "\(found.finding)")
    }

    @Test func `notices about the settings come first`() throws {
        let (_, steps) = try diagnose(endpoint: "http://127.0.0.1:9000/base")
        #expect(steps.prefix(2).map(\.name) == ["settings", "settings"])
        #expect(steps[1].outcome == .warning)
    }
}
