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

/// Whatever the sizes of plans, ranges and threads, the same tree comes out.
struct SegmentTests {
    /// Settings under which everything has to be split.
    private static let tight = ReadSettings(
        requestsInFlight: 2, partInBytes: 1, gapInBytes: 0, bytesInFlight: 1,
        metadataWindowInBytes: 1, planInBytes: 1)
    /// Settings between those and the usual ones, drawn by a seed.
    private static func settings(_ generator: inout SeededGenerator) -> ReadSettings {
        ReadSettings(
            requestsInFlight: generator.number(in: 1...9),
            partInBytes: generator.number(in: 1...100_000),
            gapInBytes: generator.pick([0, 1000, 1024 * 1024]),
            bytesInFlight: generator.number(in: 1...200_000),
            metadataWindowInBytes: generator.pick([0, 1, 5_000, 1024 * 1024]),
            planInBytes: generator.number(in: 1...20_000))
    }

    /// What differs between the source and what comes out.
    private func differences(
        _ sandbox: Sandbox, makesHoles: Bool = false, _ change: (inout RestoreSettings) -> Void
    ) throws -> [String] {
        let id = try sandbox.snapshot().report.id
        let run = try sandbox.restore(id, makesHoles: makesHoles, change: change)
        defer { try? run.target.remove() }
        return (run.failed + run.damaged).map { DiskPath($0).text }
            + (try compareTrees(sandbox.source, run.target))
    }

    @Test(arguments: seeds(count: 10))
    func `any tree under any settings`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        // Several snapshots, so that blocks and listings lie in several packs.
        for _ in 0..<2 {
            try tree.grow(entries: 40)
            _ = try sandbox.snapshot()
            try sandbox.waitForTick()
            _ = try tree.edit(count: 5)
        }
        let found = try differences(sandbox, makesHoles: tree.generator.oneIn(2)) { settings in
            settings.workerCount = tree.generator.number(in: 1...4)
            settings.reading = Self.settings(&tree.generator)
        }
        #expect(found == [])
    }

    @Test(arguments: [false, true])
    func `a large file beside tiny ones, when nothing fits`(makesHoles: Bool) throws {
        let sandbox = try Sandbox(averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 2)
        // Long enough for a list of chunks that is stored itself, with what repeats and with zeros.
        var large = generator.bytes(1_500_000)
        large += [UInt8](repeating: 0, count: 300_000) + large[0..<200_000]
        large += [UInt8](repeating: 0, count: 100_000)
        try sandbox.source.appending("large").write(large)
        for number in 0..<60 {
            try sandbox.source.appending("\(number)").write(generator.bytes(number * 3))
        }
        #expect(try differences(sandbox, makesHoles: makesHoles) { $0.reading = Self.tight } == [])
        #expect(try differences(sandbox, makesHoles: makesHoles) { $0.reading = .local } == [])
        #expect(try differences(sandbox, makesHoles: makesHoles) { $0.workerCount = 8 } == [])
    }

    @Test func `holes are made, wherever they are`() throws {
        let sandbox = try Sandbox(averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 3)
        let zeros = [UInt8](repeating: 0, count: 400_000)
        let data = generator.bytes(20_000)
        let contents = ["all": zeros, "front": zeros + data, "back": data + zeros]
        for (name, bytes) in contents { try sandbox.source.appending(name).write(bytes) }
        try sandbox.source.appending("middle").write(data + zeros + data)
        let run = try sandbox.restore(sandbox.snapshot().report.id, makesHoles: true)
        // Before anything is read: on some file systems reading fills holes.
        for name in try run.target.names() {
            let status = try run.target.appending(name).status()
            #expect(status.allocatedInBytes < 150_000, "\(DisplayText.escape(name))")
        }
        #expect(try compareTrees(sandbox.source, run.target) == [])
    }

    @Test func `more directories than may be open at once`() throws {
        let sandbox = try Sandbox()
        // Each has a large file, too, whose parts lie in other blocks than those of the others.
        for outer in 0..<30 {
            let folder = sandbox.source.appending("outer \(outer)")
            try folder.makeDirectory()
            for inner in 0..<30 {
                let path = folder.appending("inner \(inner)")
                try path.makeDirectory()
                try path.appending("file").write([UInt8(outer), UInt8(inner)])
            }
            // What is made below changes the time, so it is set behind it.
            try folder.setModified(FileStatus.Time(seconds: Int64(outer), nanoseconds: 1))
        }
        #expect(try differences(sandbox) { _ in } == [])
        #expect(try differences(sandbox) { $0.reading = Self.tight } == [])
    }

    @Test func `more files begun than may be open at once`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 5)
        // The chunks of a hundred files in turns, the last ones first: no file is complete before
        // the last block.
        let files = (0..<100).map { _ in (0..<3).map { _ in generator.bytes(30_000) } }
        var ids = [[ChunkID]](repeating: [], count: 100)
        for part in (0..<3).reversed() {
            let saved = try saveChunks(
                files.map { $0[part] }, to: sandbox.store, generator.sessionIdentity())
            for number in 0..<100 { ids[number].insert(saved[number], at: 0) }
        }
        let metadata = Metadata(
            mode: 0o644, userID: geteuid(), groupID: getegid(),
            modified: Timestamp(seconds: 1, nanoseconds: 0))
        let entries = (0..<100).map { number in
            Entry(
                name: FileName("file \(100 + number)"),
                kind: .file(Content(sizeInBytes: 90_000, levels: 0, chunks: ids[number])),
                metadata: metadata)
        }
        let id = try sandbox.plant(listing: sandbox.listing(entries))
        let run = try sandbox.restore(id)
        #expect(run.counts.files == 100 && run.damaged.isEmpty && run.failed.isEmpty)
        #expect(try run.target.names().count == 100)
        for number in 0..<100 {
            let path = run.target.appending("file \(100 + number)")
            #expect(try path.read() == Array(files[number].joined()))
        }
    }

    @Test func `contents that do not add up are damage, and no file is there`() throws {
        let sandbox = try Sandbox()
        let right = try sandbox.saveContent([1, 2, 3])
        let metadata = Metadata(
            mode: 0o644, userID: geteuid(), groupID: getegid(),
            modified: Timestamp(seconds: 1, nanoseconds: 0))
        let sizes: [UInt64] = [1, 2, 4, UInt64(Int64.max), UInt64.max]
        var entries = sizes.enumerated().map { number, size in
            Entry(
                name: FileName("\(number)"),
                kind: .file(Content(sizeInBytes: size, levels: 0, chunks: right.chunks)),
                metadata: metadata)
        }
        entries.append(Entry(name: FileName("5"), kind: .file(right), metadata: metadata))
        let id = try sandbox.plant(listing: sandbox.listing(entries))
        for reading in [ReadSettings.network, Self.tight] {
            let run = try sandbox.restore(id) { $0.reading = reading }
            #expect(run.damaged.count == 5)
            #expect(try run.target.names() == [[0x35]])
        }
    }
}
