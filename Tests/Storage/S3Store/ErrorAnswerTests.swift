import RequestSigning
import TestSupport
import Testing

@testable import S3Store

/// Errors as servers send them, honest ones and others.
struct ErrorAnswerTests {
    @Test func `word, message, region, endpoint, detail, time and delay are read`() {
        let found = ErrorAnswer(
            refusal(
                403, "AccessDenied", ["Date": noonText, "Retry-After": "7"], message: "not you",
                more:
                    "<Region>eu-west-1</Region><Endpoint>oss-x.aliyuncs.com</Endpoint><EC>1-2</EC>"
            ))
        #expect(found.status == 403)
        #expect(found.word == "AccessDenied")
        #expect(found.message == "not you")
        #expect(found.region == "eu-west-1")
        #expect(found.endpoint == "oss-x.aliyuncs.com")
        #expect(found.detail == "1-2")
        #expect(found.serverTime == noon)
        #expect(found.delayInMilliseconds == 7000)
        #expect(
            found.summary
                == "HTTP 403 AccessDenied (EC 1-2): not you [endpoint oss-x.aliyuncs.com]")
    }

    @Test func `fields tell what a body does not`() {
        let found = ErrorAnswer(
            answer(
                301,
                [
                    "x-amz-bucket-region": "us-west-2", "x-oss-ec": "0048-00000401",
                    "x-minio-error-code": "NoSuchKey", "x-amz-retry-after": "250",
                    "retry-after": "9",
                ]))
        #expect(found.region == "us-west-2")
        #expect(found.detail == "0048-00000401")
        #expect(found.word == "NoSuchKey")
        #expect(found.delayInMilliseconds == 250)
        #expect(ErrorAnswer(answer(400, ["x-amz-error-code": "Bad"])).word == "Bad")
    }

    @Test(arguments: [
        "", " ", "<", "<html><body>Not Found</body></html>", "<Error>", "<Error/>",
        "<Errors><Error><Code>X</Code></Error></Errors>", "not XML at all", "{\"Code\":\"X\"}",
        "<!DOCTYPE x [<!ENTITY e \"X\">]><Error><Code>&e;</Code></Error>",
        String(repeating: "<Error>", count: 1000), "\u{0}\u{1}\u{2}",
    ])
    func `a body that is no error says nothing`(_ body: String) {
        let found = ErrorAnswer(answer(418, [:], body))
        #expect(found.word == "" && found.message == "" && found.summary == "HTTP 418")
        #expect(found.region == nil && found.detail == nil)
        #expect(found.serverTime == nil && found.delayInMilliseconds == nil)
    }

    @Test(arguments: [" \r\n\t ", "\n\n"])
    func `spaces in front of the document and around words do not matter`(_ spaces: String) {
        let text = "\(spaces)<?xml version=\"1.0\"?><Error><Code>\n NoSuchKey </Code></Error>"
        #expect(ErrorAnswer(answer(404, [:], text)).word == "NoSuchKey")
    }

    @Test(arguments: ["evil.com/", "EU", "a.b", "", "a b", "..", String(repeating: "a", count: 64)])
    func `a region that can be none is ignored, wherever it stands`(_ region: String) {
        let both = ErrorAnswer(
            refusal(
                400, "AuthorizationHeaderMalformed", ["x-amz-bucket-region": region],
                more: "<Region>\(region)</Region>"))
        #expect(both.region == nil)
        let other = ErrorAnswer(
            refusal(
                400, "AuthorizationHeaderMalformed", ["x-amz-bucket-region": region],
                more: "<Region>eu-west-1</Region>"))
        #expect(other.region == "eu-west-1")
    }

    @Test(
        arguments: [
            ("0", 0), ("5", 5000), ("999999999", 3_600_000), ("-1", nil), ("1.5", nil),
            ("soon", nil),
            ("Tue, 24 Nov 2026 12:00:00 GMT", nil), ("99999999999999999999", nil), ("", nil),
        ] as [(String, Int?)])
    func `seconds to wait are read, an hour at most`(_ text: String, _ milliseconds: Int?) {
        #expect(ErrorAnswer(answer(503, ["Retry-After": text])).delayInMilliseconds == milliseconds)
    }

    @Test func `text of a server is one short line without control characters`() {
        let nasty = "a&#10;&#9;b\u{9B}31m\u{202E}c" + String(repeating: "\u{1F600} x", count: 5000)
        let found = ErrorAnswer(
            refusal(
                500, nasty, ["x-oss-ec": "\u{1B}[31m\r\n"], message: nasty,
                more: "<Endpoint>\(nasty)</Endpoint>"))
        let scalars = found.summary.unicodeScalars
        #expect(!scalars.contains { $0.properties.generalCategory == .control })
        #expect(!scalars.contains { $0.properties.isBidiControl })
        #expect(scalars.count < 4 * 300 + 60)
        #expect(found.message.hasPrefix("a b 31m c"))
    }

    @Test(arguments: seeds(count: 6))
    func `any bytes are taken`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let good = Array("<Error><Code>SlowDown</Code><Message>x</Message></Error>".utf8)
        for _ in 0..<200 {
            var body = good
            for _ in 0..<generator.number(in: 1...6) {
                let place = generator.number(in: 0...body.count - 1)
                if generator.oneIn(2) {
                    body[place] = UInt8(truncatingIfNeeded: generator.next())
                } else {
                    body = Array(body[..<max(1, place)])
                }
            }
            let found = ErrorAnswer(answer(500, [:], body: body))
            let scalars = found.summary.unicodeScalars
            #expect(!scalars.contains { $0.properties.generalCategory == .control })
        }
    }

    @Test func `what must not be shown is hidden before the text is cut`() {
        let secret = Secret("token-0123456789")
        let message = String(repeating: "x", count: 295) + secret.revealed
        let found = ErrorAnswer(
            refusal(
                400, "A\(secret.revealed)", message: message, more: "<EC>token-0123456789</EC>"),
            hiding: secret)
        #expect(!found.summary.contains("token-"))
        #expect(found.word == "A****")
        let empty = ErrorAnswer(refusal(400, "Word"), hiding: Secret(""))
        #expect(empty.word == "Word")
    }
}
