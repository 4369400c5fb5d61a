import FileHandles
import ObjectStore
import Restoring
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// What a restore remembers must never make the next snapshot believe what is not true: a snapshot
/// that uses it equals one that reads everything.
struct FolderRecordTests {
    private struct History {
        let sandbox: Sandbox
        let target: DiskPath
        var snapshots: [SnapshotID]
        var generator: SeededGenerator
        var log: [String] = []
    }

    private func begin(_ seed: UInt64) throws -> History {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 20)
        if seed % 4 == 0 { try tree.addLargeDirectory("many", entries: 700) }
        var snapshots = [try sandbox.snapshot().report.id]
        for _ in 0..<2 {
            try sandbox.waitForTick()
            _ = try tree.edit(count: 6)
            snapshots.append(try sandbox.snapshot().report.id)
        }
        // On the disk numbers of inodes are used again; in memory nobody waits for the disk.
        let target =
            seed % 3 == 0 ? DiskPath(sandbox.directory.appending("target")) : sandbox.freshPath()
        return History(
            sandbox: sandbox, target: target, snapshots: snapshots,
            generator: SeededGenerator(seed: seed &* 7))
    }

    private func settings(_ generator: inout SeededGenerator) -> RestoreSettings {
        var settings = RestoreSettings(target: [])
        settings.overwrite = generator.pick(OverwritePolicy.allCases)
        settings.onConflict = generator.pick(ConflictPolicy.allCases)
        settings.deletion = generator.pick([.nothing, .unchanged, .everything])
        settings.verifies = generator.oneIn(4)
        settings.makesHoles = generator.oneIn(3)
        settings.isDryRun = generator.oneIn(8)
        return settings
    }

    @Test(arguments: seeds(count: 8))
    func `after any restores a snapshot equals one that reads everything`(seed: UInt64) throws {
        var history = try begin(seed)
        let (sandbox, target) = (history.sandbox, history.target)
        for round in 0..<4 {
            let chosen = settings(&history.generator)
            let id = history.generator.pick(history.snapshots)
            history.log.append("\(id) \(chosen.overwrite) \(chosen.onConflict) \(chosen.deletion)")
            let store = HookedStore(sandbox.store) { _, _ in }
            let isEnded = history.generator.oneIn(4)
            let faulty = FaultyStore(
                store, isEnded ? .init(.get, call: 5, isPermanent: true) : nil)
            _ = try? sandbox.restore(id, to: target, through: faulty) { settings in
                settings.overwrite = chosen.overwrite
                settings.onConflict = chosen.onConflict
                settings.deletion = chosen.deletion
                settings.verifies = chosen.verifies
                settings.makesHoles = chosen.makesHoles
                settings.isDryRun = chosen.isDryRun
                settings.forcesDeletion = true
                settings.memory = sandbox.memory()
            }
            if !target.exists { continue }
            if history.generator.oneIn(2) {
                // Within the same tick or not: what is told apart must be.
                if history.generator.oneIn(2) { try sandbox.waitForTick() }
                var tree = TemporaryTree(at: target, seed: seed &+ UInt64(round))
                history.log += try tree.edit(count: 4)
            }
            if history.generator.oneIn(2) {
                let roots = try sandbox.rootsOfTarget(target)
                #expect(roots[0] == roots[1], Comment(rawValue: "\(round) \(history.log)"))
            }
        }
        if !target.exists { return }
        let roots = try sandbox.rootsOfTarget(target)
        #expect(roots[0] == roots[1], Comment(rawValue: "\(history.log)"))
    }

    @Test(arguments: seeds(count: 6))
    func `also when the folder is changed while it is restored`(seed: UInt64) throws {
        var history = try begin(seed)
        let (sandbox, target) = (history.sandbox, history.target)
        _ = try sandbox.restore(history.snapshots[0], to: target) { $0.memory = sandbox.memory() }
        try sandbox.waitForTick()
        var local = TemporaryTree(at: target, seed: seed)
        history.log += try local.edit(count: 4)
        let tree = Mutex(local)
        let left = Mutex(6)
        let odds = history.generator.number(in: 1...12)
        _ = try? sandbox.restore(history.snapshots[2], to: target) { settings in
            settings.memory = sandbox.memory()
            settings.deletion = .unchanged
        } onEvent: { _ in
            let isOurs = left.withLock { left in
                left -= 1
                return left > 0 && left % odds == 0
            }
            if isOurs { tree.withLock { tree in _ = try? tree.edit(count: 1) } }
        }
        let roots = try sandbox.rootsOfTarget(target)
        #expect(roots[0] == roots[1], Comment(rawValue: "\(history.log)"))
    }

    @Test func `what was left or kept is read by the next snapshot`() throws {
        let sandbox = try Sandbox()
        let target = DiskPath(sandbox.directory.appending("target"))
        for name in ["a", "b", "c"] { try sandbox.source.appending(name).write([1, 2, 3]) }
        let first = try sandbox.snapshot().report.id
        _ = try sandbox.restore(first, to: target) { $0.memory = sandbox.memory() }
        try sandbox.waitForTick()
        try sandbox.source.appending("a").write([4, 5, 6])
        try target.appending("a").write([7, 8, 9])
        for name in ["a", "b"] {
            try target.appending(name).write([7, 8, 9])
            try target.appending(name).setModified(
                try sandbox.source.appending(name).status().modified)
        }
        let second = try sandbox.snapshot().report.id
        let run = try sandbox.restore(second, to: target) { settings in
            settings.memory = sandbox.memory()
            settings.onConflict = .keep
        }
        #expect(run.conflicts == ["a": .kept, "b": .kept])
        let roots = try sandbox.rootsOfTarget(target)
        #expect(roots[0] == roots[1])
        #expect(roots[0] != (try sandbox.manifest(second)).root)
    }

    @Test func `a chunk that the repository has lost is stored again`() throws {
        let sandbox = try Sandbox()
        let target = DiskPath(sandbox.directory.appending("target"))
        try sandbox.source.appending("a").write(Array("first".utf8))
        let first = try sandbox.snapshot().report.id
        let tables = try sandbox.keys("")
        _ = try sandbox.restore(first, to: target) { $0.memory = sandbox.memory() }
        try sandbox.waitForTick()
        try sandbox.source.appending("b").write(Array("second".utf8))
        let second = try sandbox.snapshot().report.id
        // The table and the pack of the first snapshot are lost.
        let lost = tables.filter { key in
            ["packs/", "indexes/", "index/"].contains { key.description.hasPrefix($0) }
        }
        #expect(!lost.isEmpty)
        try sandbox.store.delete(lost)
        _ = try? sandbox.restore(second, to: target) { $0.memory = sandbox.memory() }
        let third = try sandbox.snapshot { $0.sources = [target.bytes] }.report.id
        #expect(try sandbox.differences(third, from: target) == [])
    }
}
