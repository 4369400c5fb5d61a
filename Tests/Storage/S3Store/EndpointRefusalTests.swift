import Testing

@testable import S3Store

/// Settings that cannot be right are refused before anything is sent.
struct EndpointRefusalTests {
    struct Row: CustomTestStringConvertible {
        var endpoint = "s3.example.com"
        var region = ""
        var bucket = "photos"
        var provider: S3Provider?
        var addressing: S3Addressing?
        let setting: String
        /// A part of the cause or of the remedy.
        let says: String

        var testDescription: String { "\(endpoint) \(region) \(bucket)" }

        var error: S3SettingsError? {
            var settings = S3Settings(endpoint: endpoint, region: region, bucket: bucket)
            settings.provider = provider
            settings.addressing = addressing
            do {
                _ = try S3Endpoint(settings)
                return nil
            } catch {
                return error
            }
        }
    }

    private static func endpoint(_ text: String, _ says: String) -> Row {
        Row(endpoint: text, setting: "endpoint", says: says)
    }

    static let endpoints = [
        endpoint("ftp://s3.example.com", "http:// or https://"),
        endpoint("s3://photos", "http:// or https://"),
        endpoint("://s3.example.com", "http:// or https://"),
        endpoint("https://", "host"),
        endpoint("https:///photos", "host"),
        endpoint("https:s3.example.com", "no port"),
        endpoint("s3.example.com?x=1", "query"),
        endpoint("https://s3.example.com/photos#top", "fragment"),
        endpoint("s3.example.com:0", "65535"),
        endpoint("s3.example.com:65536", "65535"),
        endpoint("s3.example.com:", "65535"),
        endpoint("s3.example.com:+80", "65535"),
        endpoint("s3.example.com:http", "65535"),
        endpoint("fd00::1:9000", "[::1]:9000"),
        endpoint("[fd00::1", "bracket"),
        endpoint("[fd00::1]9000", "[ADDRESS]:PORT"),
        endpoint("[fd00::1]:0", "65535"),
        endpoint("[]", "[ADDRESS]:PORT"),
        endpoint("[1234]", "[ADDRESS]:PORT"),
        endpoint("[fe80::1%eth0]", "[ADDRESS]:PORT"),
        endpoint("[\u{FF21}::1]", "[ADDRESS]:PORT"),
        endpoint("s3..example.com", "no host's name"),
        endpoint(".example.com", "no host's name"),
        endpoint("...", "no host's name"),
        endpoint("s3 .example.com", "no host's name"),
        endpoint("b\u{FC}cher.example.com", "no host's name"),
        endpoint("s3.example.com\\photos", "no host's name"),
        endpoint("s3.example.com/a/../b", "dots"),
        endpoint("s3.example.com/a/%2e%2E/b", "dots"),
        endpoint("s3.example.com/./b", "dots"),
        endpoint("s3express-use1-az4.us-east-1.amazonaws.com", "general-purpose"),
        endpoint("photos.s3express-use1-az4.us-east-1.amazonaws.com", "general-purpose"),
        endpoint("other.s3-accesspoint.eu-west-1.amazonaws.com", "general-purpose"),
        endpoint("s3-website-eu-west-1.amazonaws.com", "general-purpose"),
        endpoint("photos.s3-website.eu-central-1.amazonaws.com", "general-purpose"),
        endpoint("s3-control.eu-central-1.amazonaws.com", "general-purpose"),
        Row(endpoint: "", provider: .minio, setting: "endpoint", says: "MinIO"),
    ]

    private static func bucket(
        _ name: String, _ says: String = "no bucket's name", at endpoint: String = "s3.example.com"
    ) -> Row {
        Row(endpoint: endpoint, bucket: name, setting: "bucket", says: says)
    }

