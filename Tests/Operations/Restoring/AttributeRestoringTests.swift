import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Extended attributes come back, and those that the snapshot does not have go.
@Suite(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
struct AttributeRestoringTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox(seed: 52)
        target = DiskPath(sandbox.directory.appending("target"))
        try source.appending("folder").makeDirectory()
        for name in ["file", "folder/file", "empty"] {
            try source.appending(name).write(name == "empty" ? [] : Array(name.utf8))
        }
    }

    private func restore(_ id: SnapshotID) throws -> RestoreRun {
        try sandbox.restore(id, to: target) { $0.memory = sandbox.memory() }
    }

    @Test func `of files, folders and empty files, with any bytes`() throws {
        for name in ["file", "folder", "folder/file", "empty"] {
            try source.appending(name).setAttribute("user.text", Array(name.utf8))
            try source.appending(name).setAttribute("user.none", [])
            try source.appending(name).setAttribute(bytes: Array("user.".utf8) + [0xFF], [0, 10])
        }
        let run = try restore(sandbox.snapshot().report.id)
        #expect(run.problems == [])
        #expect(try compareTrees(source, target) == [])
        #expect(try target.appending("folder").attributes().count == 3)
    }

    @Test(.enabled(if: hasLargeAttributes, "the memory takes no large attributes"))
    func `of many kilobytes`() throws {
        var generator = SeededGenerator(seed: 3)
        let sandbox = sandbox
        let memory = try TemporaryDirectory(isInMemory: true)
        let file = DiskPath(memory.appending("file"))
        try file.write([1])
        try file.setAttribute("user.large", generator.bytes(60_000))
        let id = try sandbox.snapshot { $0.sources = [memory.path] }.report.id
        let run = try sandbox.restore(id)
        #expect(run.problems == [])
        #expect(try run.target.appending("file").attributes() == file.attributes())
    }

    @Test func `what changes later follows, and what is no more goes`() throws {
        for name in ["file", "folder"] {
            try source.appending(name).setAttribute("user.a", [1])
            try source.appending(name).setAttribute("user.b", [2])
        }
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        for name in ["file", "folder"] {
            try source.appending(name).removeAttribute("user.a")
            try source.appending(name).setAttribute("user.b", [3])
            try target.appending(name).setAttribute("user.own", [4])
        }
        let id = try sandbox.snapshot().report.id
        let run = try restore(id)
        #expect(run.problems == [] && run.conflicts.isEmpty && run.counts.files == 0)
        #expect(try compareTrees(source, target) == [])
        let again = try restore(id)
        #expect(again.counts.unchanged == 3)
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }
        #expect(try sandbox.manifest(taken.report.id).root == sandbox.manifest(id).root)
    }

    @Test(.enabled(if: hasTrustedAttributes, "only root may set them"))
    func `of links, and those that only root may set`() throws {
        try source.appending("link").makeLink(to: [0x61])
        try source.appending("pipe").makePipe()
        for name in ["link", "pipe", "file"] {
            try source.appending(name).setAttribute("trusted.a", Array(name.utf8))
        }
        let run = try restore(sandbox.snapshot().report.id)
        #expect(run.problems == [])
        #expect(try compareTrees(source, target) == [])
    }

    @Test(.enabled(if: hasTrustedAttributes, "only root may set them"))
    func `a capability survives the change of the owner`() throws {
        // VFS_CAP_REVISION_2 with CAP_NET_BIND_SERVICE, effective (linux/capability.h).
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 0]
        let file = source.appending("file")
        try file.setOwner(12_345, 12_345)
        try file.setAttribute("security.capability", capability)
        let run = try restore(sandbox.snapshot().report.id)
        #expect(run.problems == [])
        #expect(try target.appending("file").attributes()["security.capability"] == capability)
        #expect(try target.appending("file").status().userID == 12_345)
    }
}
