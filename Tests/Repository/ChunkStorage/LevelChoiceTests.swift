import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import ChunkStorage

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Time that goes by only when a test says so.
private final class TestClock: Sendable {
    private let time = Mutex(Duration.zero)

    func advance(by duration: Duration) { time.withLock { $0 += duration } }

    var read: @Sendable () -> Duration { { [self] in time.withLock { $0 } } }
}

/// `auto`, with stores whose speed the tests choose.
struct LevelChoiceTests {
    private let clock = TestClock()

    /// Saves blocks of text through one stream.
    /// - Parameters:
    ///   - beforePut: called by the threads that send, with the number of the pack; gets whether a
    ///     thread waits for the store, or all is saved.
    ///   - afterBlock: called by the thread that saves.
    private func save(
        _ blocks: Int, to memory: MemoryStore = MemoryStore(),
        compression: CompressionSetting = .auto, uploads: UploadSettings,
        makeBytes: (inout SeededGenerator) -> [UInt8] = { $0.text(60_000) },
        beforePut: @escaping @Sendable (Int, _ isWaiting: () -> Bool) -> Void = { _, _ in },
        afterBlock: () -> Void = {}
    ) throws -> CompressionSummary {
        var generator = SeededGenerator(seed: 7)
        let identity = generator.sessionIdentity()
        let savers = Mutex<ChunkSaver?>(nil)
        let isDone = Atomic(false)
        let puts = Atomic(0)
        let store = HookedStore(memory, counted: [.put]) { call in
            guard ObjectNames.packID(call.subject) != nil else { return }
            let number = puts.add(1, ordering: .relaxed).newValue
            beforePut(number) {
                let waits = savers.withLock { $0?.waitingThreads ?? 0 } > 0
                return waits || isDone.load(ordering: .sequentiallyConsistent)
            }
        }
        return try withThreads { threads in
            let saver = ChunkSaver(
                store: store, index: try memory.openIndex(), sessions: identity,
                compression: compression, uploads: uploads, adopted: [], threads: threads,
                clock: clock.read)
            savers.withLock { $0 = saver }
            let stream = try saver.makeStream(.data)
            for _ in 0..<blocks {
                _ = stream.save(makeBytes(&generator))
                stream.flush()
                afterBlock()
            }
            isDone.store(true, ordering: .sequentiallyConsistent)
            _ = try saver.finish()
            savers.withLock { $0 = nil }
            return saver.compressionSummary
        }
    }

    /// One pack at a time, a block each.
    private static let narrow = UploadSettings(
        packTargetInBytes: 1, threadCount: 1, bytesInFlight: 1, raisesLevel: true)

    /// Each pack takes ten seconds, in which the saving thread does nothing but wait.
    private func sendSlowly(_: Int, _ isWaiting: () -> Bool) {
        while !isWaiting() { sched_yield() }
        clock.advance(by: .seconds(10))
    }

    @Test func `a store that is slower than the threads has the level rise`() throws {
        let summary = try save(
            40, uploads: Self.narrow, beforePut: { [self] in sendSlowly($0, $1) })
        let levels = summary.bytesAtLevel
        #expect(levels.keys.max() == 6)
        // The first packs wait for no measurement.
        #expect((1...4).contains((levels[1] ?? 0) / 60_000))
        #expect(summary.usualLevel == 6)
        #expect(levels.values.reduce(0, +) == 40 * 60_000)
    }

    @Test func `a store that is faster has it stay at 1`() throws {
        var uploads = Self.narrow
        uploads.bytesInFlight = .max
        let summary = try save(
            40, uploads: uploads, afterBlock: { clock.advance(by: .seconds(10)) })
        #expect(summary.bytesAtLevel == [1: 40 * 60_000])
    }

    @Test(arguments: [CompressionSetting.zstd(level: 1), .zstd(level: 3), .zstd(level: 7), .off])
    func `a fixed setting stays, however slow the store is`(setting: CompressionSetting) throws {
        let summary = try save(
            12, compression: setting, uploads: Self.narrow,
            beforePut: { [self] in sendSlowly($0, $1) })
        if case .zstd(let level) = setting {
            #expect(summary.bytesAtLevel == [level: 12 * 60_000] && summary.rawBytes == 0)
        } else {
            #expect(summary.bytesAtLevel == [:] && summary.rawBytes == 12 * 60_000)
        }
    }

    @Test func `a directory keeps level 1`() throws {
        #expect(!UploadSettings.directory.raisesLevel && UploadSettings.network.raisesLevel)
        var uploads = Self.narrow
        uploads.raisesLevel = false
        let summary = try save(
            12, uploads: uploads, beforePut: { [self] in sendSlowly($0, $1) })
        #expect(summary.bytesAtLevel == [1: 12 * 60_000])
    }

    @Test func `what was stored at one level is known at every other`() throws {
        let memory = MemoryStore()
        for setting in [CompressionSetting.zstd(level: 1), .auto, .zstd(level: 9), .off] {
            let summary = try save(
                6, to: memory, compression: setting, uploads: Self.narrow,
                beforePut: { [self] in sendSlowly($0, $1) })
            let isFirst = setting == .zstd(level: 1)
            #expect(summary.bytesAtLevel.values.reduce(0, +) == (isFirst ? 6 * 60_000 : 0))
            #expect(summary.rawBytes == 0)
        }
    }

    @Test func `one full pack waits for room, however many threads there are`() throws {
        var generator = SeededGenerator(seed: 3)
        let identity = generator.sessionIdentity()
        let memory = MemoryStore()
        let gate = Monitor(false)
        let store = HookedStore(memory, counted: [.put]) { _ in gate.wait { $0 ? () : nil } }
        let uploads = UploadSettings(
            packTargetInBytes: 20_000, threadCount: 1, bytesInFlight: 1)
        let chunks = (0..<8).map { _ in (0..<24).map { _ in generator.bytes(5000) } }
        let saved = Mutex<[ChunkID: [UInt8]]>([:])
        try withThreads { threads in
            let saver = ChunkSaver(
                store: store, index: try memory.openIndex(), sessions: identity,
                compression: .off, uploads: uploads, adopted: [], threads: threads)
            let working = Monitor(chunks.count)
            for own in chunks {
                threads.spawn {
                    let stream = try saver.makeStream(.data)
                    for chunk in own {
                        let id = stream.save(chunk)
                        saved.withLock { $0[id] = chunk }
                        stream.flush()
                    }
                    working.update { $0 -= 1 }
                }
            }
            while saver.waitingThreads < chunks.count { sched_yield() }
            // Three blocks make a pack. One is sent, one waits, one is filled; and each thread may
            // have had a block on its way when room ran out.
            #expect(saver.newBytes <= (3 * 3 + 8) * 5000)
            gate.update { $0 = true }
            working.wait { $0 == 0 ? () : nil }
            _ = try saver.finish()
        }
        let loader = try memory.makeLoader()
        for (id, bytes) in saved.withLock({ $0 }) { #expect(try loader.load(id) == bytes) }
    }
}
