import ChunkStorage
import Exporting
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing
import WorkerThreads

/// Damaged repositories, and streams that nobody reads to their end.
struct DamageTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox(seed: 23, averageChunkInBytes: 4096) }

    private func pack() throws -> ObjectKey {
        try #require(
            sandbox.keys(ObjectNames.packs).max {
                try sandbox.store.head($0) < sandbox.store.head($1)
            })
    }

    /// Every file is as it was, or named and missing.
    private func expectNothingWrong(_ run: ExportRun, _ comment: Comment) throws {
        let target = sandbox.freshPath()
        #expect(try run.extract(to: target) == "", comment)
        defer { try? target.remove() }
        for name in try sandbox.source.names() {
            let copy = target.appending(name)
            if run.damaged.contains(name) {
                #expect(!copy.exists, comment)
            } else if copy.exists {
                #expect(try copy.read() == sandbox.source.appending(name).read(), comment)
            } else {
                // The listing itself may be gone.
                #expect(run.damaged.contains([]), comment)
            }
        }
    }

    @Test func `one bit flipped anywhere in the pack`() throws {
        var generator = SeededGenerator(seed: 23)
        for number in 0..<6 {
            try sandbox.source.appending("file \(number)").write(generator.bytes(9_000))
        }
        let id = try sandbox.snapshot().report.id
        let size = Int(try sandbox.store.head(pack()))
        var damaged = 0
        for position in stride(from: 0, to: size, by: 997) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.flip(pack(), bit: 8 * position + position % 8)
            let run = try sandbox.export(id, through: faulty)
            try expectNothingWrong(run, "byte \(position)")
            damaged += run.damaged.count
        }
        #expect(damaged > 10)
    }

    @Test func `damage behind a header is filled up with zeros and named`() throws {
        var generator = SeededGenerator(seed: 24)
        let content = generator.bytes(4_000_000)
        try sandbox.source.appending("a large").write(content)
        try sandbox.source.appending("b small").write([1, 2, 3])
        let id = try sandbox.snapshot().report.id
        let packID = try #require(ObjectNames.packID(pack().description))
        let blocks = try #require(sandbox.store.openIndex().blocks(of: packID))
        let last = try #require(blocks.last { $0.kind == .data && $0.plainLength > 100_000 })
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(pack(), bit: 8 * (Int(last.offset) + 50_000))
        let run = try sandbox.export(id, through: faulty) { $0.segmentInBytes = 1024 * 1024 }
        #expect(run.damaged == [Array("a large".utf8)])
        let target = sandbox.freshPath()
        #expect(try run.extract(to: target) == "")
        #expect(try target.appending("b small").read() == [1, 2, 3])
        let copy = try target.appending("a large").read()
        #expect(copy.count == content.count)
        let wrong = zip(copy, content).filter { $0 != $1 }
        #expect(!wrong.isEmpty && wrong.allSatisfy { $0.0 == 0 })
        // As long as all of it is in memory, it is left out.
        #expect(try sandbox.export(id, through: faulty).counts.files == 1)
    }

    @Test(arguments: seeds(count: 4))
    func `bits that are lost on their way do no harm`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for number in 0..<20 {
            try sandbox.source.appending("file \(number)").write(generator.bytes(20_000))
        }
        let id = try sandbox.snapshot().report.id
        let noisy = NoisyStore(sandbox.store, prefix: ObjectNames.packs, seed: seed)
        #expect(try sandbox.exportDifferences(id, through: noisy) == [])
    }

    @Test func `a missing pack costs what only it has`() throws {
        try sandbox.source.appending("first").write([1])
        let before = try sandbox.snapshot().report.id
        try sandbox.waitForTick()
        let packs = try sandbox.keys(ObjectNames.packs)
        try sandbox.source.appending("second").write([2])
        let after = try sandbox.snapshot().report.id
        let faulty = FaultyStore(sandbox.store)
        for key in try sandbox.keys(ObjectNames.packs) where !packs.contains(key) {
            faulty.lose(key)
        }
        #expect(try sandbox.export(before, through: faulty).damaged == [])
        #expect(try sandbox.export(after, through: faulty).damaged == [[]])
    }

    @Test func `a store that cannot be reached is an error, whatever call fails`() throws {
        var generator = SeededGenerator(seed: 25)
        for number in 0..<10 {
            try sandbox.source.appending("file \(number)").write(generator.bytes(40_000))
        }
        let id = try sandbox.snapshot().report.id
        for call in 1... {
            let faulty = FaultyStore(sandbox.store, .init(.get, call: call))
            let run = try? sandbox.export(id, through: faulty) { $0.segmentInBytes = 60_000 }
            if !faulty.hasFailed { return }
            #expect(run == nil, "call \(call)")
        }
    }

    @Test func `a socket is named and left out`() throws {
        let entry = Entry(
            name: FileName("socket"), kind: .socket,
            metadata: Metadata(
                mode: 0o644, userID: 0, groupID: 0,
                modified: Timestamp(seconds: 1, nanoseconds: 0)))
        let run = try sandbox.export(sandbox.plant(listing: sandbox.listing([entry])))
        #expect(run.failed == [Array("socket".utf8)] && run.damaged.isEmpty)
        #expect(run.counts.failed == 1 && run.counts.others == 0)
    }

    private struct Refusal: Error, Equatable {}

    @Test func `an output that fails ends the run with its error`() throws {
        var generator = SeededGenerator(seed: 26)
        for number in 0..<30 {
            try sandbox.source.appending("file \(number)").write(generator.bytes(30_000))
        }
        let id = try sandbox.snapshot().report.id
        for limit in [0, 1, 100_000, 500_000] {
            let written = WrittenBytes()
            #expect(throws: Refusal()) {
                _ = try sandbox.export(id, change: { $0.segmentInBytes = 100_000 }) { bytes in
                    if written.add(bytes.count) > limit { throw Refusal() }
                }
            }
        }
    }

    @Test func `a run can be stopped at any place`() throws {
        var generator = SeededGenerator(seed: 27)
        for number in 0..<30 {
            try sandbox.source.appending("file \(number)").write(generator.bytes(30_000))
        }
        let id = try sandbox.snapshot().report.id
        for limit in [0, 200_000, 700_000] {
            let cancellation = Cancellation()
            let written = WrittenBytes()
            #expect(throws: Interrupted()) {
                _ = try sandbox.export(
                    id,
                    change: {
                        $0.cancellation = cancellation
                        $0.segmentInBytes = 100_000
                    }
                ) { bytes in
                    if written.add(bytes.count) > limit { cancellation.cancel() }
                }
            }
        }
    }
}

/// Counts what was written.
private final class WrittenBytes: Sendable {
    private let count = Monitor(0)

    func add(_ bytes: Int) -> Int {
        count.update { count in
            count += bytes
            return count
        }
    }
}
