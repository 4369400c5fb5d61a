import HTTPTransport
import ObjectStore
import Synchronization
import Testing
import WorkerThreads

@testable import S3Store

/// Where an unknown store wants the bucket's name.
struct AddressingProbeTests {
    /// How a scripted server takes a way to address.
    private static func way(_ request: HTTPRequest) -> S3Addressing {
        if request.url.host.hasPrefix("photos.") { return .virtual }
        return request.url.path.hasPrefix("/photos") ? .path : .bound
    }

    /// A server that answers a LIST by the way in which it is asked, and all else by success.
    private static func server(_ answers: [S3Addressing: HTTPResponse]) -> ScriptedSender {
        ScriptedSender { (request, _) throws(HTTPError) in
            guard request.url.query.contains("list-type") else { return answer(200) }
            guard let found = answers[way(request)] else {
                throw HTTPError(.cannotResolve, request.url.host, cause: "no such host")
            }
            return found
        }
    }

    private static let html = answer(200, [:], "<html/>")
    private static let missing = refusal(404, "NoSuchKey")

    struct Row: CustomTestStringConvertible {
        let answers: [S3Addressing: HTTPResponse]
        let winner: S3Addressing
        let requests: Int

        var testDescription: String { "\(winner) \(requests)" }
    }

    static let winners = [
        Row(answers: [.path: page()], winner: .path, requests: 1),
        Row(
            answers: [.path: page(), .virtual: page(), .bound: page()], winner: .path, requests: 1),
        Row(answers: [.path: html, .virtual: page()], winner: .virtual, requests: 2),
        Row(answers: [.path: missing, .bound: page()], winner: .bound, requests: 3),
        Row(
            answers: [.path: refusal(403, "SecondLevelDomainForbidden"), .bound: page()],
            winner: .bound, requests: 3),
        Row(
            answers: [.path: answer(503), .virtual: answer(404, [:], "x"), .bound: page()],
            winner: .bound, requests: 3),
        // Who knows the bucket and refuses the list may allow all else.
        Row(answers: [.path: refusal(403, "AccessDenied")], winner: .path, requests: 3),
        Row(
            answers: [.path: missing, .virtual: refusal(403, "AccessDenied")], winner: .virtual,
            requests: 3),
        Row(
            answers: [.path: refusal(403, "AccessDenied"), .bound: page()], winner: .bound,
            requests: 3),
        Row(
            answers: [.path: answer(403), .bound: refusal(403, "SignatureDoesNotMatch")],
            winner: .bound, requests: 3),
    ]

    @Test(arguments: winners)
    func `the first way that is answered by a list wins, then who understood best`(
        _ row: Row
    ) throws {
        let sender = Self.server(row.answers)
        let meter = TrafficMeter()
        let client = scriptedClient(sender, try endpoint("s3.example.com"), meter: meter)
        _ = try client.perform(getCall())
        #expect(client.addressing == row.winner)
        #expect(meter.traffic.lists == UInt64(row.requests))
        let last = try #require(sender.requests.last)
        #expect(last.url == client.endpoint.url(row.winner, key: "root/k"))
        // And nobody is asked again.
        _ = try client.perform(getCall())
        #expect(meter.traffic.lists == UInt64(row.requests))
    }

    @Test func `the probe is a signed list of one object`() throws {
        let sender = Self.server([.path: page()])
        _ = try scriptedClient(sender, try endpoint("s3.example.com")).perform(getCall())
        let request = sender.requests[0]
        #expect(request.method == .get && request.url.path == "/photos")
        #expect(request.parameters == ["list-type": "2", "max-keys": "1"])
        #expect(request.fields["authorization"] != nil)
    }

    @Test(
        arguments: [
            (html, .misconfigured), (missing, .misconfigured), (answer(404), .misconfigured),
            (refusal(404, "NoSuchBucket"), .noBucket), (answer(503), .throttled),
            (answer(500), .inputOutput), (answer(403), .permissionDenied),
            (refusal(501, "NotImplemented"), .misconfigured),
        ] as [(HTTPResponse, StoreError.Code)])
    func `when nobody understands, the way that came closest tells why`(
        _ bound: HTTPResponse, _ code: StoreError.Code
    ) throws {
        let sender = Self.server([.path: Self.html, .bound: bound])
        let client = scriptedClient(sender, try endpoint("s3.example.com"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == code)
        #expect(!found.remedy.isEmpty)
        #expect(client.addressing == nil)
        #expect(sender.requests.count == 3)
    }

    @Test func `a host that does not exist is told as such`() throws {
        let sender = Self.server([:])
        let client = scriptedClient(sender, try endpoint("s3.example.com"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .unreachable && found.retry == .transient)
    }

    @Test func `an interrupted probe asks nobody else`() throws {
        let sender = ScriptedSender { (_, _) throws(HTTPError) in
            throw HTTPError(.cancelled, "s3.example.com", cause: "stop")
        }
        let client = scriptedClient(sender, try endpoint("s3.example.com"))
        let found = failure { () throws(S3Failure) in try client.perform(getCall()) }
        #expect(found.code == .interrupted)
        #expect(sender.requests.count == 1)
    }

    @Test func `region, clock and credentials are put right while probing`() throws {
        let sender = ScriptedSender { (request, _) throws(HTTPError) in
            guard request.signedRegion == "garage" else {
                return refusal(
                    400, "AuthorizationHeaderMalformed", more: "<Region>garage</Region>")
            }
            guard request.fields["x-amz-date"] == "20261124T122000Z" else {
                return refusal(
                    403, "RequestTimeTooSkewed", ["Date": "Tue, 24 Nov 2026 12:20:00 GMT"])
            }
            return Self.way(request) == .virtual ? page() : refusal(404, "NoSuchBucket")
        }
        let client = scriptedClient(sender, try endpoint("s3.example.com"))
        _ = try client.perform(listCall())
        #expect(client.addressing == .virtual)
        #expect(client.endpoint.region == "garage" && client.clockOffsetInSeconds == 1200)
        #expect(sender.requests.count == 5)
    }

    @Test func `a remembered way needs no probe`() throws {
        let sender = Self.server([:])
        let client = scriptedClient(sender, try endpoint("s3.example.com"), addressing: .bound)
        _ = try client.perform(getCall())
        #expect("\(sender.requests[0].url)" == "https://s3.example.com/root/k")
    }

    @Test func `a way that the settings do not allow is forgotten`() throws {
        let sender = Self.server([:])
        let client = scriptedClient(sender, try endpoint(), addressing: .bound)
        #expect(client.addressing == .path)
        let unknown = try endpoint("photos.example.com")
        #expect(scriptedClient(sender, unknown, addressing: .virtual).addressing == nil)
    }

    @Test func `many threads ask once`() throws {
        let sender = Self.server([.path: Self.html, .virtual: page()])
        let client = scriptedClient(sender, try endpoint("s3.example.com"))
        try withThreads { threads in
            for _ in 0..<8 { threads.spawn { _ = try client.perform(getCall()) } }
        }
        #expect(sender.requests.count == 2 + 8)
    }
}
