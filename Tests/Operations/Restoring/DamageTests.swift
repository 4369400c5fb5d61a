import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Damaged repositories: what can be restored is, no file is wrong, and the others are named.
struct DamageTests {
    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 17)
        var generator = SeededGenerator(seed: 17)
        try sandbox.source.appending("folder").makeDirectory()
        for name in ["a", "b", "folder/c", "folder/d"] {
            try sandbox.source.appending(name).write(generator.text(200))
        }
        id = try sandbox.snapshot().report.id
    }

    private func pack() throws -> ObjectKey {
        try #require(sandbox.keys(ObjectNames.packs).first)
    }

    /// Every file is as it was or missing, and what is missing was named.
    private func expectNothingWrong(_ run: RestoreRun, _ comment: Comment) throws {
        func walk(_ source: DiskPath, _ copy: DiskPath) throws {
            if run.damaged.contains(copy.bytes) { return }
            guard copy.exists else {
                Issue.record("\(comment): \(copy.text) is missing and not named")
                return
            }
            if try source.status().kind == .directory {
                for name in try source.names() {
                    try walk(source.appending(name), copy.appending(name))
                }
            } else {
                #expect(try source.read() == copy.read(), comment)
            }
        }
        try walk(sandbox.source, run.target)
        for path in run.damaged where path != run.target.bytes {
            let copy = DiskPath(path)
            let isMissing = try !copy.exists || copy.status().kind == .directory
            #expect(isMissing, comment)
        }
    }

    @Test func `one bit flipped at any byte of the pack`() throws {
        let size = Int(try sandbox.store.head(pack()))
        var damagedCount = 0
        for position in stride(from: 0, to: size, by: 3) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.flip(pack(), bit: 8 * position + position % 8)
            let run = try sandbox.restore(id, through: faulty)
            try expectNothingWrong(run, "byte \(position)")
            damagedCount += run.damaged.isEmpty ? 0 : 1
            try run.target.remove()
        }
        #expect(damagedCount > 20)
    }

    @Test func `a pack cut off anywhere`() throws {
        let size = Int(try sandbox.store.head(pack()))
        for length in stride(from: 0, to: size, by: 17) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.truncate(pack(), to: length)
            let run = try sandbox.restore(id, through: faulty)
            try expectNothingWrong(run, "length \(length)")
            try run.target.remove()
        }
    }

    @Test func `a missing pack costs what only it has`() throws {
        try sandbox.waitForTick()
        try sandbox.source.appending("b").write(Array("changed".utf8))
        let before = try sandbox.keys(ObjectNames.packs)
        let second = try sandbox.snapshot().report.id
        let added = try sandbox.keys(ObjectNames.packs).filter { !before.contains($0) }
        let faulty = FaultyStore(sandbox.store)
        for key in added { faulty.lose(key) }
        #expect(try sandbox.restore(id, through: faulty).damaged.isEmpty)
        let run = try sandbox.restore(second, through: faulty)
        // The root's listing was in the pack that is lost.
        #expect(run.damaged == [run.target.bytes])
    }

    @Test func `tables that are lost or damaged are done without`() throws {
        for key in try sandbox.keys(ObjectNames.indexes) {
            let faulty = FaultyStore(sandbox.store)
            faulty.alter(key, [1, 2, 3])
            #expect(try sandbox.differences(id, through: faulty) == [])
            faulty.hide(key)
            #expect(try sandbox.differences(id, through: faulty) == [])
        }
    }

    @Test func `a store that cannot be reached is an error of the whole run`() throws {
        var call = 3
        var failures = 0
        while true {
            let faulty = FaultyStore(sandbox.store, .init(.get, call: call))
            let run = try? sandbox.restore(id, through: faulty)
            if !faulty.hasFailed { break }
            #expect(run == nil, "call \(call)")
            failures += 1
            call += 1
        }
        #expect(failures > 0)
    }
}
