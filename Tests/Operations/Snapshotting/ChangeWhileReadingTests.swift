import FileHandles
import RepositoryAccess
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Files that do not keep still.
struct ChangeWhileReadingTests {
    private let sandbox: Sandbox
    private let file: DiskPath

    init() throws {
        sandbox = try Sandbox()
        file = sandbox.source.appending("file")
        try file.write(Array("content".utf8))
        try sandbox.source.appending("other").write(Array("other".utf8))
    }

    /// Calls `change` with the path of `file` at a moment of its first reads.
    private func snapshot(
        at moment: SnapshotEnvironment.ReadMoment, times: Int = 1,
        _ change: @escaping @Sendable (DiskPath) throws -> Void
    ) throws -> SnapshotRun {
        let calls = Mutex(0)
        return try sandbox.snapshot { _ in
        } onRead: { [file] now, path in
            guard path == file, now == moment else { return }
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call <= times else { return }
            #expect(throws: Never.self) { try change(path) }
        }
    }

    @Test func `a file that changes once while it is read is read again`() throws {
        let run = try snapshot(at: .afterRead) { try $0.write(Array("changed content".utf8)) }
        #expect(run.events.isEmpty)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a large file that changes once while it is read is read again`() throws {
        var generator = SeededGenerator(seed: 2)
        let bytes = generator.bytes(5_000_000)
        try file.write(bytes)
        let shorter = Array(bytes.prefix(4_500_000))
        let run = try snapshot(at: .afterRead) { try $0.write(shorter) }
        #expect(run.events.isEmpty)
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a file that keeps changing is stored as it was read last, and named`() throws {
        let counter = Mutex(0)
        let run = try snapshot(at: .afterRead, times: .max) { path in
            let number = counter.withLock { counter in
                counter += 1
                return counter
            }
            try path.write(Array(String(repeating: "x", count: number).utf8))
        }
        #expect(run.report.unreadableCount == 1)
        #expect(run.unreadable.map(\.path) == [file.bytes])
        let manifest = try sandbox.manifest(run.report.id)
        #expect(manifest.unreadableCount == 1)
        #expect(manifest.unreadable == run.unreadable)
        // The third read was the last; two changes had come before it.
        #expect(try sandbox.restore(run.report.id).target.appending("file").read() == [0x78, 0x78])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a file that vanishes before it is opened is left out with a notice`() throws {
        let run = try snapshot(at: .beforeOpen) { try $0.remove() }
        #expect(run.report.unreadableCount == 0)
        #expect(run.notices.map(\.path) == [file.bytes])
        let restored = try sandbox.restore(run.report.id).target
        #expect(try restored.names() == [Array("other".utf8)])
    }

    @Test(arguments: [Replacement.pipe, .link])
    func `what has taken the place of a file is taken as what it is`(
        replacement: Replacement
    ) throws {
        let run = try snapshot(at: .beforeOpen) { path in
            try path.remove()
            try replacement.make(path)
        }
        #expect(run.events.isEmpty)
        let restored = try sandbox.restore(run.report.id).target.appending("file")
        let (status, original) = (try restored.status(), try file.status())
        #expect(status.kind == original.kind)
        #expect(status.modified == original.modified)
        #expect(status.permissions == original.permissions)
        if status.kind == .symlink {
            #expect(try restored.linkTarget() == (try file.linkTarget()))
        }
        #expect(try sandbox.snapshot().report.readFiles == 0)
    }

    @Test func `a socket that has taken the place of a file is recorded`() throws {
        let run = try snapshot(at: .beforeOpen) { path in
            try path.remove()
            try path.makeSocket()
        }
        #expect(run.events.isEmpty)
        let manifest = try sandbox.manifest(run.report.id)
        let entry = try sandbox.treeReader().entry(at: [FileName("file")], in: manifest.root)
        #expect(entry.kind == .socket)
    }

    @Test func `a folder that has taken the place of a file is named`() throws {
        let run = try snapshot(at: .beforeOpen) { path in
            try path.remove()
            try Replacement.directory.make(path)
        }
        #expect(run.unreadable.map(\.path) == [file.bytes])
        let restored = try sandbox.restore(run.report.id).target
        #expect(try restored.names() == [Array("other".utf8)])
        // The next run sees it as it is now.
        let next = try sandbox.snapshot()
        #expect(next.events.isEmpty)
        #expect(try sandbox.differences(next.report.id) == [])
    }

    @Test func `a file that grows from nothing is taken`() throws {
        try file.write([])
        let run = try snapshot(at: .beforeOpen) { _ in }
        #expect(try sandbox.differences(run.report.id) == [])
    }

    @Test func `a file that shrinks to nothing before it is opened is taken as empty`() throws {
        let run = try snapshot(at: .beforeOpen) { try $0.truncate(to: 0) }
        #expect(run.events.isEmpty)
        #expect(try sandbox.differences(run.report.id) == [])
    }
}

/// What can take the place of a file.
enum Replacement: CaseIterable {
    case pipe, directory, link

    func make(_ path: DiskPath) throws {
        switch self {
        case .pipe: try path.makePipe()
        case .directory: try path.makeDirectory()
        case .link: try path.makeLink(to: Array("other".utf8))
        }
    }
}
