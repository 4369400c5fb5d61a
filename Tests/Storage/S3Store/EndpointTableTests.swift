import Testing

@testable import S3Store

/// How settings are understood, for each provider and each form of its hosts.
struct EndpointTableTests {
    struct Row: CustomTestStringConvertible {
        let settings: S3Settings
        let provider: S3Provider
        let region: String
        let candidates: [S3Addressing]
        /// Of the object `k` by the first candidate.
        let url: String
        /// A word of each notice.
        let notices: [String]

        init(
            _ endpoint: String, region: String = "", bucket: String = "photos",
            provider: S3Provider? = nil, addressing: S3Addressing? = nil,
            is found: S3Provider, _ foundRegion: String, _ candidates: [S3Addressing],
            _ url: String, _ notices: [String] = []
        ) {
            var settings = S3Settings(endpoint: endpoint, region: region, bucket: bucket)
            settings.provider = provider
            settings.addressing = addressing
            self.settings = settings
            self.provider = found
            self.region = foundRegion
            self.candidates = candidates
            self.url = url
            self.notices = notices
        }

        var testDescription: String {
            "\(settings.endpoint) \(settings.region) \(settings.bucket)"
        }
    }

    private func check(_ row: Row) throws {
        let endpoint = try S3Endpoint(row.settings)
        #expect(endpoint.provider == row.provider)
        #expect(endpoint.region == row.region)
        #expect(endpoint.candidates == row.candidates)
        #expect("\(endpoint.url(endpoint.candidates[0], key: "k"))" == row.url)
        #expect(endpoint.notices.count == row.notices.count, "\(endpoint.notices)")
        for (notice, word) in zip(endpoint.notices, row.notices) {
            #expect(notice.contains(word))
        }
    }

    private static let awsURL = "https://photos.s3.eu-west-1.amazonaws.com/k"

