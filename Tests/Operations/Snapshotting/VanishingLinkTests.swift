import FileHandles
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Names of one file that go, or change, between the walk and the reading.
struct VanishingLinkTests {
    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }

    init() throws {
        sandbox = try Sandbox()
        try sandbox.source.appending("0").write(Array("before".utf8))
        try sandbox.source.appending("a").write(Array("content".utf8))
        for name in ["b", "c"] {
            try sandbox.source.appending(name).makeHardLink(to: sandbox.source.appending("a"))
        }
    }

    /// Makes a snapshot and calls `change` when the walk is over and the first name is to be read.
    private func snapshot(
        _ change: @escaping @Sendable (DiskPath) throws -> Void
    ) throws -> SnapshotRun {
        let first = source.appending("a")
        return try sandbox.snapshot {
            $0.workerCount = 1
        } onRead: { now, path in
            guard now == .beforeOpen, path == first else { return }
            #expect(throws: Never.self) { try change(first) }
        }
    }

    private func links(_ run: SnapshotRun) throws -> [String: String] {
        try sandbox.entries(of: run.report.id).compactMapValues(\.hardLink?.display)
    }

    /// What differs, but for the time of the root, which the change has altered.
    private func differences(_ run: SnapshotRun) throws -> [String] {
        try sandbox.differences(run.report.id).filter { !$0.hasPrefix(": time") }
    }

    @Test func `the second name becomes the first when that one has gone`() throws {
        let run = try snapshot { try $0.remove() }
        #expect(run.notices.map(\.path) == [source.appending("a").bytes])
        #expect(try links(run) == ["c": "b"])
        #expect(try differences(run) == [])
        let next = try sandbox.snapshot()
        #expect(try links(next) == ["c": "b"])
    }

    @Test func `so it does when another file has taken the first one's place`() throws {
        let run = try snapshot { path in
            try path.remove()
            try path.write(Array("another".utf8))
        }
        #expect(try links(run) == ["c": "b"])
        let entries = try sandbox.entries(of: run.report.id)
        #expect(entries["a"]?.kind != entries["b"]?.kind)
        #expect(try differences(run) == [])
    }

    @Test func `a further name that is another file by now is no link`() throws {
        let second = source.appending("b")
        let run = try snapshot { _ in
            try second.remove()
            try second.write(Array("another".utf8))
        }
        #expect(try links(run) == ["c": "a"])
        #expect(try differences(run) == [])
    }

    @Test func `names that are known from before follow, too`() throws {
        _ = try sandbox.snapshot()
        try sandbox.waitForTick()
        // Whatever is written to a file alters all its names, so that all are read.
        try source.appending("a").write(Array("changed".utf8))
        let run = try snapshot { try $0.remove() }
        #expect(try links(run) == ["c": "b"])
        #expect(try differences(run) == [])
        #expect(try sandbox.check().problems == [])
    }
}
