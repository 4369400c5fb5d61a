import FileHandles
import RepositoryAccess
import SnapshotModel
import Snapshotting
import StatCaching
import TestSupport
import Testing

/// Which stamps prove that a file has not changed, when the user says so.
struct StampRuleTests {
    private let sandbox: Sandbox
    private let file: DiskPath
    private static let time = FileStatus.Time(seconds: 1_000_000, nanoseconds: 5)

    init() throws {
        sandbox = try Sandbox()
        file = sandbox.source.appending("file")
        try file.write(Array("content".utf8))
        try file.setModified(Self.time)
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
    }

    private func readFiles(_ stamps: StampRule) throws -> UInt64 {
        try sandbox.snapshot { $0.stamps = stamps }.report.readFiles
    }

    private func touch() throws { try file.setModified(Self.time) }

    /// Puts an equal file in the place of the file.
    private func replace() throws {
        let other = sandbox.source.parent.appending("other")
        try other.write(Array("content".utf8))
        try other.setModified(Self.time)
        try other.setPermissions(try file.status().permissions)
        try other.rename(to: file)
    }

    @Test func `another change time has the file read, unless it is to prove nothing`() throws {
        try touch()
        #expect(try readFiles(StampRule(ignoresChangeTime: true)) == 0)
        #expect(try readFiles(StampRule(ignoresInode: true)) == 1)
        try sandbox.waitForTick()
        try touch()
        #expect(try readFiles(.all) == 1)
    }

    @Test func `another inode has the file read, unless it is to prove nothing`() throws {
        try replace()
        #expect(try readFiles(StampRule(ignoresInode: true, ignoresChangeTime: true)) == 0)
        #expect(try readFiles(StampRule(ignoresChangeTime: true)) == 1)
        try sandbox.waitForTick()
        try replace()
        #expect(try readFiles(StampRule(ignoresInode: true)) == 1)
    }

    @Test func `size and modification time always count`() throws {
        let stamps = StampRule(ignoresInode: true, ignoresChangeTime: true)
        try file.write(Array("longer content".utf8))
        try file.setModified(Self.time)
        #expect(try readFiles(stamps) == 1)
        try file.setModified(FileStatus.Time(seconds: 1_000_000, nanoseconds: 6))
        #expect(try readFiles(stamps) == 1)
    }

    @Test func `attributes are looked at where the change time proves nothing`() throws {
        try file.setAttribute("user.varve.test", [1, 2, 3])
        let run = try sandbox.snapshot { $0.stamps = StampRule(ignoresChangeTime: true) }
        #expect(run.report.readFiles == 0)
        #expect(try sandbox.differences(run.report.id) == [])
        let manifest = try sandbox.manifest(run.report.id)
        let entry = try sandbox.treeReader().entry(at: [FileName("file")], in: manifest.root)
        #expect(entry.extendedAttributes.map(\.name) == [Array("user.varve.test".utf8)])
        #expect(try readFiles(StampRule(ignoresChangeTime: true)) == 0)
    }

    @Test func `a file keeps its holes when only its attributes are read again`() throws {
        try file.truncate(to: 1024 * 1024)
        try file.setModified(Self.time)
        let before = try sandbox.snapshot()
        try sandbox.waitForTick()
        try file.setAttribute("user.varve.test", [1])
        let run = try sandbox.snapshot { $0.stamps = StampRule(ignoresChangeTime: true) }
        #expect(run.report.readFiles == 0)
        for id in [before.report.id, run.report.id] {
            let root = try sandbox.manifest(id).root
            #expect(try sandbox.treeReader().entry(at: [FileName("file")], in: root).hasHoles)
        }
        // Reading it gives the same.
        let whole = try sandbox.snapshotWithoutCache()
        #expect(
            try sandbox.manifest(whole.report.id).root == sandbox.manifest(run.report.id).root)
    }

    @Test func `a file that may have been written after it was read is read again`() throws {
        let stamps = StampRule(ignoresChangeTime: true)
        let now = sandbox.now()
        try file.setModified(
            FileStatus.Time(seconds: now.seconds, nanoseconds: UInt32(now.nanoseconds)))
        _ = try sandbox.snapshot(.now) { $0.stamps = stamps }
        try sandbox.waitForTick()
        #expect(try sandbox.snapshot(.now) { $0.stamps = stamps }.report.readFiles == 1)
    }
}