    static let aws = [
        Row("", is: .aws, "us-east-1", [.virtual], "https://photos.s3.us-east-1.amazonaws.com/k"),
        Row("", region: "eu-west-1", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row("  ", region: " EU-West-1 ", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row(
            "", region: "cn-north-1", is: .aws, "cn-north-1", [.virtual],
            "https://photos.s3.cn-north-1.amazonaws.com.cn/k"),
        Row("s3.eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row("https://S3.EU-west-1.amazonAWS.com:443//", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row("\ts3.eu-west-1.amazonaws.com..\n", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row("photos.s3.eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row(
            "s3.eu-west-1.amazonaws.com/photos/", is: .aws, "eu-west-1", [.path],
            "https://s3.eu-west-1.amazonaws.com/photos/k"),
        Row(
            "photos.eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual], awsURL,
            ["using s3.eu-west-1.amazonaws.com"]),
        Row(
            "https://eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual], awsURL,
            ["using s3.eu-west-1.amazonaws.com"]),
        Row(
            "photos.cn-north-1.amazonaws.com.cn", is: .aws, "cn-north-1", [.virtual],
            "https://photos.s3.cn-north-1.amazonaws.com.cn/k",
            ["using s3.cn-north-1.amazonaws.com.cn"]),
        Row(
            "s3.amazonaws.com", is: .aws, "us-east-1", [.virtual],
            "https://photos.s3.amazonaws.com/k"),
        Row("s3.amazonaws.com", region: "eu-west-1", is: .aws, "eu-west-1", [.virtual], awsURL),
        Row(
            "s3.amazonaws.com", region: "cn-north-1", is: .aws, "cn-north-1", [.virtual],
            "https://photos.s3.cn-north-1.amazonaws.com.cn/k"),
        Row(
            "s3.eu-west-1.amazonaws.com", region: "eu-west-2", is: .aws, "eu-west-1", [.virtual],
            awsURL, ["using eu-west-1"]),
    ]

    static let awsForms = [
        Row(
            "s3-eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual],
            "https://photos.s3-eu-west-1.amazonaws.com/k"),
        Row(
            "s3-external-1.amazonaws.com", is: .aws, "us-east-1", [.virtual],
            "https://photos.s3-external-1.amazonaws.com/k"),
        Row(
            "s3.dualstack.eu-west-1.amazonaws.com", is: .aws, "eu-west-1", [.virtual],
            "https://photos.s3.dualstack.eu-west-1.amazonaws.com/k"),
        Row(
            "photos.s3-fips.dualstack.us-east-1.amazonaws.com", is: .aws, "us-east-1", [.virtual],
            "https://photos.s3-fips.dualstack.us-east-1.amazonaws.com/k"),
        Row(
            "s3-fips-us-gov-west-1.amazonaws.com", is: .aws, "us-gov-west-1", [.virtual],
            "https://photos.s3-fips-us-gov-west-1.amazonaws.com/k"),
        Row(
            "s3.cn-north-1.amazonaws.com.cn", is: .aws, "cn-north-1", [.virtual],
            "https://photos.s3.cn-north-1.amazonaws.com.cn/k"),
        Row(
            "photos.s3-accelerate.amazonaws.com", region: "eu-west-1", is: .aws, "eu-west-1",
            [.virtual], "https://photos.s3-accelerate.amazonaws.com/k"),
        Row(
            "s3-accelerate.dualstack.amazonaws.com/photos", is: .aws, "us-east-1", [.virtual],
            "https://photos.s3-accelerate.dualstack.amazonaws.com/k"),
        Row(
            "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", is: .aws, "us-east-1", [.path],
            "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/photos/k"),
        Row(
            "photos.bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", is: .aws, "us-east-1",
            [.path], "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/photos/k"),
        // Buckets that are called like hosts, or like the word in PrivateLink's hosts.
        Row(
            "bucket.s3.eu-west-1.amazonaws.com", bucket: "bucket", is: .aws, "eu-west-1",
            [.virtual], "https://bucket.s3.eu-west-1.amazonaws.com/k"),
        Row(
            "s3-fips.us-east-1.amazonaws.com", bucket: "s3-fips", is: .aws, "us-east-1",
            [.virtual], "https://s3-fips.s3-fips.us-east-1.amazonaws.com/k"),
        Row(
            "s3-control.s3.us-east-1.amazonaws.com", bucket: "s3-control", is: .aws, "us-east-1",
            [.virtual], "https://s3-control.s3.us-east-1.amazonaws.com/k"),
        // Names that cannot stand in a host.
        Row(
            "", region: "eu-west-1", bucket: "my.photos", is: .aws, "eu-west-1", [.path],
            "https://s3.eu-west-1.amazonaws.com/my.photos/k"),
        Row(
            "my.photos.s3.eu-west-1.amazonaws.com", bucket: "my.photos", is: .aws, "eu-west-1",
            [.path], "https://s3.eu-west-1.amazonaws.com/my.photos/k"),
        Row(
            "http://s3.eu-west-1.amazonaws.com", bucket: "my.photos", is: .aws, "eu-west-1",
            [.virtual], "http://my.photos.s3.eu-west-1.amazonaws.com/k"),
        Row(
            "photos.s3.eu-west-1.amazonaws.com", bucket: "Photos", is: .aws, "eu-west-1", [.path],
            "https://s3.eu-west-1.amazonaws.com/Photos/k"),
        Row(
            "s3.eu-west-1.amazonaws.com", addressing: .path, is: .aws, "eu-west-1", [.path],
            "https://s3.eu-west-1.amazonaws.com/photos/k"),
        // The host of a service is no bucket's own.
        Row(
            "photos.s3.eu-west-1.amazonaws.com", addressing: .bound, is: .aws, "eu-west-1",
            [.virtual], awsURL),
    ]

    private static let account = "0123456789abcdef0123456789abcdef"
    private static let r2Host = "\(account).r2.cloudflarestorage.com"

    static let r2 = [
        Row(r2Host, is: .r2, "auto", [.path], "https://\(r2Host)/photos/k"),
        Row(r2Host, region: "us-east-1", is: .r2, "auto", [.path], "https://\(r2Host)/photos/k"),
        Row(r2Host, region: "weur", is: .r2, "weur", [.path], "https://\(r2Host)/photos/k"),
        Row("photos.\(r2Host)", is: .r2, "auto", [.path], "https://\(r2Host)/photos/k"),
        Row("https://\(r2Host)/photos", is: .r2, "auto", [.path], "https://\(r2Host)/photos/k"),
        Row(
            "https://\(account).eu.r2.cloudflarestorage.com/photos", is: .r2, "auto", [.path],
            "https://\(account).eu.r2.cloudflarestorage.com/photos/k"),
        Row(
            "photos.\(account).fedramp.r2.cloudflarestorage.com", is: .r2, "auto", [.path],
            "https://\(account).fedramp.r2.cloudflarestorage.com/photos/k"),
        Row(
            r2Host, addressing: .virtual, is: .r2, "auto", [.virtual], "https://photos.\(r2Host)/k"
        ),
    ]

    private static let ossURL = "https://photos.oss-cn-hangzhou.aliyuncs.com/k"
    private static let cosURL = "https://photos-1250000000.cos.ap-guangzhou.myqcloud.com/k"

    static let ossAndCOS = [
        Row("oss-cn-hangzhou.aliyuncs.com", is: .oss, "cn-hangzhou", [.virtual], ossURL),
        Row("photos.oss-cn-hangzhou.aliyuncs.com", is: .oss, "cn-hangzhou", [.virtual], ossURL),
        Row("oss-cn-hangzhou.aliyuncs.com/photos", is: .oss, "cn-hangzhou", [.virtual], ossURL),
        Row(
            "oss-cn-hangzhou.aliyuncs.com", region: "oss-cn-hangzhou", is: .oss, "oss-cn-hangzhou",
            [.virtual], ossURL),
        Row(
            "s3.oss-cn-hangzhou.aliyuncs.com", is: .oss, "cn-hangzhou", [.virtual],
            "https://photos.s3.oss-cn-hangzhou.aliyuncs.com/k"),
        Row(
            "photos.oss-cn-hangzhou-internal.aliyuncs.com", is: .oss, "cn-hangzhou", [.virtual],
            "https://photos.oss-cn-hangzhou-internal.aliyuncs.com/k"),
        Row(
            "oss-accelerate-overseas.aliyuncs.com", region: "cn-hangzhou", is: .oss, "cn-hangzhou",
            [.virtual], "https://photos.oss-accelerate-overseas.aliyuncs.com/k"),
        Row(
            "oss-cn-hangzhou.aliyuncs.com", bucket: "oss-cn-hangzhou", is: .oss, "cn-hangzhou",
            [.virtual], "https://oss-cn-hangzhou.oss-cn-hangzhou.aliyuncs.com/k"),
        Row(
            "oss-cn-hangzhou.oss-cn-hangzhou.aliyuncs.com", bucket: "oss-cn-hangzhou", is: .oss,
            "cn-hangzhou", [.virtual], "https://oss-cn-hangzhou.oss-cn-hangzhou.aliyuncs.com/k"),
        Row(
            "cos.ap-guangzhou.myqcloud.com", bucket: "photos-1250000000", is: .cos, "ap-guangzhou",
            [.virtual], cosURL),
        Row(
            "photos-1250000000.cos.ap-guangzhou.myqcloud.com", bucket: "photos-1250000000",
            is: .cos, "ap-guangzhou", [.virtual], cosURL),
        Row(
            "photos-1250000000.cos.ap-guangzhou.myqcloud.com", is: .cos, "ap-guangzhou",
            [.virtual], cosURL, ["photos-1250000000"]),
        Row(
            "photos-1-1250000000.cos.accelerate.myqcloud.com", region: "ap-guangzhou",
            bucket: "photos-1", is: .cos, "ap-guangzhou", [.virtual],
            "https://photos-1-1250000000.cos.accelerate.myqcloud.com/k", ["photos-1-1250000000"]),
        Row(
            "cos.ap-guangzhou.tencentcos.cn", bucket: "photos-1250000000", is: .cos,
            "ap-guangzhou", [.virtual],
            "https://photos-1250000000.cos.ap-guangzhou.tencentcos.cn/k"),
    ]

    static let others = [
        Row(
            "s3.us-west-004.backblazeb2.com", is: .b2, "us-west-004", [.path],
            "https://s3.us-west-004.backblazeb2.com/photos/k"),
        Row(
            "photos.s3.us-west-004.backblazeb2.com", is: .b2, "us-west-004", [.path],
            "https://s3.us-west-004.backblazeb2.com/photos/k"),
        Row(
            "s3.wasabisys.com", is: .wasabi, "us-east-1", [.path],
            "https://s3.wasabisys.com/photos/k"),
        Row(
            "s3.eu-central-1.wasabisys.com", is: .wasabi, "eu-central-1", [.path],
            "https://s3.eu-central-1.wasabisys.com/photos/k"),
        Row(
            "storage.googleapis.com", is: .gcs, "auto", [.path],
            "https://storage.googleapis.com/photos/k"),
        Row(
            "photos.nyc3.digitaloceanspaces.com", is: .digitalOcean, "nyc3", [.path],
            "https://nyc3.digitaloceanspaces.com/photos/k"),
        Row(
            "obs.cn-north-4.myhuaweicloud.com", is: .obs, "cn-north-4", [.virtual],
            "https://photos.obs.cn-north-4.myhuaweicloud.com/k"),
        Row(
            "s3-cn-east-1.qiniucs.com", is: .qiniu, "cn-east-1", [.path],
            "https://s3-cn-east-1.qiniucs.com/photos/k"),
        Row(
            "photos.s3.cn-east-1.qiniucs.com", is: .qiniu, "cn-east-1", [.path],
            "https://s3.cn-east-1.qiniucs.com/photos/k"),
        Row(
            "tos-s3-cn-beijing.volces.com", is: .tos, "cn-beijing", [.virtual],
            "https://photos.tos-s3-cn-beijing.volces.com/k"),
        // What the host says of a provider counts more than the setting.
        Row(
            "storage.googleapis.com", provider: .minio, is: .gcs, "auto", [.path],
            "https://storage.googleapis.com/photos/k"),
        Row(
            "http://localhost:3900", provider: .garage, is: .garage, "garage", [.path],
            "http://localhost:3900/photos/k"),
    ]

    static let servers = [
        Row(
            "http://127.0.0.1:9000", is: .other, "us-east-1", [.path],
            "http://127.0.0.1:9000/photos/k"),
        Row("127.0.0.1", is: .other, "us-east-1", [.path], "https://127.0.0.1/photos/k"),
        Row("http://localhost:80", is: .other, "us-east-1", [.path], "http://localhost/photos/k"),
        Row(
            "http://localhost:443", is: .other, "us-east-1", [.path],
            "http://localhost:443/photos/k"),
        Row("localhost:80", is: .other, "us-east-1", [.path], "https://localhost:80/photos/k"),
        Row("nas:9000/photos", is: .other, "us-east-1", [.path], "https://nas:9000/photos/k"),
        Row("http://[::1]:9000", is: .other, "us-east-1", [.path], "http://[::1]:9000/photos/k"),
        Row("[FD00::A]", is: .other, "us-east-1", [.path], "https://[fd00::a]/photos/k"),
        Row("[fd00::a]:443/", is: .other, "us-east-1", [.path], "https://[fd00::a]/photos/k"),
        Row(
            "http://[::ffff:10.0.0.1]:9000", bucket: "my.photos", is: .other, "us-east-1",
            [.path], "http://[::ffff:10.0.0.1]:9000/my.photos/k"),
        Row(
            "http://127.0.0.1:9000", provider: .oss, is: .oss, "us-east-1", [.path],
            "http://127.0.0.1:9000/photos/k"),
        Row(
            "http://s3.localhost:9000", addressing: .virtual, is: .other, "us-east-1", [.virtual],
            "http://photos.s3.localhost:9000/k"),
        Row(
            "http://photos.s3.localhost:9000", addressing: .virtual, is: .other, "us-east-1",
            [.virtual], "http://photos.s3.localhost:9000/k"),
    ]

    static let unknownHosts = [
        Row(
            "s3.example.com", is: .other, "us-east-1", [.path, .virtual, .bound],
            "https://s3.example.com/photos/k"),
        Row(
            "s3.example.com", region: "home", bucket: "my.photos", is: .other, "home",
            [.path, .bound], "https://s3.example.com/my.photos/k"),
        Row(
            "http://s3.example.com", bucket: "my.photos", is: .other, "us-east-1",
            [.path, .virtual, .bound], "http://s3.example.com/my.photos/k"),
        Row(
            "https://s3.example.com/photos", is: .other, "us-east-1", [.path],
            "https://s3.example.com/photos/k"),
        Row(
            "photos.example.com", is: .other, "us-east-1", [.bound, .path],
            "https://photos.example.com/k"),
        Row(
            "cdn.example.com", provider: .oss, is: .oss, "us-east-1", [.virtual, .bound],
            "https://photos.cdn.example.com/k"),
        Row(
            "cdn.example.com", provider: .oss, addressing: .bound, is: .oss, "us-east-1",
            [.bound], "https://cdn.example.com/k"),
        Row(
            "s3.example.com", provider: .minio, is: .minio, "us-east-1", [.path],
            "https://s3.example.com/photos/k"),
        Row(
            "https://proxy.example.com/a b/%C3%A9%2f//photos", addressing: .path, is: .other,
            "us-east-1", [.path], "https://proxy.example.com/a%20b/%C3%A9%2F/photos/photos/k",
            ["below the path /a%20b/%C3%A9%2F/photos"]),
        Row(
            "https://proxy.example.com/photos/s3", is: .other, "us-east-1", [.path],
            "https://proxy.example.com/s3/photos/k", ["below the path /s3"]),
        // Hosts that only look like those of a service.
        Row(
            "oss-.aliyuncs.com", is: .other, "us-east-1", [.path, .virtual, .bound],
            "https://oss-.aliyuncs.com/photos/k"),
        Row(
            "s3.us_east.backblazeb2.com", is: .other, "us-east-1", [.path, .virtual, .bound],
            "https://s3.us_east.backblazeb2.com/photos/k"),
        Row(
            "s3.amazonaws.com.cn", region: "cn-north-1", is: .other, "cn-north-1",
            [.path, .virtual, .bound], "https://s3.amazonaws.com.cn/photos/k"),
        Row(
            "0123.r2.cloudflarestorage.com", is: .other, "us-east-1", [.path, .virtual, .bound],
            "https://0123.r2.cloudflarestorage.com/photos/k"),
        Row(
            "amazonaws.com.example.com", is: .other, "us-east-1", [.path, .virtual, .bound],
            "https://amazonaws.com.example.com/photos/k"),
    ]

    @Test(arguments: aws) func `AWS is understood`(_ row: Row) throws { try check(row) }
    @Test(arguments: awsForms) func `every form of AWS's hosts is understood`(
        _ row: Row
    ) throws { try check(row) }
    @Test(arguments: r2) func `R2 is understood`(_ row: Row) throws { try check(row) }
    @Test(arguments: ossAndCOS) func `OSS and COS are understood`(
        _ row: Row
    ) throws { try check(row) }
    @Test(arguments: others) func `other known services are understood`(
        _ row: Row
    ) throws { try check(row) }
    @Test(arguments: servers) func `servers of one's own take the bucket in the path`(
        _ row: Row
    ) throws { try check(row) }
    @Test(arguments: unknownHosts) func `of unknown hosts a probe decides`(
        _ row: Row
    ) throws { try check(row) }
}
