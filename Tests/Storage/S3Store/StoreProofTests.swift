import HTTPTransport
import ObjectStore
import Testing

@testable import S3Store

/// What says nothing that only a store would say has to prove, once, that it is one.
struct StoreProofTests {
    private static let notFound = answer(404, ["Content-Type": "text/html"], "<html>404</html>")

    /// A server that answers lists in one way and everything else in another.
    private func server(_ other: HTTPResponse, list: HTTPResponse) -> ScriptedSender {
        ScriptedSender { (request, _) throws(HTTPError) in
            request.parameters["list-type"] == nil ? other : list
        }
    }

    @Test(arguments: [getCall(), putCall()], [404, 403, 401, 400, 405, 501, 302])
    func `a refusal without words, from nobody who lists, comes from no store`(
        _ call: S3Call, _ status: Int
    ) throws {
        let sender = server(answer(status, [:], "<html/>"), list: Self.notFound)
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(call) }
        #expect(found.code == .misconfigured)
        #expect(found.remedy.contains("no S3 store"))
    }

    @Test(arguments: [
        page(), refusal(403, "AccessDenied"), refusal(404, "NoSuchBucket"),
    ])
    func `who lists, or refuses in the words of S3, is a store`(_ list: HTTPResponse) throws {
        let sender = server(answer(404), list: list)
        let client = scriptedClient(sender, try endpoint())
        for _ in 0..<3 {
            let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
            #expect(found.code == .notFound)
        }
        // Asked once, and then known.
        #expect(sender.requests.count { $0.parameters["list-type"] != nil } == 1)
    }

    @Test func `words of S3 are proof enough`() throws {
        let sender = server(refusal(404, "NoSuchKey"), list: Self.notFound)
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .notFound)
        #expect(sender.requests.count == 1)
    }

    @Test(arguments: [getCall(), headCall()])
    func `a page for people is no object`(_ call: S3Call) throws {
        let home = answer(200, ["Content-Type": "text/html; charset=utf-8"], "<html>Home</html>")
        let client = scriptedClient(server(home, list: home), try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(call) }
        #expect(found.code == .misconfigured)
        // An object that somebody has given that type is one.
        let store = scriptedClient(server(home, list: page()), try endpoint())
        #expect(try store.perform(call).status == 200)
    }

    @Test func `an answer to HEAD has no words, and needs none`() throws {
        let sender = server(answer(404), list: Self.notFound)
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(headCall()) }
        #expect(found.code == .notFound)
        #expect(sender.requests.count == 1)
    }

    @Test func `a proof that fails for a passing reason is a passing failure`() throws {
        let sender = server(answer(404), list: answer(502))
        let client = scriptedClient(sender, try endpoint())
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.retry == .transient)
    }

    @Test func `who has a provider's name is believed`() throws {
        let sender = server(answer(404), list: Self.notFound)
        let client = scriptedClient(sender, try endpoint("https://s3.eu-west-1.amazonaws.com"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .notFound)
        #expect(sender.requests.count == 1)
    }

    @Test func `strangers' requests prove nothing and ask nothing`() throws {
        let sender = server(Self.notFound, list: page())
        let client = scriptedClient(sender, try endpoint())
        var call = getCall()
        call.isAnonymous = true
        _ = failure { () throws(S3Failure) in try client.perform(call) }
        #expect(sender.requests.count == 1)
    }
}
