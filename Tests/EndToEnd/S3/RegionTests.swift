import TestSupport
import Testing

/// A bucket that is elsewhere than the settings say.
struct RegionTests {
    private static let options = StandInOption.buckets(["test": "eu-west-1"])

    @Test func `another region of AWS is found out, and remembered`() throws {
        let home = try BucketHome(
            .aws, Self.options)
        // The redirect is one request more, in the first run only.
        try home.succeed("init")
        let first = try home.server.requests(clears: true)
        #expect(first.count { $0.status == 301 } >= 1)
        try home.succeed("snapshot", "source")
        let second = try home.server.requests(clears: true)
        #expect(second.allSatisfy { $0.status < 300 && $0.region == "eu-west-1" })
        #expect(second.allSatisfy { $0.host == "test.s3.eu-west-1.amazonaws.com" })
        // Who forgets it finds it out again: for the whole run, not for each request.
        try home.succeed("cache", "clear")
        try home.expectRestores()
        let third = try home.server.requests()
        #expect(third.count { $0.status == 301 } == 1)
        #expect(third.count { $0.status >= 400 } == 0)
    }

    @Test func `a wrong region alone leads to the right one`() throws {
        let home = try BucketHome(.aws).prepared()
        let noEndpoint = ["AWS_ENDPOINT_URL_S3": "", "http_proxy": ""]
        let variables = noEndpoint.merging(["AWS_CA_BUNDLE": home.server.authorityPath]) { $1 }
        let run = try home.run("snapshot", "source", "--region", "eu-central-1", with: variables)
        #expect(run.exitCode == 0, "\(run.error)")
        let refused = try home.server.requests().filter { $0.status >= 300 }
        #expect(refused.count == 1)
        #expect(refused.first?.host == "test.s3.eu-central-1.amazonaws.com")
        try home.expectUnharmed(snapshots: 2)
    }

    @Test func `a region that contradicts the endpoint's name does not count`() throws {
        let home = try BucketHome(.aws).prepared()
        try home.succeed("snapshot", "source", "--region", "eu-central-1")
        let requests = try home.server.requests()
        #expect(requests.allSatisfy { $0.status < 300 && $0.region == "us-east-1" })
        let doctor = try home.succeed("doctor", "--region", "eu-central-1")
        #expect(doctor.text.contains("using us-east-1"))
    }

    @Test func `OSS names the endpoint to use instead`() throws {
        let home = try BucketHome(
            .oss, .buckets(["test": "cn-beijing"]))
        expectFailure(
            try home.run("list"), 1, ["settings are wrong", "0003-00001403"],
            try: ["oss-cn-beijing.aliyuncs.com"])
    }

    @Test func `COS knows no bucket of another region, nor one without the APPID`() throws {
        let home = try BucketHome(
            .cos, .buckets(["test-1250000000": "ap-beijing"]))
        expectFailure(
            try home.run("snapshot", "source"), 1, ["bucket is missing", "NoSuchBucket"],
            try: ["test-1250000000", "APPID"])
    }

    @Test(arguments: [StandIn.Personality.aws, .oss, .minio, .r2])
    func `a bucket that is missing`(_ personality: StandIn.Personality) throws {
        let home = try BucketHome(personality)
        let address = "s3://nobody-has-this/backup"
        for arguments in [["init"], ["list"], ["snapshot", "source"]] {
            let run = try home.start(arguments, with: ["VARVE_REPO": address]).wait()
            expectFailure(
                run, 1, ["bucket is missing", "NoSuchBucket"],
                try: ["make the bucket nobody-has-this", "endpoint"])
        }
    }
}
