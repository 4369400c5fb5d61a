import Foundation
import TestSupport
import Testing

/// The stand-in starts, answers and does what it is told.
struct StandInTests {
    @Test(arguments: StandIn.Personality.allCases)
    func `nobody reads without a key`(_ personality: StandIn.Personality) throws {
        let server = try StandIn(personality)
        let answer = try RawAnswer("GET", "/\(server.bucket)/key", to: server.endpoint)
        #expect((400..<500).contains(answer.status))
        let requests = try server.requests()
        #expect(requests.count == 1)
        #expect(requests.first?.kind == .get)
        #expect(requests.first?.status == answer.status)
    }

    @Test func `anybody reads a public bucket`() throws {
        let server = try StandIn(.aws, .isPublic(.read))
        try server.plant("some/key", Array("content".utf8))
        let answer = try RawAnswer("GET", "/test/some/key", to: server.endpoint)
        #expect(answer.status == 200)
        #expect(answer.body == "content")
        try server.set(.isPublic(.nothing))
        #expect(try RawAnswer("GET", "/test/some/key", to: server.endpoint).status == 403)
    }
}
