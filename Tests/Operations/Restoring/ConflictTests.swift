import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What somebody has changed at the target since it was restored or taken.
struct ConflictTests {
    /// How the machine knows what was at the target.
    enum Memory: CaseIterable, Sendable {
        case restore, snapshot, none
    }

    private static let changed = ["appended", "changed", "folder", "link", "toFolder", "toLink"]
    private static let harmless = ["chmodded", "deleted", "touched"]

    private let sandbox: Sandbox
    private let target: DiskPath

    init() throws {
        sandbox = try Sandbox(averageChunkInBytes: 4096)
        target = DiskPath(sandbox.directory.appending("target"))
        var generator = SeededGenerator(seed: 1)
        for name in ["changed", "appended", "toFolder", "toLink"] + Self.harmless {
            try sandbox.source.appending(name).write(generator.text(500))
        }
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("folder/file").write(generator.text(500))
        try sandbox.source.appending("link").makeLink(to: Array("one".utf8))
    }

    /// Restores a first snapshot, and makes a second one.
    private func begin(_ memory: Memory) throws -> SnapshotID {
        let first = try sandbox.snapshot().report.id
        _ = try sandbox.restore(first, to: target) { settings in
            settings.memory = memory == .restore ? sandbox.memory() : nil
        }
        if memory == .snapshot { _ = try sandbox.snapshot { $0.sources = [target.bytes] } }
        try sandbox.waitForTick()
        var generator = SeededGenerator(seed: 2)
        for name in ["changed", "appended", "toFolder", "toLink", "folder/file"] {
            try sandbox.source.appending(name).write(generator.text(500))
        }
        try sandbox.source.appending("link").remove()
        try sandbox.source.appending("link").makeLink(to: Array("two".utf8))
        return try sandbox.snapshot().report.id
    }

    private func changeTarget() throws {
        try target.appending("changed").write(Array("mine 1".utf8))
        let size = try target.appending("appended").status().sizeInBytes
        try target.appending("appended").overwrite(Array("mine 2".utf8), at: size)
        try target.appending("toFolder").remove()
        try target.appending("toFolder").makeDirectory()
        try target.appending("toFolder/x").write(Array("mine 3".utf8))
        try target.appending("toLink").remove()
        try target.appending("toLink").makeLink(to: Array("mine 4".utf8))
        try target.appending("folder").remove()
        try target.appending("folder").write(Array("mine 5".utf8))
        try target.appending("link").remove()
        try target.appending("link").makeLink(to: Array("mine 6".utf8))
        try target.appending("deleted").remove()
        try target.appending("chmodded").setPermissions(0o600)
        try target.appending("touched").write(try target.appending("touched").read())
        try sandbox.waitForTick()
    }

    private func restore(
        _ id: SnapshotID, _ memory: Memory, _ change: (inout RestoreSettings) -> Void = { _ in }
    ) throws -> RestoreRun {
        try sandbox.restore(id, to: target) { settings in
            settings.memory = memory == .none ? nil : sandbox.memory()
            settings.forcesDeletion = true
            change(&settings)
        }
    }

    private func expectMine(_ path: (String) -> DiskPath) throws {
        #expect(try path("changed").read() == Array("mine 1".utf8))
        #expect(try path("appended").read().suffix(6) == Array("mine 2".utf8)[...])
        #expect(try path("toFolder").appending("x").read() == Array("mine 3".utf8))
        #expect(try path("toLink").linkTarget() == Array("mine 4".utf8))
        #expect(try path("folder").read() == Array("mine 5".utf8))
        #expect(try path("link").linkTarget() == Array("mine 6".utf8))
    }

    @Test(arguments: Memory.allCases, [false, true])
    func `keep leaves what was changed here`(memory: Memory, deletes: Bool) throws {
        let id = try begin(memory)
        try changeTarget()
        let run = try restore(id, memory) { settings in
            settings.onConflict = .keep
            settings.deletion = deletes ? .unchanged : .nothing
        }
        #expect(run.problems == [])
        #expect(run.conflicts.keys.sorted() == Self.changed)
        #expect(run.conflicts.values.allSatisfy { $0 == .kept })
        try expectMine { target.appending($0) }
        for name in Self.harmless {
            let (left, right) = (sandbox.source.appending(name), target.appending(name))
            #expect(try compareTrees(left, right) == [])
        }
    }

