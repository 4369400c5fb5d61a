import FileHandles
import ObjectStore
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

@testable import Restoring

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A restore that ended early is repeated: the same tree, nothing fetched twice that matters, and
/// no trace of the first run.
struct ResumeTests {
    /// Settings that make many requests, and several segments of the large file.
    private static let reading = ReadSettings(
        requestsInFlight: 2, partInBytes: 400_000, gapInBytes: 0, bytesInFlight: 500_000,
        metadataWindowInBytes: 100_000, planInBytes: 20_000)
    /// What may be fetched in vain: what is under way, what one segment holds, and the listings.
    private static let slackInBytes: UInt64 = 1_800_000

    private let sandbox: Sandbox
    private let id: SnapshotID
    private let large: [UInt8]

    init() throws {
        sandbox = try Sandbox(seed: 3, averageChunkInBytes: 16 * 1024)
        var tree = TemporaryTree(at: sandbox.source, seed: 3)
        try tree.grow(entries: 12)
        large = tree.generator.bytes(5_000_000)
        try sandbox.source.appending("large").write(large)
        id = try sandbox.snapshot().report.id
    }

    private func temporary(_ target: DiskPath) -> DiskPath {
        target.appending(TemporaryName.make(for: Array("large".utf8)))
    }

    private func hasTemporaryNames(_ folder: DiskPath) throws -> Bool {
        try folder.names().contains { name in
            let inner = folder.appending(name)
            if TemporaryName.matches(name) { return true }
            return try inner.status().kind == .directory && hasTemporaryNames(inner)
        }
    }

    private func finish(_ target: DiskPath, _ comment: Comment) throws -> UInt64 {
        let meter = TrafficMeter()
        let run = try sandbox.restore(
            id, to: target, through: MeteredStore(sandbox.store, meter)
        ) { $0.reading = Self.reading }
        #expect(run.problems == [], comment)
        #expect(run.conflicts.isEmpty, comment)
        #expect(try compareTrees(sandbox.source, target) == [], comment)
        #expect(try !hasTemporaryNames(target), comment)
        return meter.traffic.downloadedBytes
    }

    @Test func `after the store has failed for good at any call`() throws {
        let whole = try finish(sandbox.freshPath(), "whole")
        var call = 1
        while true {
            let meter = TrafficMeter()
            let faulty = FaultyStore(
                MeteredStore(sandbox.store, meter), .init(call: call, isPermanent: true))
            let target = sandbox.freshPath()
            let run = try? sandbox.restore(id, to: target, through: faulty) {
                $0.reading = Self.reading
            }
            #expect((run == nil) == faulty.hasFailed)
            let second = try finish(target, "call \(call)")
            let both = meter.traffic.downloadedBytes + second
            #expect(both <= whole + Self.slackInBytes || run != nil, "call \(call): \(both)")
            try target.remove()
            if !faulty.hasFailed { break }
            call += 1
        }
        #expect(call > 12)
    }

