import Cryptography
import HTTPTransport
import ObjectStore
import SnapshotModel
import Testing

@testable import S3Store

/// Objects are deleted many at a time, or one by one where the store cannot do otherwise.
struct DeleterTests {
    private static let done = answer(200, [:], "<DeleteResult/>")
    private static let gone = answer(204)

    private func session() throws -> S3Session { S3Session(try endpoint(), addressing: nil) }

    private func delete(
        _ keys: [String], _ exchange: ScriptedExchange, _ session: S3Session
    ) throws {
        try Deleter(exchange: exchange, session: session).delete(keys, subject: "s")
    }

    /// Answers deletions of many by what `many` says, and those of one by success.
    private static func server(
        _ many: @escaping @Sendable (S3Call) throws(S3Failure) -> HTTPResponse
    ) -> ScriptedExchange {
        ScriptedExchange { (call, _) throws(S3Failure) in
            call.method == .post ? try many(call) : gone
        }
    }

    private static func names(_ count: Int) -> [String] { (0..<count).map { "p/\($0)" } }

    /// The keys in the body of a call, still escaped.
    private static func keys(in call: S3Call) -> [String] {
        String(decoding: call.body.joined(), as: UTF8.self).split(separator: "<Key>").dropFirst()
            .compactMap { $0.split(separator: "</Key>").first.map(String.init) }
    }

    private static func error(_ key: String, _ word: String = "InternalError") -> String {
        "<Error><Key>\(key)</Key><Code>\(word)</Code></Error>"
    }

    @Test(arguments: [(2, [2]), (500, [500]), (502, [500, 2]), (1200, [500, 500, 200])])
    func `many are deleted five hundred at a time`(_ count: Int, _ batches: [Int]) throws {
        let exchange = Self.server { (_) throws(S3Failure) in Self.done }
        try delete(Self.names(count), exchange, try session())
        #expect(exchange.calls.map { Self.keys(in: $0).count } == batches)
        #expect(exchange.calls.flatMap { Self.keys(in: $0) } == Self.names(count))
    }

    @Test func `none needs no request, one and a last one need a plain one`() throws {
        let exchange = Self.server { (_) throws(S3Failure) in Self.done }
        let session = try session()
        try delete([], exchange, session)
        #expect(exchange.calls.isEmpty)
        try delete(["p/a"], exchange, session)
        try delete(Self.names(501), exchange, session)
        #expect(exchange.calls.map(\.method) == [.delete, .post, .delete])
        #expect(exchange.calls.map(\.key) == ["p/a", "", "p/500"])
        #expect(exchange.calls.allSatisfy { $0.operation == .delete })
    }