    static let names = [
        bucket("", "empty"), bucket(" \n", "empty"), bucket("s3"), bucket(".photos"),
        bucket("photos."), bucket("a..b"), bucket("a/b"), bucket("my photos"),
        bucket("b\u{FC}cher"), bucket(String(repeating: "a", count: 256)),
        bucket("photos", "APPID", at: "cos.ap-guangzhou.myqcloud.com"),
        bucket("photos-abc", "APPID", at: "cos.ap-guangzhou.myqcloud.com"),
        bucket("photos-", "APPID", at: "cos.ap-guangzhou.myqcloud.com"),
        // Another bucket in the host than in the field.
        bucket("photos", "\"music\"", at: "music.s3.eu-west-1.amazonaws.com"),
        bucket("photos", "\"music\"", at: "music.eu-west-1.amazonaws.com"),
        bucket("photos", "\"my.music\"", at: "my.music.oss-cn-hangzhou.aliyuncs.com"),
        bucket("photos", "\"photos-x\"", at: "photos-x.cos.ap-guangzhou.myqcloud.com"),
        bucket("photos", "\"photos-12\"", at: "photos-12.nyc3.digitaloceanspaces.com"),
        // No certificate fits, and a path is not taken.
        bucket("my.photos", "dot", at: "oss-cn-hangzhou.aliyuncs.com"),
        bucket("my.photos", "dot", at: "oss-cn-hangzhou.aliyuncs.com/my.photos"),
        bucket("my.photos", "dot", at: "s3-accelerate.amazonaws.com"),
        bucket("my.photos-12", "dot", at: "cos.ap-guangzhou.myqcloud.com"),
        bucket("Photos", "capitals", at: "oss-cn-hangzhou.aliyuncs.com"),
        Row(bucket: "my.photos", addressing: .virtual, setting: "bucket", says: "dot"),
        Row(
            endpoint: "http://127.0.0.1:9000", addressing: .virtual, setting: "addressing",
            says: "127.0.0.1"),
        Row(endpoint: "[::1]", addressing: .virtual, setting: "addressing", says: "[::1]"),
    ]

    static let regions =
        ["eu west", "eu_west", "evil.com/", "\u{E9}", "a:b"].map {
            Row(region: $0, setting: "region", says: "no region's name")
        } + [
            Row(region: String(repeating: "a", count: 64), setting: "region", says: "eu-central-1")
        ]

    @Test(arguments: endpoints + names + regions)
    func `it is said which setting is wrong, and why`(_ row: Row) throws {
        let error = try #require(row.error)
        #expect(error.setting == row.setting)
        #expect("\(error) \(error.remedy)".contains(row.says), "\(error): \(error.remedy)")
        #expect(!error.remedy.isEmpty)
    }

    @Test(arguments: [
        "https://AKID:hidden@s3.example.com", "AKID:hidden@s3.example.com",
        "https://AKID:hid?hidden@s3.example.com", "AKID:hidden@ftp://s3.example.com",
        "https://AKID:hidden/x@s3.example.com", "https://hidden@s3.example.com:hidden",
        "https://s3.example.com/hidden@x", "[hidden@]",
    ])
    func `an endpoint that may hold a password is refused unseen`(_ text: String) throws {
        let error = try #require(EndpointRefusalTests.endpoint(text, "").error)
        #expect(error.setting == "endpoint")
        #expect(!"\(error) \(error.remedy) \(error.cause)".contains("hid"))
        #expect(error.remedy.contains("never in the endpoint"))
    }

    @Test(arguments: [
        Row(endpoint: "\u{1B}[31m.com", setting: "endpoint", says: ""),
        Row(region: "\u{9B}31m", setting: "region", says: ""),
        Row(bucket: "a\u{202E}b\u{7}", setting: "bucket", says: ""),
    ])
    func `no message brings control characters to a terminal`(_ row: Row) throws {
        let error = try #require(row.error)
        let scalars = "\(error)\(error.remedy)".unicodeScalars
        #expect(!scalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        #expect(!scalars.contains { $0.properties.isBidiControl })
    }
}
