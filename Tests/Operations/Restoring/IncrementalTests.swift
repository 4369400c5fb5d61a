import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Restores over folders that hold something already: the result is the snapshot, and nothing that
/// only the folder had is lost unless that was asked for.
struct IncrementalTests {
    /// A source with two snapshots, and what was restored from the first.
    private struct History {
        let sandbox: Sandbox
        let first: SnapshotID
        let second: SnapshotID
        let target: DiskPath
        var edits: [String]
    }

    /// - Parameters:
    ///   - remembers: whether the machine remembers what it has restored.
    ///   - localEdits: how often the target is changed between the restores.
    private func makeHistory(
        seed: UInt64, remembers: Bool, localEdits: Int = 0
    ) throws -> History {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        tree.editsLinksAndAttributes = hasUserAttributes
        try tree.grow(entries: 30)
        _ = try tree.edit(count: 6)
        let first = try sandbox.snapshot().report.id
        // On a disk: tests of inodes and times mean something there.
        let target = DiskPath(sandbox.directory.appending("target"))
        let memory = remembers ? sandbox.memory() : nil
        _ = try sandbox.restore(first, to: target) { $0.memory = memory }
        #expect(try compareTrees(sandbox.source, target) == [])
        try sandbox.waitForTick()
        var edits = try tree.edit(count: 12)
        let second = try sandbox.snapshot().report.id
        var local = TemporaryTree(at: target, seed: seed ^ 0xFF)
        local.editsLinksAndAttributes = hasUserAttributes
        edits += try local.edit(count: localEdits).map { "locally " + $0 }
        try sandbox.waitForTick()
        return History(
            sandbox: sandbox, first: first, second: second, target: target, edits: edits)
    }

    @Test(arguments: seeds(count: 12))
    func `an unchanged folder becomes the newer snapshot, and then there is nothing to do`(
        seed: UInt64
    ) throws {
        for remembers in [true, false] {
            let history = try makeHistory(seed: seed, remembers: remembers)
            let (sandbox, target) = (history.sandbox, history.target)
            let memory = remembers ? sandbox.memory() : nil
            let run = try sandbox.restore(history.second, to: target) { settings in
                settings.memory = memory
                settings.deletion = .everything
                settings.forcesDeletion = true
                // Without memory nobody knows that links and the like were not changed here, and
                // equal sizes and times prove nothing.
                settings.onConflict = remembers ? .both : .replace
                settings.overwrite = remembers ? .ifChanged : .always
                settings.verifies = true
            }
            let comment = Comment(rawValue: "\(remembers) \(history.edits)")
            #expect(run.problems == [], comment)
            if remembers { #expect(run.conflicts.isEmpty, comment) }
            #expect(try compareTrees(sandbox.source, target) == [], comment)
            let again = try sandbox.restore(history.second, to: target) { settings in
                settings.memory = memory
                settings.deletion = .everything
                settings.forcesDeletion = true
            }
            #expect(again.counts.files == 0 && again.counts.others == 0, comment)
            #expect(again.counts.deleted == 0 && again.conflicts.isEmpty, comment)
            #expect(try compareTrees(sandbox.source, target) == [], comment)
        }
    }

    @Test(arguments: seeds(count: 12))
    func `with consent to everything a changed folder becomes the snapshot, too`(
        seed: UInt64
    ) throws {
        for remembers in [true, false] {
            let history = try makeHistory(seed: seed, remembers: remembers, localEdits: 12)
            let (sandbox, target) = (history.sandbox, history.target)
            let memory = remembers ? sandbox.memory() : nil
            let run = try sandbox.restore(history.second, to: target) { settings in
                settings.memory = memory
                settings.overwrite = .always
                settings.onConflict = .replace
                settings.deletion = .everything
                settings.forcesDeletion = true
            }
            let comment = Comment(rawValue: "\(remembers) \(history.edits)")
            #expect(run.problems == [], comment)
            #expect(try compareTrees(sandbox.source, target) == [], comment)
        }
    }

    @Test(arguments: seeds(count: 12))
    func `nothing that only the folder had is lost`(seed: UInt64) throws {
        for (remembers, deletes) in [(true, false), (true, true), (false, false)] {
            let history = try makeHistory(seed: seed, remembers: remembers, localEdits: 16)
            let (sandbox, target) = (history.sandbox, history.target)
            let stored = try contents(of: [
                sandbox.source, sandbox.restore(history.first).target,
            ])
            let before = try contents(of: [target])
            let run = try sandbox.restore(history.second, to: target) { settings in
                settings.memory = remembers ? sandbox.memory() : nil
                settings.overwrite = remembers ? .ifChanged : .always
                settings.deletion = deletes ? .unchanged : .nothing
            }
            let comment = Comment(rawValue: "\(remembers) \(deletes) \(history.edits)")
            #expect(run.problems == [], comment)
            let lost = before.subtracting(stored).subtracting(try contents(of: [target]))
            #expect(lost.isEmpty, comment)
            // Everything of the snapshot is there; what was here before may stand beside it.
            #expect(try missing(in: target, of: sandbox.source) == [], comment)
        }
    }

    @Test(arguments: seeds(count: 12))
    func `the next snapshot of a restored folder reads nothing and has the same root`(
        seed: UInt64
    ) throws {
        let history = try makeHistory(seed: seed, remembers: true)
        let (sandbox, target) = (history.sandbox, history.target)
        _ = try sandbox.restore(history.second, to: target) { settings in
            settings.memory = sandbox.memory()
            settings.deletion = .everything
        }
        let run = try sandbox.snapshot { $0.sources = [target.bytes] }
        let comment = Comment(rawValue: "\(history.edits)")
        #expect(run.report.readFiles == 0, comment)
        #expect(run.report.newBytes == 0, comment)
        let roots = try [run.report.id, history.second].map { try sandbox.manifest($0).root }
        #expect(roots[0] == roots[1], comment)
        let skipped = try sandbox.snapshot { settings in
            settings.sources = [target.bytes]
            settings.skipsUnchanged = true
        }
        #expect(!skipped.report.isNew, comment)
    }

    /// The contents of all files that are not empty.
    private func contents(of trees: [DiskPath]) throws -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        func walk(_ directory: DiskPath) throws {
            for name in try directory.names() {
                let path = directory.appending(name)
                switch try path.status().kind {
                case .directory: try walk(path)
                case .file: found.insert(try path.read())
                default: break
                }
            }
        }
        for tree in trees { try walk(tree) }
        found.remove([])
        return found
    }

    /// The paths of a tree that are missing, or others, in a copy of it.
    private func missing(
        in copy: DiskPath, of tree: DiskPath, path: String = ""
    ) throws -> [String] {
        var missing: [String] = []
        for name in try tree.names() {
            let (original, other) = (tree.appending(name), copy.appending(name))
            let inner = "\(path)/\(String(decoding: name, as: UTF8.self))"
            let kind = try original.status().kind
            if kind == .socket { continue }
            guard other.exists, try other.status().kind == kind else {
                missing.append(inner)
                continue
            }
            switch kind {
            case .directory: missing += try self.missing(in: other, of: original, path: inner)
            case .file where try original.read() != other.read(): missing.append(inner)
            case .symlink where try original.linkTarget() != other.linkTarget():
                missing.append(inner)
            default: break
            }
        }
        return missing
    }
}
