import Foundation
import TestSupport
import Testing

/// One machine reads while another one prunes: before each request of the reader packs go that it
/// has seen.
struct ReadDuringPruneTests {
    private let place: S3Place
    private let server: StandIn
    private let a: Machine
    private let root: String
    private var source: DiskPath { a.tool.source }

    /// What comes after the manifest.
    private static let content = StandInFault.hold.on(.get).key(".*/(packs|indexes)/.*")

    init() throws {
        place = try S3Place(.standIn(.minio))
        server = try #require(place.standIn)
        a = try Machine(place)
        root = place.freshRoot("read")
        try a.addRemote(root: root)
        try a.summary("init")
        var generator = SeededGenerator(seed: 251)
        try source.appending("folder").makeDirectory()
        try source.appending("folder/stays").write(generator.bytes(100_000))
        try change(1000)
    }

    private func makeReader() throws -> Machine {
        let reader = try Machine(place)
        try reader.addRemote(root: root)
        return reader
    }

    /// Makes a snapshot, so that a prune has to copy what the one before has stored.
    private func change(_ number: Int) throws {
        var generator = SeededGenerator(seed: 252 + UInt64(number))
        try source.appending("folder/changes").write(generator.bytes(100_000))
        try a.summary("snapshot", "source", "--host", "alpha")
        try a.summary("forget", "--keep-last", "1")
    }

    /// Runs a reader, of which one request waits while somebody else does something.
    /// - Returns: what came of it; `nil` when it has no such request.
    private func run(
        _ arguments: [String], by reader: Machine, waiting fault: StandInFault,
        meanwhile: () throws -> Void
    ) throws -> ToolRun? {
        try server.order(fault)
        let running = try reader.tool.start(arguments, environment: reader.environment)
        let limit = Date.now.addingTimeInterval(60)
        while try server.pendingFaultCount() > 0 {
            if !running.isRunning || Date.now > limit {
                try server.calm()
                _ = try running.wait()
                return nil
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        do {
            try meanwhile()
        } catch {
            try server.calm()
            throw error
        }
        try server.calm()
        return try running.wait()
    }

    /// Prunes all that is unused, which must be some pack that snapshots need.
    private func prune() throws {
        let summary = try a.summary("prune", "--grace", "0", "--max-unused", "0")
        #expect(try #require(summary["deletedPacks"] as? Int) > 0)
    }

    /// Lets each request of a reader wait in turn.
    /// - Returns: how many there were.
    private func forEachRequest(
        _ fault: StandInFault, _ arguments: [String], by makeReader: () throws -> Machine,
        forgets: Bool = false, _ check: (ToolRun, Int) throws -> Void
    ) throws -> Int {
        var number = 0
        while true {
            try change(number)
            let run = try run(arguments, by: makeReader(), waiting: fault.after(number)) {
                if forgets { try a.summary("forget", "latest") }
                try prune()
            }
            guard let run else { return number }
            try check(run, number)
            number += 1
        }
    }

    @Test func `cat prints what the file has`() throws {
        let expected = try source.appending("folder/stays").read()
        let count = try forEachRequest(
            .hold, ["cat", "latest:folder/stays"], by: makeReader
        ) { run, number in
            #expect(run.exitCode == 0, "request \(number): \(run.error)")
            #expect(run.output == expected, "request \(number)")
        }
        #expect(count > 5)
    }

    @Test func `ls shows everything`() throws {
        let count = try forEachRequest(
            .hold, ["ls", "-R", "latest"], by: makeReader
        ) { run, number in
            #expect(run.exitCode == 0, "request \(number): \(run.error)")
            #expect(
                run.lines == ["folder", "folder/changes", "folder/stays"], "request \(number)")
        }
        #expect(count > 5)
    }

    @Test func `pull makes the folder what it is at its source`() throws {
        try change(100)
        let reader = try makeReader()
        try reader.summary("restore", "latest", "--to", "target", "--host", "alpha")
        let target = reader.tool.home.appending("target")
        let count = try forEachRequest(
            .hold, ["pull", "target"], by: { reader }
        ) { run, number in
            #expect(run.exitCode == 0, "request \(number): \(run.error)")
            let found = try compareTrees(source, target)
            #expect(found == [], "request \(number)")
        }
        #expect(count > 3)
    }

    @Test(arguments: [["cat", "latest:folder/stays"], ["ls", "-R", "latest"]])
    func `a snapshot that is removed meanwhile is read, or said to be removed`(
        _ arguments: [String]
    ) throws {
        var removed = 0
        let count = try forEachRequest(
            Self.content, arguments, by: makeReader, forgets: true
        ) { run, number in
            if run.exitCode == 0 { return }
            #expect(run.exitCode == 11, "request \(number): \(run.error)")
            #expect(run.error.contains("was removed"), "request \(number): \(run.error)")
            removed += 1
        }
        #expect(count > 1 && removed > 0)
    }

    @Test func `pull says that the snapshot was removed, and follows the next one`() throws {
        try change(100)
        let reader = try makeReader()
        try reader.summary("restore", "latest", "--to", "target", "--host", "alpha")
        let target = reader.tool.home.appending("target")
        var removed = 0
        _ = try forEachRequest(
            Self.content, ["pull", "target"], by: { reader }, forgets: true
        ) { run, number in
            if run.exitCode == 0 { return }
            #expect(run.exitCode == 11, "request \(number): \(run.error)")
            #expect(run.error.contains("was removed"), "request \(number): \(run.error)")
            removed += 1
        }
        #expect(removed > 0)
        try change(200)
        try reader.summary("pull", "target")
        #expect(try compareTrees(source, target) == [])
    }
}
