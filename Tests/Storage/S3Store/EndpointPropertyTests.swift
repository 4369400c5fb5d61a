import TestSupport
import Testing

@testable import HTTPTransport
@testable import S3Store

/// What is so for every endpoint.
struct EndpointPropertyTests {
    private static let pieces = [
        "https://", "http://", "://", "s3", "s3.", "s3-", "photos", "photos.", "photos-12", ".",
        "..", "/", "//", ":", ":9000", ":443", "[", "]", "::1", "[::1]", "@", "?", "#", "%", "%2F",
        "eu-west-1", ".amazonaws.com", ".cn", "oss-cn-hangzhou", ".aliyuncs.com", "cos.",
        "ap-guangzhou", ".myqcloud.com", "0123456789abcdef0123456789abcdef",
        ".r2.cloudflarestorage.com", "\u{301}", "\u{0}", " ", "\u{E9}", "\u{1F600}", "EU",
        "bucket.",
        "vpce-1", ".vpce", "-internal", "127.0.0.1", "localhost", "example.com", "\r\n",
    ]

    private func settings(_ generator: inout SeededGenerator) -> S3Settings {
        let text = { (generator: inout SeededGenerator, count: ClosedRange<Int>) in
            generator.array(count) { $0.pick(Self.pieces) }.joined()
        }
        var settings = S3Settings(
            endpoint: text(&generator, 0...6),
            region: generator.oneIn(2) ? "" : text(&generator, 1...2),
            bucket: generator.oneIn(4) ? text(&generator, 0...3) : "photos")
        if generator.oneIn(3) { settings.provider = generator.pick(S3Provider.all) }
        if generator.oneIn(3) { settings.addressing = generator.pick(S3Addressing.allCases) }
        return settings
    }

    @Test(arguments: seeds(count: 8))
    func `any text gives an endpoint that is sound, or an error`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var count = 0
        for _ in 0..<400 {
            let settings = settings(&generator)
            guard let endpoint = try? S3Endpoint(settings) else { continue }
            count += 1
            #expect(!endpoint.candidates.isEmpty, "\(settings)")
            #expect(S3Region.isValid(endpoint.region), "\(settings)")
            for addressing in endpoint.candidates {
                let url = endpoint.url(addressing, key: "root/a b")
                let host = url.host
                #expect(host == host.lowercased() && !host.isEmpty, "\(settings)")
                #expect(host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(settings)")
                #expect(!host.contains("@") && !host.contains("/"), "\(settings)")
                #expect(url.path.hasSuffix("/root/a%20b"), "\(settings)")
                let segments = url.path.split(separator: "/", omittingEmptySubsequences: false)
                #expect(!segments.dropFirst().contains(""), "\(settings)")
                #expect(!segments.contains(".") && !segments.contains(".."), "\(settings)")
                #expect(url.port != url.scheme.defaultPort, "\(settings)")
            }
        }
        #expect(count > 10)
    }

    @Test(arguments: seeds(count: 8))
    func `what was understood is understood again in the same way`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let first = settings(&generator)
            guard let endpoint = try? S3Endpoint(first), endpoint.basePath.isEmpty else { continue }
            var again = first
            let port = endpoint.port.map { ":\($0)" } ?? ""
            // The hint that the bucket stands in the path is kept.
            let hint =
                first.addressing == nil && endpoint.candidates == [.path]
                ? "/" + endpoint.bucket
                : ""
            again.endpoint = "\(endpoint.scheme.rawValue)://\(endpoint.serviceHost)\(port)\(hint)"
            again.region = endpoint.region
            again.bucket = endpoint.bucket
            let second = try S3Endpoint(again)
            #expect(second.serviceHost == endpoint.serviceHost, "\(first)")
            #expect(second.candidates == endpoint.candidates, "\(first)")
            #expect(second.region == endpoint.region, "\(first)")
            #expect(second.provider == endpoint.provider, "\(first)")
        }
    }

    @Test(arguments: [
        ("a b/+&=?#%é\u{1F600}", "/a%20b/%2B%26%3D%3F%23%25%C3%A9%F0%9F%98%80"),
        ("a//b/../c/.", "/a//b/../c/."), ("~-._'()*!", "/~-._%27%28%29%2A%21"),
        ("e\u{301}", "/e%CC%81"), ("\u{E9}", "/%C3%A9"),
    ])
    func `keys are encoded once, and nothing in them is normalised`(
        _ key: String, _ path: String
    ) throws {
        let endpoint = try endpoint("http://s3.example.com:9000/base")
        let host = "http://s3.example.com:9000"
        #expect("\(endpoint.url(.path, key: key))" == "\(host)/base/photos\(path)")
        #expect("\(endpoint.url(.bound, key: key))" == "\(host)/base\(path)")
        let virtual = endpoint.url(.virtual, key: key, query: "x=1")
        #expect("\(virtual)" == "http://photos.s3.example.com:9000/base\(path)?x=1")
    }

    @Test func `the bucket itself has a path, too`() throws {
        let endpoint = try endpoint()
        #expect(endpoint.url(.path).path == "/photos")
        #expect(endpoint.url(.virtual).path == "/")
        #expect(endpoint.url(.bound).path == "/")
    }

    @Test(arguments: [
        ("s3.eu-west-1.amazonaws.com", "us-west-2", "s3.us-west-2.amazonaws.com"),
        ("s3.amazonaws.com", "us-west-2", "s3.us-west-2.amazonaws.com"),
        ("s3-eu-west-1.amazonaws.com", "us-west-2", "s3.us-west-2.amazonaws.com"),
        (
            "s3.dualstack.eu-west-1.amazonaws.com", "us-west-2",
            "s3.dualstack.us-west-2.amazonaws.com"
        ),
        ("s3-fips.us-east-1.amazonaws.com", "us-west-2", "s3-fips.us-west-2.amazonaws.com"),
        (
            "s3-fips-us-gov-west-1.amazonaws.com", "us-gov-east-1",
            "s3-fips.us-gov-east-1.amazonaws.com"
        ),
        ("s3.eu-west-1.amazonaws.com", "cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
        ("s3-accelerate.amazonaws.com", "us-west-2", "s3-accelerate.amazonaws.com"),
        (
            "bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com", "us-west-2",
            "bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com"
        ),
        ("s3.eu-central-1.wasabisys.com", "us-west-2", "s3.eu-central-1.wasabisys.com"),
        ("http://127.0.0.1:9000", "us-west-2", "127.0.0.1"),
    ])
    func `another region has another host at AWS only`(
        _ text: String, _ region: String, _ host: String
    ) throws {
        let moved = try endpoint(text).inRegion(region)
        #expect(moved.region == region)
        #expect(moved.serviceHost == host)
    }

    @Test func `providers are known by their names, in any case`() {
        for provider in S3Provider.all { #expect(S3Provider(name: provider.name) == provider) }
        #expect(S3Provider(name: "MinIO") == .minio)
        #expect(S3Provider(name: "nobody") == nil)
        #expect(Set(S3Provider.all.map(\.name)).count == S3Provider.all.count)
        #expect(S3Provider.oss.createOnlyHeader?.name == "x-oss-forbid-overwrite")
        #expect(S3Provider.b2.createOnlyHeader == nil)
    }
}
