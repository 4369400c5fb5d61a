import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What may not be read is named, and the rest is taken.
struct PermissionTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try DiskPath(sandbox.directory.path).setPermissions(0o755)
        let source = sandbox.source
        try source.setPermissions(0o755)
        try source.appending("open").write(Array("open".utf8))
        try source.appending("secret").write(Array("secret".utf8))
        try source.appending("closed").makeDirectory()
        try source.appending("closed/inner").write([1])
        for name in ["open", "secret"] { try source.appending(name).setPermissions(0o644) }
    }

    private func close() throws {
        try sandbox.source.appending("secret").setPermissions(0)
        try sandbox.source.appending("closed").setPermissions(0)
    }

    @Test func `unreadable files and folders are named, and the rest is taken`() throws {
        try close()
        try withoutPrivileges { [sandbox] in
            let run = try sandbox.snapshot()
            #expect(run.report.unreadableCount == 2)
            let expected = ["closed", "secret"].map { sandbox.source.appending($0).bytes }
            #expect(Set(run.unreadable.map(\.path)) == Set(expected))
            #expect(run.unreadable.allSatisfy { $0.reason == "Permission denied" })
            #expect(try sandbox.manifest(run.report.id).unreadableCount == 2)
            #expect(run.report.counts.files == 1)
        }
        let id = try #require(sandbox.manifests().last).id
        let restored = try sandbox.restore(id).target
        // The folder is there with its metadata, and empty.
        #expect(try restored.names() == ["closed", "open"].map { Array($0.utf8) })
        #expect(try restored.appending("closed").status().permissions == 0)
        try restored.appending("closed").setPermissions(0o700)
        #expect(try restored.appending("closed").names().isEmpty)
    }

    @Test func `what has become unreadable is not taken from the cache's memory`() throws {
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        try close()
        try withoutPrivileges { [sandbox] in
            let run = try sandbox.snapshot()
            #expect(run.report.unreadableCount == 2)
        }
        // When it can be read again, it is.
        try sandbox.waitForTick()
        try sandbox.source.appending("secret").setPermissions(0o644)
        try sandbox.source.appending("closed").setPermissions(0o755)
        let run = try sandbox.snapshot()
        #expect(run.events.isEmpty)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a source that may not be opened is an error that names it`() throws {
        try sandbox.source.setPermissions(0)
        try withoutPrivileges { [sandbox] in
            let error = #expect(throws: SnapshotError.self) { try sandbox.snapshot() }
            #expect(error?.code == .unreadableSource)
            #expect(error?.path == sandbox.source.bytes)
        }
    }
}
