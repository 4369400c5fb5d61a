import TestSupport
import Testing

/// What is asked of the store with each object.
struct StorageOptionTests {
    @Test func `packs go to the storage class, and everything is encrypted as asked`() throws {
        let home = try BucketHome(.aws)
        let options = ["--storage-class", "STANDARD_IA", "--server-side-encryption", "AES256"]
        for command in [["init"], ["snapshot", "source"]] {
            let run = try home.start(command + options).wait()
            #expect(run.exitCode == 0, "\(run.error)")
        }
        let puts = try home.server.requests().filter { $0.kind == .put }
        #expect(puts.count == 5)
        for put in puts {
            let isPack = put.key?.contains("/packs/") == true
            #expect(put.storageClass == (isPack ? "STANDARD_IA" : nil))
            #expect(put.encryption == "AES256")
        }
        #expect(puts.count { $0.storageClass != nil } == 1)
        try home.expectRestores()
    }

    @Test func `without options nothing is asked`() throws {
        let home = try BucketHome()
        try home.succeed("init")
        try home.succeed("snapshot", "source")
        for put in try home.server.requests().filter({ $0.kind == .put }) {
            #expect(put.storageClass == nil && put.encryption == nil)
        }
    }

    @Test func `a storage class that the store does not have`() throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        expectFailure(
            try home.run("snapshot", "source", "--storage-class", "GLACIER_IR"), 1,
            ["PUT packs/", "settings are wrong", "InvalidStorageClass"],
            try: ["storage class", "MinIO"])
        try home.expectUnharmed()
    }

    @Test(arguments: [(StandIn.Personality.minio, "MinIO"), (.r2, "Cloudflare R2")])
    func `encryption that the store does not do`(
        _ personality: StandIn.Personality, _ title: String
    ) throws {
        let home = try BucketHome(personality).prepared()
        try home.addFile()
        expectFailure(
            try home.run("snapshot", "source", "--server-side-encryption", "AES256"), 1,
            ["PUT indexes/session.", "not supported", "NotImplemented"], try: ["options", title])
        try home.expectUnharmed()
    }

    @Test func `packs that were archived meanwhile`() throws {
        let home = try BucketHome(.aws)
        try home.succeed("init")
        try home.succeed("snapshot", "source", "--storage-class", "GLACIER")
        let run = try home.run("restore", "latest", "--to", "target")
        #expect([1, 3].contains(run.exitCode))
        #expect(run.error.contains("InvalidObjectState"), "\(run.text)\(run.error)")
    }
}