    @Test(arguments: [4, 7, 10])
    func `after it was asked to stop`(call: Int) throws {
        let cancellation = Cancellation()
        let store = HookedStore(sandbox.store) { number, _ in
            if number == call { cancellation.cancel() }
        }
        let target = sandbox.freshPath()
        #expect(throws: Interrupted()) {
            try sandbox.restore(id, to: target, through: store, cancellation: cancellation) {
                $0.reading = Self.reading
            }
        }
        _ = try finish(target, "call \(call)")
    }

    @Test func `what a killed run has left of a large file is not fetched again`() throws {
        let whole = try finish(sandbox.freshPath(), "whole")
        let target = sandbox.freshPath()
        try target.makeDirectory()
        try temporary(target).write(Array(large[..<4_000_000]))
        #expect(try finish(target, "half-written") < whole - 3_500_000)
    }

    @Test(arguments: [false, true])
    func `what stands in a half-written file does not come through`(makesHoles: Bool) throws {
        // Chunks of zeros where an earlier run, for another snapshot, has written something else.
        var content = large
        for position in 1_000_000..<3_000_000 { content[position] = 0 }
        content += [UInt8](repeating: 0, count: 1_000_000)
        try sandbox.source.appending("large").write(content)
        let id = try sandbox.snapshot().report.id
        for length in [2_000_000, 5_500_000, 7_000_000] {
            let target = sandbox.freshPath()
            try target.makeDirectory()
            try temporary(target).write([UInt8](repeating: 0xEE, count: length))
            let run = try sandbox.restore(id, to: target, makesHoles: makesHoles)
            #expect(run.problems == [])
            #expect(try target.appending("large").read() == content, "\(length)")
            #expect(try !hasTemporaryNames(target))
            try target.remove()
        }
    }

    @Test func `names that a kill leaves are gone afterwards, in every folder`() throws {
        let target = sandbox.freshPath()
        _ = try sandbox.restore(id, to: target)
        let folders = try target.names().filter {
            try target.appending($0).status().kind == .directory
        }
        for folder in [target] + folders.map(target.appending) {
            for (name, attempt) in [("a", 0), ("b", 3), ("large", 1)] {
                try folder.appending(TemporaryName.make(for: Array(name.utf8), attempt: attempt))
                    .write([1])
            }
        }
        _ = try finish(target, "left-overs")
    }

    /// What somebody may put where a half-written file would be.
    enum Bait: CaseIterable, Sendable {
        case link, hardLink, pipe, folder, foreign
    }

    @Test(arguments: Bait.allCases)
    func `what only goes by the name of a half-written file is not written to`(
        bait: Bait
    ) throws {
        if bait == .foreign, geteuid() != 0 { return }
        let target = sandbox.freshPath()
        try target.makeDirectory()
        // On the file system of the target, or there would be no hard link.
        let outside = sandbox.freshPath("outside")
        try outside.write(Array(large[..<100_000]))
        let place = temporary(target)
        switch bait {
        case .link: try place.makeLink(to: outside.bytes)
        case .hardLink:
            let result = outside.bytes.withCString { old in
                place.bytes.withCString { link(old, $0) }
            }
            #expect(result == 0)
        case .pipe: try place.makePipe()
        case .folder:
            try place.makeDirectory()
            try place.appending("inner").makeLink(to: outside.bytes)
        case .foreign:
            try place.write(Array(large[..<100_000]))
            try place.setOwner(1000, 1000)
        }
        _ = try finish(target, "\(bait)")
        #expect(try outside.read() == Array(large[..<100_000]))
        #expect(try target.appending("large").status().linkCount == 1)
    }

    @Test func `entries without data find their names taken`() throws {
        try sandbox.source.appending("link").makeLink(to: [0x61])
        let id = try sandbox.snapshot().report.id
        let target = sandbox.freshPath()
        try target.makeDirectory()
        // So that the link has to make room for itself.
        try target.appending("link").write([1])
        let place = target.appending(TemporaryName.make(for: Array("link".utf8)))
        try place.makeDirectory()
        try place.appending("inner").write([1])
        let run = try sandbox.restore(id, to: target)
        #expect(run.problems == [])
        #expect(try target.appending("link").linkTarget() == [0x61])
        #expect(try !hasTemporaryNames(target))
    }

    @Test func `a killed restore that deletes can be repeated`() throws {
        let target = sandbox.freshPath()
        let faulty = FaultyStore(sandbox.store, .init(.get, call: 6, isPermanent: true))
        func restore(through store: any ObjectStore) throws -> RestoreRun {
            try sandbox.restore(id, to: target, through: store) { settings in
                settings.reading = Self.reading
                settings.memory = sandbox.memory()
                settings.deletion = .everything
            }
        }
        #expect(throws: StoreError.self) { try restore(through: faulty) }
        #expect(try !target.names().isEmpty)
        let run = try restore(through: sandbox.store)
        #expect(run.problems == [] && run.conflicts.isEmpty)
        #expect(try compareTrees(sandbox.source, target) == [])
        let roots = try sandbox.rootsOfTarget(target)
        #expect(roots[0] == roots[1])
    }
}
