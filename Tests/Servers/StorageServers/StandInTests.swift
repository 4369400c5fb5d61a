import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The stand-in is strict, and each provider in its own way.
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

    // The example of the service's documentation: a GET with a range on 24 May 2013.
    @Test(arguments: [
        ("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", 206),
        ("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb42", 403),
    ])
    func `the published signature is right and no other is`(
        _ signature: String, _ status: Int
    ) throws {
        let server = try StandIn(
            .aws, .buckets(["examplebucket": ""]), .accessKey("AKIAIOSFODNN7EXAMPLE"),
            .secretKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            .clockAhead(seconds: 1_369_353_600 - Int(Date().timeIntervalSince1970)))
        try server.plant("test.txt", Array("Welcome to Amazon S3.".utf8))
        let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let answer = try RawAnswer(
            "GET", "/test.txt", to: server.endpoint, host: "examplebucket.s3.amazonaws.com",
            headers: [
                "Range: bytes=0-9", "x-amz-date: 20130524T000000Z",
                "x-amz-content-sha256: \(emptyHash)",
                "Authorization: AWS4-HMAC-SHA256 "
                    + "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                    + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                    + "Signature=\(signature)",
            ])
        #expect(answer.status == status)
        if status == 206 { #expect(answer.body == "Welcome to") }
    }

    @Test(arguments: [
        ("oss", "oss-cn-hangzhou.aliyuncs.com", "/test/key", "SecondLevelDomainForbidden"),
        ("cos", "cos.ap-guangzhou.myqcloud.com", "/test-1250000000/k", "PathStyleDomainForbidden"),
        ("aws", "test.s3.eu-west-1.amazonaws.com", "/key", "PermanentRedirect"),
        ("oss", "test.oss-cn-beijing.aliyuncs.com", "/key", "AccessDenied"),
        ("aws", "test.s3.us-east-1.amazonaws.com", "/key", "NoSuchKey"),
        ("aws", "other.s3.us-east-1.amazonaws.com", "/key", "NoSuchBucket"),
        ("cos", "test-1250000000.cos.ap-guangzhou.myqcloud.com", "/key", "NoSuchKey"),
    ])
    func `hosts mean what they mean to the provider`(
        _ personality: String, _ host: String, _ path: String, _ code: String
    ) throws {
        let personality = try #require(StandIn.Personality(rawValue: personality))
        let server = try StandIn(personality, .isPublic(.read))
        let answer = try RawAnswer("GET", path, to: server.endpoint, host: host)
        #expect(answer.body.contains("<Code>\(code)</Code>"))
        // A proxied request says the same.
        let proxied = try RawAnswer(
            "GET", "http://\(host)\(path)", to: server.endpoint, host: host)
        #expect(proxied.body.contains("<Code>\(code)</Code>"))
    }

    @Test func `a proxy does not know names of others`() throws {
        let server = try StandIn(.aws)
        let answer = try RawAnswer(
            "GET", "http://s3.example.com/test/key", to: server.endpoint, host: "s3.example.com")
        #expect(answer.status == 502)
    }

    @Test(arguments: [
        ("Transfer-Encoding: chunked", 411), ("Expect: 100-continue", 417),
        ("Content-Length: x", 400),
    ])
    func `bodies without a length and what waits are refused`(
        _ header: String, _ status: Int
    ) throws {
        let server = try StandIn(.aws, .isPublic(.write))
        let length = status == 417 ? ["Content-Length: 0"] : []
        let answer = try RawAnswer(
            "PUT", "/test/key", to: server.endpoint, headers: length + [header])
        #expect(answer.status == status)
        #expect(try server.requests().first?.kind == .refused)
    }

    @Test(arguments: [
        (StandIn.Personality.aws, "If-None-Match: *", 412),
        (.oss, "x-oss-forbid-overwrite: true", 409), (.oss, "If-None-Match: *", 501),
        (.cos, "x-cos-forbid-overwrite: true", 409), (.cos, "If-None-Match: *", 200),
        (.b2, "If-None-Match: *", 501), (.gcs, "If-None-Match: *", 200),
        (.gcs, "x-goog-if-generation-match: 0", 412),
    ])
    func `each provider has its condition against overwriting`(
        _ personality: StandIn.Personality, _ condition: String, _ status: Int
    ) throws {
        let server = try StandIn(personality, .isPublic(.write))
        try server.plant("key", [1])
        let answer = try RawAnswer(
            "PUT", "/key", to: server.endpoint, host: "\(server.bucket).s3.localhost",
            headers: [condition], body: "new")
        #expect(answer.status == status)
        #expect(try server.object("key") == (status == 200 ? Array("new".utf8) : [1]))
    }

    @Test(arguments: [(1, [1, 2]), (3, [])])
    func `a broken listing says that it goes on and not where`(
        _ page: Int, _ expected: [Int]
    ) throws {
        let server = try StandIn(.brokenList, .isPublic(.list), .page(page))
        for key in ["a", "b"] { try server.plant(key, []) }
        let answer = try RawAnswer("GET", "/test?list-type=2", to: server.endpoint)
        let isTruncated = answer.body.contains("<IsTruncated>true</IsTruncated>")
        #expect(isTruncated == !expected.isEmpty)
        #expect(!answer.body.contains("NextContinuationToken"))
        try server.set(.listFaults([]))
        let right = try RawAnswer("GET", "/test?list-type=2", to: server.endpoint)
        #expect(right.body.contains("NextContinuationToken") == isTruncated)
    }

    @Test func `a stand-in ends with its object`() throws {
        var server: StandIn? = try StandIn(.aws)
        let process = try #require(server?.processID)
        try #require(process > 1 && kill(process, 0) == 0)
        server = nil
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(20)
        // It is gone once the parent has heard of its end.
        while kill(process, 0) == 0 {
            try #require(clock.now < limit)
            sched_yield()
        }
    }
}
