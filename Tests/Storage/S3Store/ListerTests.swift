import HTTPTransport
import ObjectStore
import TestSupport
import Testing

@testable import S3Store

/// Listings page by page, from servers that keep to the rules and from others.
struct ListerTests {
    private func session() throws -> S3Session { S3Session(try endpoint(), addressing: nil) }

    private func keys(
        _ exchange: ScriptedExchange, _ session: S3Session, prefix: String = "p/"
    ) throws -> [String] {
        try Lister(exchange: exchange, session: session).list(prefix: prefix, subject: "s")
            .map(\.key)
    }

    private static let more = "<IsTruncated>true</IsTruncated>"
    private static func token(_ text: String) -> String {
        "\(more)<NextContinuationToken>\(text)</NextContinuationToken>"
    }

    @Test func `version 2 goes on by tokens`() throws {
        let exchange = ScriptedExchange([
            page(listed("p/a") + listed("p/b", size: 7) + Self.token("a+b/c=&amp; %2B")),
            page(Self.token("2") + listed("p/c")),
            page("<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>" + listed("p/d")),
        ])
        let session = try session()
        let lister = Lister(exchange: exchange, session: session)
        let items = try lister.list(prefix: "p/", subject: "s")
        #expect(items.map(\.key) == ["p/a", "p/b", "p/c", "p/d"])
        #expect(items.map(\.sizeInBytes) == [1, 7, 1, 1])
        let calls = exchange.calls
        #expect(calls.map { $0.parameter("list-type") } == ["2", "2", "2"])
        #expect(calls.map { $0.parameter("prefix") } == ["p/", "p/", "p/"])
        #expect(calls.map { $0.parameter("encoding-type") } == ["url", "url", "url"])
        // A token is no key: nothing in it is decoded.
        #expect(calls.map { $0.parameter("continuation-token") } == [nil, "a+b/c=& %2B", "2"])
        #expect(calls.allSatisfy { $0.parameter("marker") == nil && $0.operation == .list })
        #expect(!session.facts.usesOldListing)
    }

    @Test func `tokens are encoded in the query`() throws {
        let sender = ScriptedSender([page(listed("p/a") + Self.token("a+b/c=&amp; ")), page()])
        let client = scriptedClient(sender, try endpoint())
        let lister = Lister(exchange: client, session: client.session)
        _ = try lister.list(prefix: "p +/", subject: "s")
        let query = sender.requests[1].url.query
        #expect(query.contains("continuation-token=a%2Bb%2Fc%3D%26%20"))
        #expect(query.contains("prefix=p%20%2B%2F"))
    }

    @Test(arguments: [
        ("", "p/b"), ("<NextMarker>p/x</NextMarker>", "p/x"),
        ("<EncodingType>url</EncodingType><NextMarker>p%2Fx+y%2B</NextMarker>", "p/x y+"),
        ("<NextContinuationToken/>", "p/b"), ("<NextMarker/>", "p/b"),
    ])
    func `a cut page without a token is from a server that knows markers only`(
        _ content: String, _ marker: String
    ) throws {
        let exchange = ScriptedExchange([
            page(listed("p/a") + listed("p/b") + Self.more + content), page(listed("p/z")),
        ])
        let session = try session()
        #expect(try keys(exchange, session) == ["p/a", "p/b", "p/z"])
        let second = exchange.calls[1]
        #expect(second.parameter("marker") == marker)
        #expect(second.parameter("list-type") == nil)
        // The next listing asks in the old way at once.
        _ = try keys(exchange, session)
        #expect(exchange.calls[2].parameter("list-type") == nil)
        #expect(exchange.calls[2].parameter("marker") == nil)
    }

    @Test func `in the old way a token is not believed`() throws {
        let session = try session()
        session.learn { $0.usesOldListing = true }
        let exchange = ScriptedExchange([page(listed("p/a") + Self.token("t")), page()])
        #expect(try keys(exchange, session) == ["p/a"])
        #expect(exchange.calls[1].parameter("marker") == "p/a")
    }

    static let lies = [
        [page(more)], [page(listed("p/a") + more)], [page(listed("p/a") + token("t"))],
        [
            page(listed("p/a") + token("1")), page(listed("p/b") + token("2")),
            page(listed("p/c") + token("1")),
        ],
        [page(listed("p/a") + more), page(listed("p/b") + more), page(listed("p/a") + more)],
        [page(listed("p/a") + more + "<NextMarker>p/x</NextMarker>")],
    ]

    @Test(arguments: lies)
    func `a listing that goes round in circles is an error`(_ pages: [HTTPResponse]) throws {
        let exchange = ScriptedExchange(pages)
        let session = try session()
        let error = #expect(throws: S3Failure.self) { try keys(exchange, session) }
        #expect(error?.code == .badAnswer && error?.retry == .never)
        // Once more from the start when it was version 2.
        #expect(exchange.calls.count <= 2 * pages.count + 3)
    }

    @Test func `where tokens go round in circles markers may not`() throws {
        let exchange = ScriptedExchange { (call, _) throws(S3Failure) in
            guard call.parameter("list-type") == nil else {
                return page(listed("p/a") + Self.token("t"))
            }
            return call.parameter("marker") == nil
                ? page(listed("p/a") + Self.more) : page(listed("p/b"))
        }
        let session = try session()
        #expect(try keys(exchange, session) == ["p/a", "p/b"])
        #expect(session.facts.usesOldListing)
    }

    @Test(arguments: [(1, true), (2, true), (3, false)])
    func `a page that makes no sense is asked for three times`(
        _ count: Int, _ isFine: Bool
    ) throws {
        let exchange = ScriptedExchange { (_, number) throws(S3Failure) in
            number < count ? answer(200, [:], "<ListBucketResult><Cont") : page(listed("p/a"))
        }
        let session = try session()
        #expect((try? keys(exchange, session)) == (isFine ? ["p/a"] : nil))
        #expect(exchange.calls.count == (isFine ? count + 1 : 3))
    }

    @Test(arguments: [true, false])
    func `a listing that never ends and shows nothing new is an error`(
        _ repeats: Bool
    ) throws {
        let exchange = ScriptedExchange { (_, number) throws(S3Failure) in
            page((repeats ? listed("p/a") : "") + Self.token("t\(number)"))
        }
        let session = try session()
        #expect(throws: S3Failure.self) { try keys(exchange, session) }
        #expect((Lister.idlePages...Lister.idlePages + 1).contains(exchange.calls.count))
    }

    @Test func `empty pages on the way are no end`() throws {
        let exchange = ScriptedExchange { (_, number) throws(S3Failure) in
            number == 100 ? page(listed("p/a")) : page(Self.token("t\(number)"))
        }
        #expect(try keys(exchange, try session()) == ["p/a"])
    }

    @Test func `unsorted and repeated keys are each shown once`() throws {
        let exchange = ScriptedExchange([
            page(listed("p/c") + listed("p/a") + listed("p/c") + Self.token("1")),
            page(listed("p/a") + listed("p/b")),
        ])
        #expect(try keys(exchange, try session()) == ["p/c", "p/a", "p/b"])
    }

    @Test func `a failing page fails the listing`() throws {
        let exchange = ScriptedExchange { (_, number) throws(S3Failure) in
            if number == 1 { throw S3Failure(.permissionDenied, cause: "no") }
            return page(listed("p/a") + Self.token("1"))
        }
        let session = try session()
        let error = #expect(throws: S3Failure.self) { try keys(exchange, session) }
        #expect(error?.code == .permissionDenied)
    }
}
