import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What a restore remembers of a folder does not hide from the next snapshot what the disk has.
@Suite(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
struct RecordedAttributesTests {
    private let sandbox: Sandbox
    private let target: DiskPath

    init() throws {
        sandbox = try Sandbox()
        target = DiskPath(sandbox.directory.appending("target"))
        for name in ["a", "folder/b"] {
            let path = sandbox.source.appending(name)
            if !path.parent.exists { try path.parent.makeDirectory() }
            try path.write(Array(name.utf8))
        }
    }

    /// A snapshot of the target has the attributes and names that are there.
    private func expectTruth(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let run = try sandbox.snapshot { [target] in $0.sources = [target.bytes] }
        let entries = try sandbox.entries(of: run.report.id)
        for name in ["a", "folder", "folder/b"] {
            let path = target.appending(name)
            let recorded = try #require(entries[name]).extendedAttributes.map {
                ($0.name, $0.value)
            }
            let found = try path.attributes()
            #expect(recorded.count == found.count, "\(name)", sourceLocation: sourceLocation)
            for (attribute, value) in recorded {
                let text = String(decoding: attribute, as: UTF8.self)
                #expect(found[text].map { .inline($0) } == value, sourceLocation: sourceLocation)
            }
        }
        let isLinked = try target.appending("a").status().linkCount > 1
        let link = entries["folder/b"]?.hardLink?.display
        #expect(link == (isLinked ? "a" : nil), sourceLocation: sourceLocation)
        let other = try sandbox.snapshot { [target, empty = sandbox.freshPath()] in
            $0.sources = [target.bytes]
            $0.cacheDirectory = empty.bytes
        }
        #expect(
            try sandbox.manifest(run.report.id).root == sandbox.manifest(other.report.id).root,
            sourceLocation: sourceLocation)
    }

    @Test func `what the snapshot had is not claimed where it was not restored`() throws {
        for name in ["a", "folder", "folder/b"] {
            try sandbox.source.appending(name).setAttribute("user.a", [1])
        }
        let id = try sandbox.snapshot().report.id
        _ = try sandbox.restore(id, to: target) { $0.memory = sandbox.memory() }
        try expectTruth()
        try expectTruth()
    }

    @Test func `what stands at the target already is not forgotten`() throws {
        let id = try sandbox.snapshot().report.id
        _ = try sandbox.restore(id, to: target)
        for name in ["a", "folder", "folder/b"] {
            try target.appending(name).setAttribute("user.own", [2])
        }
        _ = try sandbox.restore(id, to: target) { $0.memory = sandbox.memory() }
        try expectTruth()
        try expectTruth()
    }

    @Test func `hard links are those of the target`() throws {
        try sandbox.source.appending("folder/b").remove()
        try sandbox.source.appending("folder/b").makeHardLink(to: sandbox.source.appending("a"))
        let id = try sandbox.snapshot().report.id
        _ = try sandbox.restore(id, to: target) { $0.memory = sandbox.memory() }
        try expectTruth()
    }
}
