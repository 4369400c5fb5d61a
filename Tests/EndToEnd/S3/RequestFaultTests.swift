import TestSupport
import Testing

/// A run of which any one request fails repeats it and succeeds, or fails and harms nothing.
struct RequestFaultTests {
    /// No run here sends as many requests.
    private static let mostRequests = 40

    /// Faults the first request of a run, then the second, until a run has fewer.
    /// - Returns: how many requests a run has.
    private func sweep(
        _ home: BucketHome, _ fault: StandInFault, _ run: (_ number: Int) throws -> Void
    ) throws -> Int {
        for number in 0..<Self.mostRequests {
            // A machine that knows nothing asks for everything.
            try home.succeed("cache", "clear")
            _ = try home.server.requests(clears: true)
            try home.server.order(fault.after(number))
            try run(number)
            let isMet = try home.server.requests().contains { $0.faults?.isEmpty == false }
            try home.server.calm()
            if !isMet { return number }
        }
        return Self.mostRequests
    }

    @Test func `each request of a snapshot is lost once`() throws {
        let home = try BucketHome().prepared()
        let count = try sweep(home, .close(.answer)) { number in
            try home.addFile("file \(number % 3)", seed: UInt64(100 + number))
            try home.succeed("snapshot", "source")
        }
        // Description, listing, tables, pack, table, manifest.
        #expect((6..<Self.mostRequests).contains(count))
        try home.expectUnharmed(snapshots: 1 + count + 1)
        try home.expectRestores()
    }

    @Test func `each request of a snapshot, and all that follow, are refused`() throws {
        let home = try BucketHome().prepared()
        // What a failed run has sent the next one does not send again, so each gets on.
        try home.addFile()
        var snapshots = 1
        let count = try sweep(home, .error(403, code: "AccessDenied").always) { number in
            let run = try home.run("snapshot", "source")
            let refused = try home.server.requests().filter { $0.status == 403 }
            if run.exitCode == 0 {
                // A session that cannot be closed is left to lapse, and the snapshot is there.
                #expect(
                    refused.allSatisfy {
                        $0.kind == .delete || $0.key?.contains("indexes/closed.") == true
                    })
                snapshots += 1
            } else {
                expectFailure(run, 1, ["permission denied", "AccessDenied"], try: ["allow"])
            }
            try home.server.calm()
            let check = try home.start(["check", "--read-data", "--quiet"]).wait()
            #expect(check.exitCode == 0, "\(number): \(check.text)")
        }
        #expect((1..<Self.mostRequests).contains(count))
        try home.expectUnharmed(snapshots: snapshots)
        try home.expectNextSucceeds()
    }

    @Test func `each request of a restore is lost once`() throws {
        let home = try BucketHome().prepared()
        let count = try sweep(home, .close(.answer)) { _ in
            try home.expectFirstRestores()
        }
        // Description, listing, manifest, listing, table, pack.
        #expect((5..<Self.mostRequests).contains(count))
    }

    @Test func `each request of a restore, and all that follow, are refused`() throws {
        let home = try BucketHome().prepared()
        let target = home.tool.home.appending("target")
        let count = try sweep(home, .error(403, code: "AccessDenied").always) { number in
            if target.exists { try target.remove() }
            let run = try home.run("restore", "latest", "--to", "target")
            let isRefused = try home.server.requests().contains { $0.status == 403 }
            #expect((run.exitCode != 0) == isRefused, "\(number): \(run.text)\(run.error)")
            if isRefused { #expect(run.error.contains("AccessDenied")) }
        }
        #expect((5..<Self.mostRequests).contains(count))
        try home.expectUnharmed()
    }
}
