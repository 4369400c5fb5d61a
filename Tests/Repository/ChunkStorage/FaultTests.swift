import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing
import WorkerThreads

/// Stores that fail in the middle of a session.
struct FaultTests {
    private typealias Fault = FaultyStore.Fault

    /// Three sessions that were committed, so that the next one merges their tables.
    private struct Repository {
        let memory = MemoryStore()
        let store: FaultyStore
        var committed: [ChunkID: [UInt8]] = [:]
        let new: [[UInt8]]

        init() throws {
            store = FaultyStore(memory)
            var generator = SeededGenerator(seed: 1)
            for _ in 0..<3 {
                let saved = generator.array(3...3) { $0.text(60) }
                let ids = try saveChunks(saved, to: memory, generator.sessionIdentity())
                for (id, bytes) in zip(ids, saved) { committed[id] = bytes }
            }
            new = generator.array(5...5) { $0.text(60) }
        }

        func save(seed: UInt64) throws -> [ChunkID] {
            var generator = SeededGenerator(seed: seed)
            return try saveChunks(new, to: store, generator.sessionIdentity())
        }

        func check(_ chunks: [ChunkID: [UInt8]]) throws {
            let index = try memory.openIndex()
            #expect(index.damagedTables.isEmpty)
            let loader = try memory.makeLoader(index)
            for (id, bytes) in chunks { #expect(try loader.load(id) == bytes) }
        }
    }

    @Test(arguments: [false, true], Fault.Timing.allCases)
    private func whicheverCallFailsNothingCommittedIsLost(
        isPermanent: Bool, timing: Fault.Timing
    ) throws {
        var call = 0
        while true {
            call += 1
            try #require(call < 50)
            let repository = try Repository()
            repository.store.set(Fault(call: call, isPermanent: isPermanent, timing: timing))
            var chunks = repository.committed
            do {
                let ids = try repository.save(seed: 2)
                for (id, bytes) in zip(ids, repository.new) { chunks[id] = bytes }
                #expect(!repository.store.hasFailed)
            } catch {
                #expect(error as? StoreError == storeError(.inputOutput))
            }
            let hasFailed = repository.store.hasFailed
            try repository.check(chunks)
            // The next session, on a store that works again, brings everything.
            repository.store.set(nil)
            let ids = try repository.save(seed: 3)
            for (id, bytes) in zip(ids, repository.new) { chunks[id] = bytes }
            try repository.check(chunks)
            if !hasFailed { break }
        }
        // LIST, three tables, pack, table, and the DELETE.
        #expect(call == 8)
    }

    @Test func aFailedUploadStopsAWriterThatWaitsForIt() throws {
        var generator = SeededGenerator(seed: 1)
        let store = FaultyStore(MemoryStore(), Fault(.put, call: 1, code: .noSpace))
        #expect(throws: storeError(.noSpace)) {
            try saveChunks(to: store, generator.sessionIdentity(), compression: .off) { saver in
                let stream = try saver.makeStream(.data)
                // More than the packs in flight take, so the writer has to wait.
                for number in 1...UInt8(6) {
                    _ = stream.save([UInt8](repeating: number, count: 16 * 1024 * 1024))
                }
                stream.flush()
                #expect(try saver.finish() == false)
            }
        }
    }

    @Test func aFailedWriterStopsTheUploads() throws {
        struct Failure: Error, Equatable {}
        var generator = SeededGenerator(seed: 1)
        let store = RecordingStore(MemoryStore())
        #expect(throws: Failure()) {
            try saveChunks(to: store, generator.sessionIdentity()) { saver in
                let stream = try saver.makeStream(.data)
                _ = stream.save([1, 2, 3])
                stream.flush()
                throw Failure()
            }
        }
        #expect(try store.names().isEmpty)
    }

    @Test func packsOfAnInterruptedSessionAreAdopted() throws {
        var generator = SeededGenerator(seed: 4)
        let store = FaultyStore(MemoryStore())
        let chunks = generator.array(5...5) { $0.text(60) }
        // The pack is stored, its table is not.
        store.set(Fault(.put, call: 2))
        #expect(throws: storeError(.inputOutput)) {
            try saveChunks(chunks, to: store, generator.sessionIdentity())
        }
        let name = try #require(store.names().first)
        let pack = try #require(ObjectNames.packID(name))
        let (record, contents) = try PackReader.contents(of: pack, in: store)
        let recording = RecordingStore(store)
        let newBytes = try saveChunks(
            to: recording, generator.sessionIdentity(), adopted: [(record, contents.chunks)]
        ) { saver in
            let stream = try saver.makeStream(.data)
            for chunk in chunks { _ = stream.save(chunk) }
            stream.flush()
            return saver.newBytes
        }
        #expect(newBytes == 0)
        let puts = recording.calls.filter { $0.operation == .put }.map { $0.subjects[0] }
        #expect(puts.compactMap { ObjectNames.tableID($0) }.count == 1)
        #expect(puts.count == 1)
        let index = try store.openIndex()
        for chunk in contents.chunks { #expect(index.contains(chunk.id)) }
    }
}
