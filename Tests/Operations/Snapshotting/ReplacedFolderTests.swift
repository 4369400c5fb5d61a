import FileHandles
import SnapshotModel
import StatCaching
import TestSupport
import Testing
import WorkerThreads

@testable import Snapshotting

/// Keeps what the scanner tells of, and calls back when it goes into a directory.
private final class Listener: ScanSink {
    private let onEnter: (_ name: String) throws -> Void
    private(set) var found: [String] = []

    init(onEnter: @escaping (_ name: String) throws -> Void) { self.onEnter = onEnter }

    func take(_ job: ReadJob) { job.abandon() }

    func take(_ event: ScanEvent, cost: Int) throws {
        switch event {
        case .enter(let directory):
            let name = String(decoding: directory.name, as: UTF8.self)
            found.append(name + "/")
            try onEnter(name)
        case .entries(let batch):
            for case .entry(let entry) in batch.items {
                found.append(String(decoding: entry.name, as: UTF8.self))
            }
        case .leave: break
        }
    }
}

/// Directories that were seen, and are something else when the scanner comes to them.
struct ReplacedFolderTests {
    private let root: DiskPath
    private let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory()
        root = DiskPath(temporary.path)
        for name in ["a", "b", "c"] {
            try root.appending(name).makeDirectory()
            try root.appending(name).appending("in \(name)").write([1])
        }
    }

    /// Scans as readers do that have looked at names, and have opened nothing yet.
    private func scan(_ change: @escaping () throws -> Void) throws -> [String] {
        let sink = Listener { name in if name == "a" { try change() } }
        let scanner = TreeScanner(
            cache: nil, known: nil, stamps: .all, detail: .usual,
            selector: EntrySelector(SnapshotSelection(), own: []) { _ in },
            ahead: ReadAhead(width: 4), sink: sink, cancellation: Cancellation(),
            report: { Issue.record("\($0)") })
        let directory = try temporary.open()
        try scanner.scan(root: directory, directory.status(), nil)
        return sink.found
    }

    @Test func `a file that comes in the place of a directory is taken`() throws {
        let found = try scan {
            try root.appending("b").rename(to: root.appending("z"))
            try root.appending("b").write([1, 2, 3])
        }
        #expect(found == ["/", "a/", "in a", "b", "c/", "in c"])
    }

    @Test func `a link that comes in its place is not followed`() throws {
        let found = try scan {
            try root.appending("b").rename(to: root.appending("z"))
            try root.appending("b").makeLink(to: Array("a".utf8))
        }
        #expect(found == ["/", "a/", "in a", "b", "c/", "in c"])
    }

    @Test func `one that is gone is as one that never was`() throws {
        let found = try scan { try root.appending("b").rename(to: root.appending("z")) }
        #expect(found == ["/", "a/", "in a", "c/", "in c"])
    }
}
