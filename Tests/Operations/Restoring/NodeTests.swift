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

/// Entries that are neither files nor directories, and metadata that needs rights.
struct NodeTests {
    @Test(.enabled(if: geteuid() == 0, "device files need root"))
    func `device files come back with their numbers`() throws {
        let sandbox = try Sandbox()
        let directory = try FileHandle.openDirectory(path: sandbox.source.bytes)
        try directory.makeNode(name: [0x6E], mode: S_IFCHR | 0o640, major: 1, minor: 3)
        try directory.makeNode(name: [0x6C], mode: S_IFBLK | 0o600, major: 7, minor: 300)
        let run = try sandbox.snapshot()
        #expect(run.report.counts.others == 2)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a socket is recorded, and named when it cannot be restored`() throws {
        let sandbox = try Sandbox()
        let path = sandbox.source.appending("socket")
        let socket = try Listener(path)
        let run = try sandbox.snapshot()
        withExtendedLifetime(socket) {}
        #expect(run.report.counts.others == 1)
        let restored = try sandbox.restore(run.report.id)
        #expect(restored.failed == [restored.target.appending("socket").bytes])
        #expect(restored.counts.failed == 1)
        #expect(restored.counts.shortfalls.map(\.kind) == [.socket])
        #expect(try restored.target.names().isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `owners that may not be set are named, and their rights are not handed on`() throws {
        let sandbox = try Sandbox()
        let file = sandbox.source.appending("tool")
        try file.write([1])
        try file.setOwner(1234, 1234)
        try file.setPermissions(0o6755)
        let id = try sandbox.snapshot().report.id
        let target = sandbox.freshPath()
        try target.makeDirectory()
        try target.setOwner(65_534, 65_534)
        try target.parent.setPermissions(0o755)
        try withoutPrivileges { [sandbox] in
            let run = try sandbox.restore(id, to: target)
            #expect(run.failed.contains(target.appending("tool").bytes))
        }
        let status = try target.appending("tool").status()
        #expect(status.permissions == 0o755)
    }
}

/// A socket that listens at a path.
private final class Listener {
    private let descriptor: CInt

    init(_ path: DiskPath) throws {
        #if canImport(Glibc)
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #else
        descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.bytes) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            throw SystemCallError(number: errno, call: "bind", path: path.bytes)
        }
    }

    deinit { close(descriptor) }
}