    @Test func `the request is quiet, escaped, hashed twice and named as XML`() throws {
        let exchange = Self.server { (_) throws(S3Failure) in Self.done }
        try delete(["p/a&b<c>\"d'", "p/\u{E9} +%"], exchange, try session())
        let call = exchange.calls[0]
        let body = Array(call.body.joined())
        #expect(
            String(decoding: body, as: UTF8.self)
                == "<Delete><Quiet>true</Quiet>"
                + "<Object><Key>p/a&amp;b&lt;c&gt;&quot;d&apos;</Key></Object>"
                + "<Object><Key>p/\u{E9} +%</Key></Object></Delete>")
        #expect(call.query.map(\.name) == ["delete"] && call.query.map(\.value) == [""])
        #expect(call.fields["content-type"] == "application/xml")
        body.withUnsafeBytes { bytes in
            #expect(call.fields["content-md5"] == MD5.contentMD5(of: bytes))
            #expect(call.payloadHash == SHA256.digest(of: bytes).hexadecimal)
        }
    }

    @Test(arguments: [
        "<DeleteResult/>", "<DeleteResult><Deleted/><Deleted/></DeleteResult>",
        "<DeleteResult><Deleted><Key>p/0</Key></Deleted></DeleteResult>",
        "\n <?xml version=\"1.0\"?><DeleteResult xmlns=\"http://x/\"></DeleteResult>",
        "<DeleteResult><Error><Key>p/0</Key><Code>NoSuchKey</Code></Error></DeleteResult>",
    ])
    func `success need not be told for each key`(_ body: String) throws {
        let exchange = Self.server { (_) throws(S3Failure) in answer(200, [:], body) }
        try delete(Self.names(2), exchange, try session())
        #expect(exchange.calls.count == 1)
    }

    @Test(arguments: [
        (error("p/1"), ["p/1"]), (error("p/0") + error("p/2"), ["p/0", "p/2"]),
        (error("p/1", "AccessDenied") + error("p/0", "NoSuchKey"), ["p/1"]),
        // Names that are missing, or that nobody has asked for, may mean any key.
        ("<Error><Code>InternalError</Code></Error>", ["p/0", "p/1", "p/2"]),
        (error("p/1") + "<Error><Code>X</Code></Error>", ["p/0", "p/1", "p/2"]),
        (error("p%2F1"), ["p/0", "p/1", "p/2"]),
    ])
    func `what is reported as not deleted is tried alone`(
        _ errors: String, _ alone: [String]
    ) throws {
        let exchange = Self.server { (_) throws(S3Failure) in
            answer(200, [:], "<DeleteResult>\(errors)</DeleteResult>")
        }
        try delete(Self.names(3), exchange, try session())
        #expect(exchange.calls.dropFirst().map(\.key) == alone)
    }

    @Test func `what cannot be deleted alone either fails with its own reason`() throws {
        let denied = S3Failure(.permissionDenied, word: "AccessDenied", cause: "locked")
        let exchange = ScriptedExchange { (call, _) throws(S3Failure) in
            if call.method == .delete { throw denied }
            return answer(200, [:], "<DeleteResult>\(Self.error("p/1"))</DeleteResult>")
        }
        let session = try session()
        #expect(throws: denied) { try delete(Self.names(3), exchange, session) }
    }

    @Test func `a missing object counts as deleted`() throws {
        let exchange = ScriptedExchange { (_, _) throws(S3Failure) in
            throw S3Failure(.notFound, word: "NoSuchKey", status: 404, cause: "")
        }
        try delete(["p/a"], exchange, try session())
        #expect(exchange.calls.count == 1)
    }

    @Test(arguments: [
        S3Failure(.unsupported, word: "NotImplemented", status: 501, cause: ""),
        S3Failure(.unsupported, status: 405, cause: ""),
        S3Failure(.inputOutput, status: 400, cause: ""),
        S3Failure(.inputOutput, word: "InvalidRequest", status: 400, cause: ""),
        S3Failure(.inputOutput, word: "MalformedXML", status: 400, cause: ""),
    ])
    func `a store that cannot delete many is not asked again`(_ failure: S3Failure) throws {
        let exchange = Self.server { (_) throws(S3Failure) in throw failure }
        let session = try session()
        try delete(Self.names(3), exchange, session)
        try delete(Self.names(2), exchange, session)
        #expect(exchange.calls.map(\.method) == [.post] + Array(repeating: .delete, count: 5))
    }

    @Test(arguments: [
        S3Failure(.permissionDenied, word: "AccessDenied", status: 403, cause: ""),
        S3Failure(.badAnswer, word: "BadDigest", status: 400, cause: ""),
        S3Failure(.noBucket, word: "NoSuchBucket", status: 404, cause: ""),
        S3Failure(.throttled, status: 503, cause: ""), S3Failure(.interrupted, cause: ""),
    ])
    func `other failures are no reason to go on`(_ failure: S3Failure) throws {
        let exchange = Self.server { (_) throws(S3Failure) in throw failure }
        let session = try session()
        #expect(throws: failure) { try delete(Self.names(3), exchange, session) }
        #expect(exchange.calls.count == 1 && session.facts.deletesMany)
    }

    @Test(arguments: ["", "OK", "<html/>", "<DeleteResult>", "<ListBucketResult/>"])
    func `an answer that is no result is not taken for success`(_ body: String) throws {
        let exchange = Self.server { (_) throws(S3Failure) in answer(200, [:], body) }
        let session = try session()
        let error = #expect(throws: S3Failure.self) {
            try delete(Self.names(3), exchange, session)
        }
        #expect(error?.code == .badAnswer)
    }
}
