import Foundation
import TestSupport
import Testing

/// What commands cost at a bucket, by the server's own count.
struct BucketRequestTests {
    private let place: S3Place
    private let standIn: StandIn
    private let machine: Machine

    init() throws {
        place = try S3Place(.standIn(.minio))
        standIn = try #require(place.standIn)
        machine = try Machine(place)
        try machine.addRemote(root: "root")
        try machine.summary("init")
    }

    /// Small files, a hundred in a folder.
    private func makeFiles(_ count: Int) throws {
        var generator = SeededGenerator(seed: 47)
        for folder in 0..<count / 100 {
            let path = machine.tool.source.appending("folder-\(folder)")
            try path.makeDirectory()
            for file in 0..<100 {
                try path.appending("file-\(file)").write(generator.text(100 + file))
            }
        }
    }

    /// Changes one file so that no clock is too coarse to show it.
    private func changeOneFile() throws {
        let file = machine.tool.source.appending("folder-7/file-42")
        try file.write(try file.read() + Array(" and more".utf8))
    }

    /// Runs a command, and compares what it tells with what the server has seen.
    /// - Returns: the requests of the run.
    @discardableResult
    private func requests(
        _ arguments: String..., machine: Machine? = nil
    ) throws
        -> [LoggedRequest]
    {
        _ = try standIn.requests(clears: true)
        let run = try (machine ?? self.machine).run(arguments + ["--json"])
        guard run.exitCode == 0, let summary = try run.objects().last else {
            throw ToolFailure(arguments: arguments, run: run)
        }
        let seen = try standIn.requests()
        let told = try #require(summary["requests"] as? [String: Int])
        let kinds: [(String, LoggedRequest.Kind)] = [
            ("put", .put), ("get", .get), ("head", .head), ("list", .list), ("delete", .delete),
        ]
        for (name, kind) in kinds { #expect(told[name] == seen.count(kind), "\(name)") }
        #expect(seen.count == told.values.reduce(0, +))
        if let uploaded = summary["uploadedBytes"] as? Int {
            #expect(uploaded == seen.reduce(0) { $0 + ($1.kind == .put ? $1.bytesIn ?? 0 : 0) })
        }
        #expect(seen.allSatisfy { $0.status < 300 })
        return seen
    }

    private func count(_ requests: [LoggedRequest], _ kinds: LoggedRequest.Kind...) -> Int {
        requests.count { kinds.contains($0.kind) }
    }

    /// The keys of what was written, by their folders.
    private func written(_ requests: [LoggedRequest]) -> [String] {
        requests.filter { $0.kind == .put }.map { request in
            let key = (request.key ?? "").dropFirst("root/".count)
            return key.hasPrefix("indexes/session.")
                ? "session" : String(key.prefix { $0 != "/" })
        }
    }

    @Test func `snapshots of ten thousand files cost what the README says`() throws {
        try makeFiles(10_000)
        try requests("snapshot", "source")
        for round in 0..<2 {
            try changeOneFile()
            let changed = try requests("snapshot", "source")
            #expect(written(changed) == ["packs", "indexes", "snapshots"], "round \(round)")
            #expect(count(changed, .get, .head, .list) == 0, "round \(round)")
            let unchanged = try requests("snapshot", "source")
            #expect(unchanged.map(\.kind) == [.put])
            #expect(written(unchanged) == ["snapshots"])
            let skipped = try requests("snapshot", "source", "--skip-unchanged")
            #expect(skipped.map(\.kind) == [.head])
        }
    }

    @Test func `a restore on a machine without a cache reads nothing twice`() throws {
        try makeFiles(2000)
        var generator = SeededGenerator(seed: 48)
        for number in 0..<3 {
            let file = machine.tool.source.appending("large-\(number)")
            try file.write(generator.bytes(9_000_000))
        }
        try requests("snapshot", "source")
        try changeOneFile()
        try requests("snapshot", "source")
        let fresh = try Machine(place)
        try fresh.addRemote(root: "root")
        let seen = try requests("restore", "latest", "--to", "target", machine: fresh)
        #expect(
            try compareTrees(machine.tool.source, fresh.tool.home.appending("target")) == [])
        let bytes = try standIn.objects(prefix: "root/").values.reduce(0, +)
        #expect(seen.count <= bytes / (8 << 20) + 40, "\(seen.count) requests, \(bytes) bytes")
        #expect(overlaps(seen) == [])
    }

    @Test func `a file and a folder cost a handful on a machine without a cache`() throws {
        try makeFiles(1000)
        var path = machine.tool.source
        for level in 1...6 {
            path = path.appending("level-\(level)")
            try path.makeDirectory()
        }
        try path.appending("file").write([1, 2, 3])
        try requests("snapshot", "source")
        let place = "latest:level-1/level-2/level-3/level-4/level-5/level-6"
        for arguments in [["cat", place + "/file"], ["ls", place], ["export", place]] {
            let fresh = try Machine(self.place)
            try fresh.addRemote(root: "root")
            _ = try standIn.requests(clears: true)
            #expect(try fresh.run(arguments).exitCode == 0)
            let seen = try standIn.requests()
            // Description, snapshots, a manifest, tables, one of them, the listings, the data.
            #expect(seen.count <= 8, "\(arguments): \(seen)")
            #expect(count(seen, .list) == 2)
            // An export reads the small pack again that had the listings of the path.
            #expect(overlaps(seen).count <= (arguments[0] == "export" ? 1 : 0))
        }
    }

    /// Byte ranges that were asked for although an earlier request had asked for a part of them.
    private func overlaps(_ requests: [LoggedRequest]) -> [String] {
        var found: [String] = []
        var asked: [String: [Range<Int>]] = [:]
        for request in requests where request.kind == .get {
            let key = request.key ?? ""
            let ends = request.range?.dropFirst("bytes=".count).split(
                separator: "-", omittingEmptySubsequences: false)
            var range = 0..<Int.max
            if let ends, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]) {
                range = first..<last + 1
            }
            if asked[key, default: []].contains(where: { $0.overlaps(range) }) {
                found.append("\(key) \(request.range ?? "whole")")
            }
            asked[key, default: []].append(range)
        }
        return found
    }

    @Test func `other commands tell their requests rightly, and are frugal`() throws {
        try makeFiles(300)
        try requests("snapshot", "source")
        // Its tables, manifests and listings are what this machine has just written.
        _ = try standIn.requests(clears: true)
        try machine.summary("list")
        #expect(try standIn.requests(clears: true).map(\.kind) == [.list])
        #expect(try machine("ls", "latest").exitCode == 0)
        #expect(try count(standIn.requests(clears: true), .put, .delete) == 0)
        // A check must see the bucket itself, whatever the cache has.
        try machine.summary("check", "--read-data")
        let checked = try standIn.requests()
        let packs = try standIn.objects(prefix: "root/packs/").keys
        for pack in packs { #expect(checked.contains { $0.key == pack && $0.kind == .get }) }
    }

    @Test func `with a limit of one, no two requests are under way at once`() throws {
        try makeFiles(300)
        try requests("snapshot", "source", "--connections", "1")
        let connections = Set(try standIn.requests().map(\.connection))
        #expect(connections.count == 1)
    }
}
