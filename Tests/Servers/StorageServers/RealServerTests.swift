import TestSupport
import Testing

/// Real servers start and refuse strangers.
struct RealServerTests {
    @Test(arguments: StorageServer.Kind.tested)
    func `a real server answers and wants a signature`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        let answer = try RawAnswer("GET", "/\(server.bucket)/key", to: server.endpoint)
        #expect((400..<500).contains(answer.status))
    }

    @Test(arguments: StorageServer.Kind.tested)
    func `a relay passes on what is asked and counts it`(_ kind: StorageServer.Kind) throws {
        let server = try StorageServer.shared(kind)
        let relay = try StandIn(before: server)
        let direct = try RawAnswer("GET", "/\(server.bucket)/key", to: server.endpoint)
        let relayed = try RawAnswer("GET", "/\(server.bucket)/key", to: relay.endpoint)
        #expect(relayed.status == direct.status)
        let requests = try relay.requests()
        #expect(requests.count == 1)
        #expect(requests.first?.kind == .get)
        #expect(requests.first?.key == "key")
    }

    @Test func `prefixes differ`() throws {
        let server = try StorageServer.shared(try #require(StorageServer.Kind.tested.first))
        #expect(server.freshPrefix() != server.freshPrefix())
    }
}
