import FileHandles
import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What the target or another folder holds already is not fetched, and never believed unseen.
struct LocalSourceTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private var generator = SeededGenerator(seed: 5)

    init() throws {
        sandbox = try Sandbox(seed: 5)
        target = sandbox.freshPath()
    }

    private func restore(
        _ id: SnapshotID, to other: DiskPath? = nil, remembers: Bool = true,
        change: (inout RestoreSettings) -> Void = { _ in },
        onEvent: @escaping @Sendable (RestoreEvent) -> Void = { _ in }
    ) throws -> (run: RestoreRun, bytes: UInt64, gets: UInt64) {
        let meter = TrafficMeter()
        let run = try sandbox.restore(
            id, to: other ?? target, through: MeteredStore(sandbox.store, meter),
            change: { settings in
                settings.memory = remembers ? sandbox.memory() : nil
                settings.deletion = .everything
                settings.forcesDeletion = true
                change(&settings)
            }, onEvent: onEvent)
        #expect(run.problems == [])
        #expect(run.conflicts.isEmpty)
        #expect(try compareTrees(sandbox.source, run.target) == [])
        return (run, meter.traffic.downloadedBytes, meter.traffic.gets)
    }

    @Test(arguments: [true, false])
    mutating func `a renamed folder costs nothing but its listing`(remembers: Bool) throws {
        let folder = sandbox.source.appending("folder")
        try folder.makeDirectory()
        for number in 0..<10 {
            try folder.appending("file \(number)").write(generator.bytes(2_000_000))
        }
        _ = try restore(sandbox.snapshot().report.id, remembers: remembers)
        try folder.rename(to: sandbox.source.appending("renamed"))
        let (run, bytes, gets) = try restore(
            sandbox.snapshot().report.id, remembers: remembers)
        #expect(bytes < 100_000)
        #expect(gets < 10)
        #expect(run.counts.copiedBytes == 20_000_000)
        #expect(run.counts.deleted == 11)
    }

    @Test(arguments: [true, false])
    mutating func `of a large file that was renamed and changed only the change is fetched`(
        remembers: Bool
    ) throws {
        let file = sandbox.source.appending("file")
        try file.write(generator.bytes(12_000_000))
        let kept = sandbox.source.appending("kept")
        try kept.write([1])
        _ = try restore(sandbox.snapshot().report.id, remembers: remembers)
        try file.overwrite(generator.bytes(1000), at: 6_000_000)
        let renamed = sandbox.source.appending("renamed")
        try file.rename(to: renamed)
        // Files of unknown content are cut only where a file of the size is wanted.
        let (run, bytes, _) = try restore(sandbox.snapshot().report.id, remembers: remembers)
        #expect(bytes < 2_500_000)
        #expect(run.counts.copiedBytes > 11_000_000)
    }

    @Test(arguments: [true, false])
    mutating func `of a file of pages only changed pages are fetched`(remembers: Bool) throws {
        let file = sandbox.source.appending("data.sqlite")
        var content = generator.bytes(16_000_000)
        content.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
        content.replaceSubrange(16..<18, with: [0x10, 0x00])
        try file.write(content)
        _ = try restore(sandbox.snapshot().report.id, remembers: remembers)
        try sandbox.waitForTick()
        try file.overwrite(generator.bytes(4096), at: 4096 * 2000)
        let (run, bytes, _) = try restore(sandbox.snapshot().report.id, remembers: remembers)
        #expect(bytes < 1_500_000)
        #expect(run.counts.copiedBytes > 15_000_000)
    }

    @Test mutating func `a file that was copied is copied here, too`() throws {
        let file = sandbox.source.appending("file")
        try file.write(generator.bytes(3_000_000))
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.source.appending("copy").write(try file.read())
        let (run, bytes, _) = try restore(sandbox.snapshot().report.id)
        #expect(bytes < 100_000)
        #expect(run.counts.copiedBytes == 3_000_000)
    }

    @Test(arguments: [true, false])
    mutating func `files that exchange their names cost nothing`(remembers: Bool) throws {
        let (left, right) = (sandbox.source.appending("a"), sandbox.source.appending("b"))
        try left.write(generator.bytes(6_000_000))
        try right.write(generator.bytes(6_000_000))
        _ = try restore(sandbox.snapshot().report.id, remembers: remembers)
        let other = sandbox.source.appending("c")
        try left.rename(to: other)
        try right.rename(to: left)
        try other.rename(to: right)
        let (_, bytes, gets) = try restore(
            sandbox.snapshot().report.id, remembers: remembers
        ) { settings in
            settings.workerCount = 1
            // Equal sizes and times prove nothing here.
            settings.overwrite = .always
        }
        #expect(bytes < 100_000)
        #expect(gets < 10)
    }

    @Test mutating func `seeds give what they have`() throws {
        let file = sandbox.source.appending("file")
        try file.write(generator.bytes(3_000_000))
        let id = try sandbox.snapshot().report.id
        let seed = DiskPath(sandbox.directory.appending("seed"))
        try seed.makeDirectory()
        try seed.appending("deep").makeDirectory()
        try seed.appending("deep/other name").write(try file.read())
        try seed.appending("pipe").makePipe()
        try seed.appending("loop").makeLink(to: seed.bytes)
        let (run, bytes, _) = try restore(id, to: sandbox.freshPath()) { $0.seeds = [seed.bytes] }
        #expect(bytes < 100_000)
        #expect(run.counts.copiedBytes == 3_000_000)
    }

    @Test(arguments: [0, 1, 2, 3])
    mutating func `a seed that changes after it was read is never believed`(change: Int) throws {
        let file = sandbox.source.appending("file")
        let content = generator.bytes(2_000_000)
        try file.write(content)
        try sandbox.source.appending("kept").write([1])
        let id = try sandbox.snapshot().report.id
        let seed = DiskPath(sandbox.directory.appending("seed"))
        try seed.makeDirectory()
        let source = seed.appending("file")
        try source.write(content)
        // Something stands at the target, so that the plan is told.
        let other = sandbox.freshPath()
        try other.makeDirectory()
        try other.appending("kept").write([1])
        let garbage = generator.bytes(2_000_000)
        let (run, _, _) = try restore(
            id, to: other, change: { $0.seeds = [seed.bytes] },
            onEvent: { event in
                guard case .planned = event else { return }
                switch change {
                case 0: try? source.overwrite(Array(garbage[..<700_000]), at: 300_000)
                case 1: try? source.truncate(to: 1_000_000)
                case 2: try? source.remove()
                default: try? source.write(garbage)
                }
            })
        #expect(try run.target.appending("file").read() == content)
    }

    @Test mutating func `seeds that cannot be read give nothing, or are an error`() throws {
        let sandbox = sandbox
        try sandbox.source.appending("file").write(generator.bytes(100_000))
        let id = try sandbox.snapshot().report.id
        for path in [sandbox.freshPath(), sandbox.source.appending("file")] {
            let error = #expect(throws: RestoreError.self) {
                try sandbox.restore(id) { $0.seeds = [path.bytes] }
            }
            #expect(error?.code == .seedUnusable)
        }
        let shared = try TemporaryDirectory.shared()
        let seed = DiskPath(shared.appending("seed"))
        try seed.makeDirectory()
        try seed.appending("locked").makeDirectory()
        try seed.appending("locked/file").write(try sandbox.source.appending("file").read())
        try seed.appending("file").write(try sandbox.source.appending("file").read())
        try seed.appending("file").setPermissions(0)
        try seed.appending("locked").setPermissions(0)
        let place = try TemporaryDirectory.shared()
        try withoutPrivileges {
            let target = DiskPath(place.appending("target"))
            let run = try sandbox.restore(id, to: target) { $0.seeds = [seed.bytes] }
            #expect(run.counts.copiedBytes == 0)
            #expect(try target.names().count == 1)
        }
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    mutating func `a seed on another file system serves as well`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 16 * 1024 * 1024)
        try sandbox.source.appending("file").write(generator.bytes(3_000_000))
        let id = try sandbox.snapshot().report.id
        let source = DiskPath(disk.directory.path).appending("file")
        try source.write(try sandbox.source.appending("file").read())
        let (run, bytes, _) = try restore(id) { $0.seeds = [disk.directory.path] }
        #expect(bytes < 100_000)
        #expect(run.counts.copiedBytes == 3_000_000)
    }

    @Test(arguments: seeds(count: 4))
    func `what is copied is right whatever the pieces are`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let content = generator.mixedBytes(900_000)
        try sandbox.source.appending("file").write(content)
        _ = try restore(sandbox.snapshot().report.id)
        try sandbox.waitForTick()
        for number in 0..<4 {
            var pieces: [UInt8] = []
            for _ in 0..<generator.number(in: 1...6) {
                let start = generator.number(in: 0...content.count - 1)
                pieces += content[start..<min(content.count, start + 300_000)]
                pieces += generator.bytes(generator.number(in: 0...20_000))
            }
            try sandbox.source.appending("file \(number)").write(pieces)
        }
        let id = try sandbox.snapshot().report.id
        let (run, _, _) = try restore(id)
        #expect(run.counts.copiedBytes > 0)
        _ = try restore(id, to: sandbox.freshPath()) { settings in
            settings.seeds = [sandbox.source.bytes]
            settings.makesHoles = true
        }
    }
}
