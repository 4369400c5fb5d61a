import TestSupport
import Testing

/// A host that cannot prove who it is gets no request.
struct CertificateTests {
    @Test(arguments: [
        (StandInOption.CertificateQuality.wrongHost), (.expired), (.unknownAuthority),
    ])
    func `a certificate that proves nothing`(
        _ quality: StandInOption.CertificateQuality
    ) throws {
        let home = try BucketHome(.minio, .tls, .certificate(quality))
        let run = try home.run("list", with: ["AWS_CA_BUNDLE": home.server.authorityPath])
        expectFailure(
            run, 1, ["GET varve.json", "not trusted", "certificate", "127.0.0.1"],
            try: ["endpoint's name", "--ca-file"])
        // Not even once: nobody unknown is to see a signature.
        #expect(try home.server.requests().isEmpty)
    }

    @Test func `an authority that is not given`() throws {
        let home = try BucketHome(.minio, .tls)
        expectFailure(
            try home.run("list"), 1, ["not trusted", "certificate"], try: ["--ca-file"])
        try home.succeed("init", "--ca-file", home.server.authorityPath)
    }

    @Test(arguments: ["/nowhere/authorities.pem", "/dev/null"])
    func `a file of authorities that is none`(_ path: String) throws {
        let home = try BucketHome(.minio, .tls)
        expectFailure(
            try home.run("list", "--ca-file", path), 1, ["settings are wrong"],
            try: ["--ca-file"])
    }

    @Test func `doctor names the step`() throws {
        let home = try BucketHome(.minio, .tls)
        let run = try home.run("doctor")
        #expect(run.exitCode == 1)
        #expect(run.lines.contains { $0.hasPrefix("FAILED") && $0.contains("TLS") })
        #expect(run.lines.contains { $0.contains("try:") && $0.contains("--ca-file") })
    }
}