    @Test(arguments: Memory.allCases)
    func `replace makes the target equal to the snapshot`(memory: Memory) throws {
        let id = try begin(memory)
        try changeTarget()
        let run = try restore(id, memory) { $0.onConflict = .replace }
        #expect(run.problems == [])
        #expect(run.conflicts.keys.sorted() == Self.changed)
        #expect(run.conflicts.values.allSatisfy { $0 == .replaced })
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test(arguments: Memory.allCases)
    func `both keeps what was changed here beside the snapshot's`(memory: Memory) throws {
        let id = try begin(memory)
        try changeTarget()
        let run = try restore(id, memory)
        #expect(run.problems == [])
        #expect(run.conflicts.keys.sorted() == Self.changed)
        var renamed: [String: DiskPath] = [:]
        for (name, outcome) in run.conflicts {
            guard case .renamed(let path) = outcome else {
                Issue.record("\(name): \(outcome)")
                return
            }
            renamed[name] = DiskPath(path)
        }
        try expectMine { renamed[$0] ?? target }
        for path in renamed.values {
            #expect(path.text.hasSuffix(".varve-conflict-19700101T000000Z"))
        }
        // They survive deletion and any further restore.
        let before = try renamed.values.map { try $0.status() }
        for _ in 0..<2 {
            let again = try restore(id, memory) { $0.deletion = .everything }
            #expect(again.problems == [] && again.conflicts.isEmpty && again.deleted.isEmpty)
        }
        #expect(try renamed.values.map { try $0.status() } == before)
        for path in renamed.values { try path.remove() }
        _ = try restore(id, memory)
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test func `a second conflict in the same second gets another name`() throws {
        let id = try begin(.restore)
        for number in 0..<3 {
            try sandbox.waitForTick()
            try target.appending("changed").write(Array("mine \(number)".utf8))
            let run = try restore(id, .restore)
            #expect(run.conflicts.count == 1)
            #expect(run.problems == [])
        }
        let name = "changed.varve-conflict-19700101T000000Z"
        for (number, suffix) in ["", "-1", "-2"].enumerated() {
            #expect(try target.appending(name + suffix).read() == Array("mine \(number)".utf8))
        }
    }

    @Test func `a dry run tells the same conflicts`() throws {
        for policy in ConflictPolicy.allCases {
            let id = try begin(.restore)
            try changeTarget()
            let dry = try restore(id, .restore) { settings in
                settings.isDryRun = true
                settings.onConflict = policy
            }
            let run = try restore(id, .restore) { $0.onConflict = policy }
            #expect(dry.conflicts == run.conflicts)
            try target.remove()
        }
    }

    @Test func `without memory a stored file gives way silently, also to a folder`() throws {
        let id = try begin(.none)
        try sandbox.source.appending("changed").remove()
        try sandbox.source.appending("changed").makeDirectory()
        try sandbox.source.appending("changed/inner").write([1, 2, 3])
        let newer = try sandbox.snapshot().report.id
        for snapshot in [id, newer] {
            let run = try restore(snapshot, .none)
            #expect(run.problems == [])
            // Links have no chunks that could be stored.
            #expect(run.conflicts.keys.allSatisfy { $0 == "link" })
        }
        try target.appending("link").remove()
        for name in try target.names() where name.starts(with: Array("link.".utf8)) {
            try target.appending(name).remove()
        }
        _ = try restore(newer, .none)
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test func `a stored file that is changed before it gives way is a conflict`() throws {
        let id = try begin(.none)
        let file = target.appending("changed")
        let mine = Array("mine, in the last moment".utf8)
        let run = try sandbox.restore(id, to: target) { _ in
        } onEvent: { event in
            // Everything was looked at, and nothing is written yet.
            if case .planned = event { try? file.write(mine) }
        }
        guard case .renamed(let other) = run.conflicts["changed"] else {
            Issue.record("\(run.events)")
            return
        }
        #expect(try DiskPath(other).read() == mine)
    }

    @Test func `a file that was the snapshot's and is changed meanwhile is a conflict`() throws {
        let id = try begin(.restore)
        // So that its bytes have to be compared.
        try target.appending("touched").write(try target.appending("touched").read())
        let file = target.appending("touched")
        let size = try file.status().sizeInBytes
        let mine = [UInt8](repeating: 0x6D, count: Int(size))
        let run = try sandbox.restore(id, to: target) { settings in
            settings.memory = sandbox.memory()
        } onEvent: { event in
            if case .planned = event { try? file.write(mine) }
        }
        guard case .renamed(let other) = run.conflicts["touched"] else {
            Issue.record("\(run.events)")
            return
        }
        #expect(try DiskPath(other).read() == mine)
        let roots = try sandbox.rootsOfTarget(target)
        #expect(roots[0] == roots[1])
    }
}
