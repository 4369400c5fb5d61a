import Foundation
import TestSupport
import Testing

/// `prune` in a bucket: rights, broken answers, damage.
struct PruneTests {
    private static let folder = BucketHome.root + "/"

    /// A bucket of which a prune can delete something.
    private func home(
        _ personality: StandIn.Personality = .minio, _ options: StandInOption = .page(1000)
    ) throws -> BucketHome {
        let home = try BucketHome(personality, options).prepared()
        for seed in 1...3 {
            try home.addFile("other", sizeInBytes: 60_000, seed: UInt64(seed))
            // So that no session stands for which a prune would have to wait.
            let alone = ["VARVE_SESSION_LEASE": "0"]
            #expect(try home.run("snapshot", "source", with: alone).exitCode == 0)
        }
        let listed = try home.succeed("list", "--json").objects()
        let ids = listed.compactMap { $0["id"] as? String }
        try home.succeed("forget", ids[1], ids[2])
        _ = try home.server.requests(clears: true)
        return home
    }

    private func names(_ home: BucketHome, _ folder: String) throws -> Set<String> {
        Set(try home.server.objects(prefix: Self.folder + folder).keys)
    }

    private func prune(_ home: BucketHome) throws -> ToolRun {
        try home.run("prune", "--grace", "0")
    }

    @Test(arguments: [
        (StandIn.Personality.aws, "s3:DeleteObject"), (.r2, "Object Read & Write"),
        (.oss, "oss:DeleteObject"), (.cos, "DeleteMultipleObjects"), (.minio, "deleting"),
    ])
    func `without the right to delete nothing changes, and the right is named`(
        _ personality: StandIn.Personality, _ remedy: String
    ) throws {
        let home = try home(personality)
        let before = try names(home, "")
        try home.server.set(.denies(["delete"]))
        expectFailure(try prune(home), 1, ["DELETE", "permission denied"], try: [remedy])
        #expect(try names(home, "") == before)
        try home.server.set(.denies([]))
        #expect(try prune(home).exitCode == 0)
        try home.expectUnharmed(snapshots: 2)
        try home.expectRestores()
    }

    @Test func `who may not delete makes snapshots, and a prune tidies up after them`() throws {
        let home = try home()
        try home.server.set(.denies(["delete"]))
        for seed in 10..<16 {
            try home.addFile("other", sizeInBytes: 20_000, seed: UInt64(seed))
            // With another lease another session is opened, and the one before closed.
            let lease = ["VARVE_SESSION_LEASE": "\(3600 + seed)"]
            #expect(try home.run("snapshot", "source", with: lease).exitCode == 0)
        }
        // The last one stands.
        #expect(try names(home, "indexes/closed.").count == 5)
        try home.server.set(.denies([]))
        for _ in 0..<3 { #expect(try prune(home).exitCode == 0) }
        #expect(try names(home, "indexes/closed.") == [])
        #expect(try names(home, "indexes/session.") == [])
        #expect(try names(home, "indexes/").count == 1)
        try home.expectUnharmed(snapshots: 8)
        try home.expectRestores()
    }

    @Test(arguments: 1...6)
    func `a listing that ends too early costs nothing that is needed`(_ page: Int) throws {
        let home = try home(.minio, .page(page))
        let packs = try names(home, "packs/")
        try home.server.set(.listFaults(["early-end"]))
        let run = try prune(home)
        try home.server.set(.listFaults([]))
        if run.exitCode == 0 {
            // With one name a page the session itself is not seen.
            #expect(page > 1, "\(run.text)")
        } else {
            #expect([1, 13].contains(run.exitCode), "\(run.text)\(run.error)")
            if run.exitCode == 1 {
                expectFailure(run, 1, ["LIST", "not complete"], try: ["doctor"])
            }
            #expect(try names(home, "packs/").isSuperset(of: packs))
        }
        try home.expectUnharmed(snapshots: 2)
        try home.expectRestores()
    }

    @Test(arguments: ["snapshots/", "indexes/", "packs/"])
    func `what cannot be read stops it before anything is deleted`(_ folder: String) throws {
        let home = try home()
        let packs = try names(home, "packs/")
        for key in try names(home, folder).sorted() {
            try home.succeed("cache", "clear")
            let bytes = try home.server.object(key)
            var wrong = bytes
            for place in stride(from: 8, to: wrong.count, by: 7) { wrong[place] ^= 0x5a }
            try home.server.plant(key, wrong)
            let run = try prune(home)
            if folder == "packs/", run.exitCode == 0 {
                // Of this one nothing was needed, or nothing was read.
                if try names(home, folder).contains(key) { try home.server.plant(key, bytes) }
                break
            }
            expectFailure(run, 13, ["nothing was deleted", "damaged"], try: ["varve check"])
            #expect(try names(home, "packs/") == packs)
            try home.server.plant(key, bytes)
        }
    }

    @Test func `each request is lost once, and each one refused with all that follow`() throws {
        for fault in [StandInFault.close(.answer), .error(403, code: "AccessDenied").always] {
            var number = 0
            while number < 60 {
                let home = try home()
                try home.server.order(fault.after(number))
                let run = try prune(home)
                let isMet = try home.server.requests().contains { $0.faults?.isEmpty == false }
                try home.server.calm()
                #expect([0, 1].contains(run.exitCode), "\(number): \(run.text)\(run.error)")
                try home.expectUnharmed(snapshots: 2)
                let next = try home.run(
                    "prune", "--grace", "0", with: ["VARVE_SESSION_LEASE": "0"])
                #expect(next.exitCode == 0, "\(number): \(next.error)")
                if !isMet { break }
                number += 5
            }
            #expect(number < 60)
        }
    }
}
