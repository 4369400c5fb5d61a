import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

/// Somebody keeps putting links to a folder outside in the place of what is in the target.
struct RacingTests {
    private static let rounds = 12

    private let sandbox: Sandbox
    private let ids: [SnapshotID]
    private let outside: DiskPath
    private let target: DiskPath

    init() throws {
        sandbox = try Sandbox(seed: 12, averageChunkInBytes: 4096)
        outside = sandbox.freshPath("outside")
        target = sandbox.freshPath()
        var generator = SeededGenerator(seed: 12)
        let (source, twin) = (sandbox.source, outside)
        for folder in [twin, twin.appending("a"), twin.appending("a/b")] {
            try folder.makeDirectory()
        }
        for folder in [source.appending("a"), source.appending("a/b")] {
            try folder.makeDirectory()
        }
        // The folder outside looks like the one inside, with other files under the same names.
        for name in ["a/x", "a/y", "a/b/x", "a/b/y", "a/b/extra", "x", "y"] {
            if name != "a/b/extra" { try source.appending(name).write(generator.bytes(9_000)) }
            try twin.appending(name).write(Array("outside \(name)".utf8))
        }
        let first = try sandbox.snapshot().report.id
        try sandbox.waitForTick()
        for name in ["a/x", "a/b/x", "x"] {
            try source.appending(name).write(generator.bytes(8_000))
        }
        try source.appending("a/b").setPermissions(0o711)
        try source.appending("a/b/new").makeLink(to: [0x61])
        ids = [first, try sandbox.snapshot().report.id]
    }

    private func state(of path: DiskPath) throws -> [[UInt8]: FileStatus] {
        var found = [path.bytes: try path.status()]
        guard try path.status().kind == .directory else { return found }
        for name in try path.names() {
            try found.merge(state(of: path.appending(name))) { $1 }
        }
        return found
    }

    /// Exchanges names of the target for links until it is told to stop.
    private static func disturb(
        _ target: DiskPath, _ outside: DiskPath, seed: UInt64, until isEnded: () -> Bool
    ) {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "a/b", "a/x", "a/b/x", "a/b/y", "x"]
        while !isEnded() {
            let name = generator.pick(names)
            let (path, aside) = (target.appending(name), target.appending("aside"))
            // Any of these may fail, for the restore works on the same names.
            guard (try? path.rename(to: aside)) != nil else { continue }
            try? path.makeLink(to: outside.appending(name).bytes)
            for _ in 0..<generator.number(in: 0...40) { _ = path.exists }
            if let kind = try? path.status().kind, kind == .symlink { try? path.remove() }
            if (try? aside.rename(to: path)) == nil { try? aside.remove() }
        }
    }

    @Test(arguments: seeds(count: 3))
    func `nothing outside is ever changed`(seed: UInt64) throws {
        let before = try state(of: outside)
        let contents = try before.keys.map { try $0.isEmpty ? [] : Self.content(DiskPath($0)) }
        let cancellation = Cancellation()
        let (target, outside, sandbox, ids) = (target, outside, sandbox, ids)
        _ = try sandbox.restore(ids[0], to: target) { $0.memory = sandbox.memory() }
        try withThreads { threads in
            threads.spawn {
                Self.disturb(target, outside, seed: seed) { cancellation.isCancelled }
            }
            defer { cancellation.cancel() }
            for round in 0..<Self.rounds {
                do {
                    _ = try sandbox.restore(ids[round % 2], to: target) { settings in
                        settings.memory = sandbox.memory()
                        settings.deletion = round % 3 == 0 ? .everything : .unchanged
                        settings.forcesDeletion = true
                        settings.onConflict = .replace
                        settings.overwrite = round % 2 == 0 ? .always : .ifChanged
                        settings.verifies = round % 4 == 0
                    }
                } catch let error as RestoreError {
                    Issue.record("round \(round): \(error)")
                }
            }
        }
        #expect(try state(of: outside) == before)
        #expect(
            try before.keys.map { try $0.isEmpty ? [] : Self.content(DiskPath($0)) } == contents)
        // When nobody disturbs any more, the target becomes right.
        let run = try sandbox.restore(ids[1], to: target) { settings in
            settings.memory = sandbox.memory()
            settings.deletion = .everything
            settings.onConflict = .replace
            settings.overwrite = .always
            settings.forcesDeletion = true
        }
        #expect(run.problems == [])
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    private static func content(_ path: DiskPath) throws -> [UInt8] {
        try path.status().kind == .file ? path.read() : []
    }
}
