import TestSupport
import Testing

/// Keys that the store does not take: nothing is done, and what to do is said for the provider.
struct RefusedKeyTests {
    @Test(arguments: [StandIn.Personality.aws, .r2, .oss, .cos, .minio])
    func `a wrong secret`(_ personality: StandIn.Personality) throws {
        let home = try BucketHome(personality).prepared()
        try home.addFile()
        try home.server.set(.secretKey("AnotherSecret"))
        let run = try home.run("snapshot", "source")
        expectFailure(
            run, 1, ["PUT indexes/session.", "credentials are refused", "SignatureDoesNotMatch"],
            try: ["secret access key"])
        #expect(try home.server.requests(clears: true).allSatisfy { $0.status >= 400 })
        try home.server.set(.secretKey(BucketHome.secret))
        try home.expectUnharmed()
    }

    @Test(arguments: [
        (StandIn.Personality.aws, "AWS S3"), (.r2, "Cloudflare R2"), (.oss, "Alibaba Cloud OSS"),
        (.cos, "Tencent Cloud COS"), (.minio, "MinIO"),
    ])
    func `a key ID that nobody knows`(_ personality: StandIn.Personality, _ title: String) throws {
        let home = try BucketHome(personality).prepared()
        try home.server.set(.accessKey("AnotherKey"))
        let run = try home.run("restore", "latest", "--to", "target")
        expectFailure(
            run, 1, ["credentials are refused", "InvalidAccessKeyId"],
            try: ["access key ID", title])
        #expect(!home.tool.home.appending("target").exists)
        try home.server.set(.accessKey(home.server.accessKey))
        try home.expectUnharmed()
    }

    @Test func `a session token that is spent, or missing`() throws {
        let home = try BucketHome(.aws).prepared()
        try home.server.set(.token(BucketHome.token))
        for token in ["EXPIRED", "AnotherToken\(BucketHome.token)"] {
            let run = try home.run("snapshot", "source", with: ["AWS_SESSION_TOKEN": token])
            expectFailure(
                run, 1, ["credentials are refused", "Token"],
                try: ["new temporary credentials", "session token"])
        }
        expectFailure(try home.run("snapshot", "source"))
        let right = ["AWS_SESSION_TOKEN": BucketHome.token]
        #expect(try home.run("snapshot", "source", with: right).exitCode == 0)
        try home.server.set(.token(""))
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: [
        (StandIn.Personality.aws, "s3:PutObject"), (.r2, "Object Read & Write"),
        (.oss, "oss:PutObject"), (.cos, "name/cos:GetBucket"), (.minio, "writing"),
    ])
    func `a key without the right to write`(
        _ personality: StandIn.Personality, _ remedy: String
    ) throws {
        let home = try BucketHome(personality).prepared()
        try home.addFile()
        try home.server.set(.denies(["put"]))
        let run = try home.run("snapshot", "source")
        expectFailure(
            run, 1, ["cannot PUT indexes/session.", "permission denied", "AccessDenied"],
            try: [remedy, home.server.bucket])
        try home.server.set(.denies([]))
        try home.expectUnharmed()
        try home.expectNextSucceeds()
    }

    @Test func `a failure as JSON has its parts`() throws {
        let home = try BucketHome().prepared()
        try home.server.set(.secretKey("AnotherSecret"))
        let run = try home.run("snapshot", "source", "--json")
        #expect(run.exitCode == 1 && run.error == "")
        let last = try #require(run.objects().last)
        #expect(Set(last.keys) == ["event", "code", "message", "cause", "try"])
        #expect(last["event"] as? String == "error" && last["code"] as? Int == 1)
        #expect((last["message"] as? String)?.contains("credentials are refused") == true)
        #expect((last["cause"] as? String)?.contains("SignatureDoesNotMatch") == true)
        #expect((last["try"] as? String)?.contains("secret access key") == true)
    }
}
