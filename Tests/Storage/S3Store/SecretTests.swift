import HTTPTransport
import ObjectStore
import RequestSigning
import Testing

@testable import S3Store

/// What is secret stays so, and stays on the host that it is meant for.
struct SecretTests {
    /// A server, or a proxy, that shows everything it was sent.
    private func echo(_ status: Int, word: String) -> ScriptedSender {
        ScriptedSender { (request, _) throws(HTTPError) in
            let sent = request.fields.all.map { "\($0.name): \($0.value)" }.joined(separator: " ")
            return refusal(
                status, word.isEmpty ? sent : word, ["x-oss-ec": sent, "Server": sent],
                message: sent, more: "<Endpoint>\(sent)</Endpoint><Region>\(sent)</Region>")
        }
    }

    @Test(arguments: [400, 403, 404, 409, 500, 503], ["", "AccessDenied", "ExpiredToken"])
    func `no failure shows the secret key or the session token`(
        _ status: Int, _ word: String
    ) throws {
        for call in [getCall(), headCall(), putCall(), listCall()] {
            let client = scriptedClient(echo(status, word: word), try endpoint())
            let found = failure { () throws(S3Failure) in try client.perform(call) }
            let error = found.storeError(of: call)
            var text = "\(found) \(found.word) \(found.remedy) \(error) \(error.remedy)"
            dump(found, to: &text)
            dump(error, to: &text)
            #expect(!text.contains("very-secret"))
        }
    }

    @Test func `no failure of a probe shows them either`() throws {
        let client = scriptedClient(echo(403, word: "AccessDenied"), try endpoint("s3.example.com"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.cause.contains("****"))
        #expect(!found.cause.contains("very-secret"))
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `no redirect is followed to another host`(_ status: Int) throws {
        let more = "<Endpoint>evil.example.com</Endpoint><Region>evil.example.com/</Region>"
        let elsewhere = refusal(
            status, "PermanentRedirect",
            ["Location": "http://evil.example.com/", "x-amz-bucket-region": "a.evil.example.com/"],
            more: more)
        for text in ["http://127.0.0.1:9000", "s3.eu-west-1.amazonaws.com", "s3.example.com"] {
            let sender = ScriptedSender([elsewhere])
            let client = scriptedClient(sender, try endpoint(text))
            let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
            #expect(found.code == .misconfigured)
            #expect(!sender.requests.isEmpty)
            #expect(!sender.hosts.contains { $0.contains("evil") })
        }
    }
}
