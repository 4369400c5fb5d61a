import FileHandles
import FileTree
import StatCaching
import TestSupport
import Testing
import WorkerThreads

@testable import Snapshotting

struct WaitMeterTests {
    private static let short = Duration.microseconds(3)
    private static let long = Duration.milliseconds(2)

    @Test func `short calls show no waiting, however many`() {
        var meter = WaitMeter()
        for _ in 0..<10_000 { meter.note(Self.short) }
        #expect(!meter.showsWaiting)
    }

    @Test func `a few long calls are somebody else's`() {
        var meter = WaitMeter()
        for _ in 0..<7 { meter.note(Self.long) }
        #expect(!meter.showsWaiting)
        meter.note(Self.long)
        #expect(meter.showsWaiting)
    }

    @Test func `long calls count when most of the time goes by in them`() {
        var meter = WaitMeter()
        for _ in 0..<100 {
            meter.note(.microseconds(51))
            for _ in 0..<20 { meter.note(Self.short) }
        }
        // 51 of 111 microseconds.
        #expect(!meter.showsWaiting)
        for _ in 0..<100 { meter.note(Self.long) }
        #expect(meter.showsWaiting)
    }

    @Test func `what brings more may take longer`() {
        var meter = WaitMeter()
        for _ in 0..<100 { meter.note(Self.long, usual: Self.long) }
        #expect(!meter.showsWaiting)
        // Once shown, it stays shown.
        for _ in 0..<200 { meter.note(Self.long) }
        for _ in 0..<10_000 { meter.note(Self.long, usual: Self.long) }
        #expect(meter.showsWaiting)
    }
}

/// That a scan finds the same, whenever readers begin.
struct WakingReadersTests {
    /// Writes down what is found, in its order.
    private final class Listener: ScanSink {
        var found: [String] = []

        func take(_ job: ReadJob) { job.abandon() }

        func take(_ event: ScanEvent, cost: Int) {
            switch event {
            case .enter(let directory):
                found.append("into \(String(decoding: directory.path, as: UTF8.self))")
            case .leave: found.append("back")
            case .entries(let batch):
                for case .entry(let entry) in batch.items {
                    found.append(String(decoding: entry.name, as: UTF8.self))
                }
            }
        }
    }

    private func scan(_ root: DiskPath, readers: Int, _ meter: WaitMeter?) throws -> [String] {
        let sink = Listener()
        let handle = try FileHandle.openDirectory(path: root.bytes)
        let status = try handle.status()
        try withThreads { threads in
            let ahead = ReadAhead(width: 4)
            defer { ahead.close() }
            for _ in 1..<readers { threads.spawn(ahead.run) }
            let scanner = TreeScanner(
                cache: nil, known: nil, stamps: .all, detail: .usual,
                selector: EntrySelector(SnapshotSelection(), own: []) { _ in }, ahead: ahead,
                meter: meter, sink: sink, cancellation: Cancellation(),
                report: { Issue.record("\($0)") })
            try scanner.scan(root: handle, status, nil)
        }
        return sink.found
    }

    /// A meter that needs no more than so many long calls.
    private func meter(lacking calls: Int) -> WaitMeter {
        var meter = WaitMeter()
        for _ in calls..<8 { meter.note(.seconds(1)) }
        return meter
    }

    @Test(arguments: seeds(count: 3))
    func `the tree is the same, whenever readers are woken`(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let root = DiskPath(directory.path)
        var tree = TemporaryTree(at: root, seed: seed)
        try tree.grow(entries: 200)
        try tree.addLargeDirectory("wide", entries: 700)
        let expected = try scan(root, readers: 1, nil)
        #expect(expected.count > 50)
        // Any call may be the one that is too long, and with none lacking the very first one is.
        for lacking in 0...3 {
            #expect(try scan(root, readers: 3, meter(lacking: lacking)) == expected)
        }
        #expect(try scan(root, readers: 3, WaitMeter()) == expected)
    }

    /// The scanner meets many names before it knows, and has the others read ahead.
    @Test func `readers may begin in the middle of a directory`() throws {
        let directory = try TemporaryDirectory()
        let root = DiskPath(directory.path)
        var tree = TemporaryTree(at: root, seed: 9)
        try tree.addLargeDirectory("wide", entries: 1500)
        let wide = try FileHandle.openDirectory(path: root.appending("wide").bytes)
        let names = try SortedNames(of: wide)
        for start in [0, 1, 255, 256, 257, 1024, 1499] {
            var walk = FolderWalk(
                wide, names, from: start, [], .usual, device: nil, ReadAhead(width: 4))
            for position in start..<names.count {
                let expected = try wide.status(of: names[position])
                let found = try walk.status(position) { _, _ in true }
                #expect(found.inode == expected.inode)
            }
        }
    }
}
