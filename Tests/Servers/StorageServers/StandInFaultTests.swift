import TestSupport
import Testing

/// Each fault does what it says, to the requests it is meant for.
struct StandInFaultTests {
    private let server: StandIn
    private let content = String(repeating: "0123456789", count: 100)

    init() throws {
        server = try StandIn(.aws, .isPublic(.write))
        try server.plant("key", Array(content.utf8))
    }

    private func get(_ headers: [String] = [], limit: Int = .max) throws -> RawAnswer {
        try RawAnswer("GET", "/test/key", to: server.endpoint, headers: headers, limit: limit)
    }

    private func put(_ key: String) throws -> RawAnswer {
        try RawAnswer("PUT", "/test/\(key)", to: server.endpoint, body: "body")
    }

    @Test func `a fault meets as many requests as it is told, of its kind and keys`() throws {
        try server.order(
            .error(503, code: "SlowDown", headers: ["Retry-After": "7"]).on(.put).key("pa")
                .after(1).times(2))
        #expect(try ["other", "pa1", "pa2"].map { try put($0).status } == [200, 200, 503])
        let last = try put("pa3")
        #expect(last.status == 503)
        #expect(last.header("Retry-After") == "7")
        #expect(last.body.contains("<Code>SlowDown</Code>"))
        #expect(try server.pendingFaultCount() == 0)
        #expect(try put("pa4").status == 200)
        #expect(try server.objects(prefix: "pa").keys.sorted() == ["pa1", "pa4"])
        #expect(try server.requests().count { $0.faults == ["error"] } == 2)
    }

    @Test(arguments: StandInFault.Place.allCases)
    func `a connection ends where it is told to`(_ place: StandInFault.Place) throws {
        let whole = try get().size
        try server.order(.close(place).times(2))
        let answer = try get()
        #expect(answer.size < whole)
        switch place {
        case .head, .body, .request: #expect(answer.size == 0)
        case .statusLine: #expect(answer.size == 5)
        case .headers: #expect(answer.size > 5 && answer.body.isEmpty)
        case .answer: #expect(!answer.body.isEmpty)
        case .lastByte: #expect(answer.size == whole - 1)
        }
        #expect(try put("new").status == 0 || [.headers, .answer, .lastByte].contains(place))
        // The effect comes before the answer, so a lost answer does not undo it.
        let isStored = try server.objects()["new"] != nil
        #expect(isStored == [.statusLine, .headers, .answer, .lastByte].contains(place))
        #expect(try get().size == whole)
    }

    @Test(arguments: [false, true])
    func `an effect can come with an error or without any answer`(_ takesEffect: Bool) throws {
        try server.order(.close(.request, takesEffect: takesEffect, resets: true).on(.put))
        #expect(try put("one").status == 0)
        try server.order(.error(500, takesEffect: takesEffect).on(.put))
        #expect(try put("two").status == 500)
        let keys = try server.objects().keys.sorted()
        #expect(keys == (takesEffect ? ["key", "one", "two"] : ["key"]))
    }

    @Test(arguments: [0, 1, 17])
    func `an answer ends after any number of bytes`(_ size: Int) throws {
        try server.order(.close(afterBytes: size))
        #expect(try get().size == size)
    }

    @Test(arguments: [false, true])
    func `an answer is too short, and says so or not`(_ lies: Bool) throws {
        try server.order(.truncate(length: 10, lies: lies))
        let answer = try get()
        #expect(answer.body == "0123456789")
        #expect(answer.header("Content-Length") == (lies ? "10" : "1000"))
    }

    @Test(arguments: [false, true])
    func `a range is answered with status 200`(_ hasRange: Bool) throws {
        try server.order(.whole(withContentRange: hasRange))
        let answer = try get(["Range: bytes=5-7"])
        #expect(answer.status == 200)
        #expect(answer.body == (hasRange ? "567" : content))
        #expect(answer.header("Content-Range") == (hasRange ? "bytes 5-7/1000" : nil))
    }

    @Test func `bytes, ranges and headers are others`() throws {
        try server.order(.corrupt(offset: 0))
        let corrupt = try get()
        #expect(corrupt.body.count == 1000)
        #expect(corrupt.body.dropFirst() == content.dropFirst() && corrupt.body != content)
        try server.order(.contentRange())
        #expect(try get(["Range: bytes=5-7"]).header("Content-Range") == "bytes 6-8/1000")
        try server.order(.headers(["Server": nil, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"]))
        let other = try get()
        #expect(other.header("Server") == nil)
        #expect(other.header("Date") == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test func `an answer has no end`() throws {
        try server.order(.endless)
        let answer = try get(limit: 3_000_000)
        #expect(answer.size > 3_000_000)
        #expect(answer.header("Content-Length") == nil)
    }

    @Test(arguments: StandInFault.Body.allCases)
    func `a body is another`(_ body: StandInFault.Body) throws {
        try server.order(.body(body))
        let answer = try get()
        #expect(answer.status == 200)
        #expect(answer.body != content)
        try server.order(.body(text: "text", status: 202))
        #expect(try get().body == "text")
    }

    @Test func `one key of many cannot be deleted`() throws {
        try server.plant("kept", [])
        try server.order(.deny(key: "kept$"))
        let body =
            "<Delete><Object><Key>key</Key></Object><Object><Key>kept</Key></Object></Delete>"
        let digest = "SNsX8aDHVEgvPLxzfL2p/Q=="
        let wrong = try RawAnswer(
            "POST", "/test?delete", to: server.endpoint, headers: ["Content-MD5: \(digest)"],
            body: body)
        #expect(wrong.body.contains("<Code>BadDigest</Code>"))
        try server.set(.option("personality", "r2"))
        let answer = try RawAnswer("POST", "/test?delete", to: server.endpoint, body: body)
        #expect(answer.body.contains("<Deleted><Key>key</Key></Deleted>"))
        #expect(answer.body.contains("<Error><Key>kept</Key><Code>AccessDenied</Code>"))
        #expect(try server.objects().keys.sorted() == ["kept"])
        #expect(try server.requests().last?.keys == 2)
    }

    @Test func `an answer waits until all faults are forgotten`() async throws {
        try server.order(.hold)
        async let body = get().body
        while try server.pendingFaultCount() > 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(50))
        #expect(try server.requests().isEmpty)
        try server.calm()
        #expect(try await body == content)
        #expect(try server.requests().map(\.faults) == [["hold"]])
    }

    @Test func `connections are refused`() throws {
        try server.refuseConnections(count: 1)
        #expect(try get().size == 0)
        #expect(try get().status == 200)
    }

    @Test func `a clock that is off shows in the answer`() throws {
        try server.set(.clockAhead(seconds: -1_000_000_000))
        let date = try #require(try get().header("Date"))
        #expect(date.contains("199"))
    }

    @Test func `an unknown fault or option is an error`() throws {
        #expect(throws: (any Error).self) { try server.set(.option("nonsense", 1)) }
    }
}
