import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// The stat cache never changes what is in a snapshot.
struct StatCacheTests {
    @Test(arguments: seeds(count: 12))
    func `after any edits a snapshot is what one without a cache is`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 60)
        var done: [String] = []
        for _ in 0..<8 {
            let moment: SnapshotMoment = tree.generator.oneIn(3) ? .now : .later
            let isRescan = tree.generator.oneIn(6)
            let run = try sandbox.snapshot(moment) { $0.ignoresStatCache = isRescan }
            try expectSameWithoutCache(run, sandbox, seed, done)
            // With the true time, edits may fall into the tick of the snapshot; with a later one
            // that would be a lie about the stamps.
            if moment == .later { try sandbox.waitForTick() }
            let count = tree.generator.number(in: 0...6)
            done += ["-- \(moment)"] + (try tree.edit(count: count))
        }
    }

    @Test(.enabled(if: hasUserAttributes), arguments: seeds(count: 12))
    func `so it is with hard links and extended attributes`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        tree.editsLinksAndAttributes = true
        try tree.grow(entries: 40)
        var done: [String] = []
        for _ in 0..<8 {
            let moment: SnapshotMoment = tree.generator.oneIn(3) ? .now : .later
            let run = try sandbox.snapshot(moment)
            #expect(run.events.isEmpty)
            try expectSameWithoutCache(run, sandbox, seed, done)
            #expect(try sandbox.snapshot(moment).report.newBytes == 0)
            if moment == .later { try sandbox.waitForTick() }
            let count = tree.generator.number(in: 0...8)
            done += ["-- \(moment)"] + (try tree.edit(count: count))
        }
        #expect(try sandbox.check().problems == [])
    }

    @Test(arguments: seeds(count: 2))
    func `large directories, kept in several segments, are taken over and changed rightly`(
        seed: UInt64
    ) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.addLargeDirectory("large", entries: 2500)
        let large = sandbox.source.appending("large")
        _ = try sandbox.snapshot()
        for step in 0..<5 {
            try sandbox.waitForTick()
            let names = try large.names()
            let position = tree.generator.number(in: 0...names.count - 1)
            let picked = large.appending(names[step == 0 ? 0 : position])
            switch step {
            case 0: try picked.remove()
            case 1: try large.appending("entry-5-between").write([1])
            case 2: try picked.rename(to: large.appending("zzz"))
            case 3: try sandbox.source.appending("beside").write([2])
            default: try large.appending("entry-9-x").makeDirectory()
            }
            let run = try sandbox.snapshot()
            #expect(run.report.readFiles <= 1)
            try expectSameWithoutCache(run, sandbox, seed, ["step \(step)"])
        }
    }

    @Test func `directories that come, go and change into files are followed`() throws {
        let sandbox = try Sandbox()
        let path = sandbox.source.appending("b")
        for neighbour in ["a", "c"] {
            try sandbox.source.appending(neighbour).makeDirectory()
            try sandbox.source.appending(neighbour).appending("file").write([1, 2])
        }
        let states: [(DiskPath) throws -> Void] = [
            { try $0.makeDirectory() }, { try $0.write([1]) },
            {
                try $0.makeDirectory()
                try $0.appending("inner").makeDirectory()
                try $0.appending("inner/file").write([3])
            },
            { try $0.makeLink(to: Array("c".utf8)) }, { try $0.makePipe() }, { _ in },
        ]
        for (number, state) in (states + states.reversed()).enumerated() {
            try sandbox.waitForTick()
            if path.exists { try path.remove() }
            try state(path)
            let run = try sandbox.snapshot()
            try expectSameWithoutCache(run, sandbox, 0, ["state \(number)"])
        }
    }

    private func expectSameWithoutCache(
        _ run: SnapshotRun, _ sandbox: Sandbox, _ seed: UInt64, _ done: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let comment = Comment(rawValue: "seed \(seed): \(done.joined(separator: "; "))")
        let root = try sandbox.manifest(run.report.id)
        let other = try sandbox.manifest(sandbox.snapshotWithoutCache().report.id)
        #expect(root.root == other.root, comment, sourceLocation: sourceLocation)
        #expect(root.counts == other.counts, comment, sourceLocation: sourceLocation)
        let differences = try sandbox.differences(run.report.id)
        #expect(differences == [], comment, sourceLocation: sourceLocation)
    }
}
