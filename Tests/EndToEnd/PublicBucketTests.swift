import TestSupport
import Testing

/// A bucket that strangers can read is told of loudly: a repository is not encrypted.
struct PublicBucketTests {
    private static let warning = "THE PUBLIC CAN READ THIS BUCKET"

    /// What `doctor` and `init` say of privacy.
    private func look(
        _ place: S3Place
    ) throws -> (outcome: String, finding: String, remedy: String, initRun: ToolRun) {
        let machine = try Machine(place)
        try machine.addRemote(root: place.freshRoot())
        let made = try machine("init")
        #expect(made.exitCode == 0, "\(made)")
        let doctor = try machine("doctor", "--json")
        // It is the user's decision, so neither fails.
        #expect(doctor.exitCode == 0)
        let step = try #require(doctor.objects().first { $0["name"] as? String == "privacy" })
        let text = { (key: String) in step[key] as? String ?? "" }
        return (text("outcome"), text("finding"), text("try"), made)
    }

    private func expectWarning(_ place: S3Place, _ words: String) throws {
        let found = try look(place)
        #expect(found.outcome == "warning")
        #expect(found.finding.contains(Self.warning))
        #expect(found.finding.contains(words), "\(found.finding)")
        #expect(!found.remedy.isEmpty)
        #expect(found.initRun.error.contains("warning: \(Self.warning)"))
        #expect(found.initRun.error.contains("not encrypted; \(found.remedy)"))
    }

    @Test(
        arguments: [
            (.aws, "Block public access"), (.r2, "r2.dev"), (.oss, "private"),
            (.cos, "Private Read/Write"), (.minio, "mc anonymous set none"), (.b2, "console"),
            (.gcs, "console"), (.brokenList, "console"),
        ] as [(StandIn.Personality, String)])
    func `at every provider, with its remedy`(
        _ personality: StandIn.Personality, _ words: String
    ) throws {
        let place = try S3Place(.standIn(personality), .isPublic(.list))
        try expectWarning(place, "anybody can list it")
        try #require(place.standIn).set(.isPublic(.read))
        let found = try look(place)
        #expect(found.finding.contains("anybody can read its objects"))
        #expect(!found.finding.contains("can list"))
        #expect(found.remedy.contains(words), "\(found.remedy)")
        try #require(place.standIn).set(.isPublic(.nothing))
        let quiet = try look(place)
        #expect(quiet.outcome == "passed")
        #expect(quiet.finding.hasPrefix("strangers are refused"))
        #expect(!quiet.initRun.error.contains("PUBLIC"))
    }

    @Test(arguments: StorageServer.Kind.usual.filter(StorageServer.Kind.tested.contains))
    func `at real servers, by policy`(_ kind: StorageServer.Kind) throws {
        // A bucket that no other test uses, since everybody gets to read it.
        let server = try StorageServer.shared(kind)
        let place = S3Place(server, bucket: server.otherBucket)
        try place.allowEverybody(["s3:GetObject"])
        try expectWarning(place, "anybody can read its objects")
        try place.allowEverybody(["s3:GetObject", "s3:ListBucket"])
        try expectWarning(place, "anybody can list it")
        try place.removePolicy()
        let found = try look(place)
        #expect(found.outcome == "passed", "\(found.finding)")
        if kind == .minio { return }
        try place.setAccessList("public-read")
        try expectWarning(place, "READ to everybody")
        try place.setAccessList("private")
        #expect(try look(place).outcome == "passed")
    }
}
