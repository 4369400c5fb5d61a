import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Sparse files have one chunk of zeros many thousand times in a row.
struct ZeroChunkTests {
    private let store = RecordingStore(MemoryStore())
    private let zeros = [UInt8](repeating: 0, count: 4096)

    @Test func equalChunksOfZerosAreStoredOnce() throws {
        var generator = SeededGenerator(seed: 1)
        let ids = try saveChunks(
            Array(repeating: zeros, count: 50), to: store, generator.sessionIdentity())
        #expect(Set(ids).count == 1)
        #expect(try store.packContents().flatMap(\.chunks).count == 1)
    }

    @Test func chunksOfZerosAreReadFromTheStoreOnce() throws {
        var generator = SeededGenerator(seed: 2)
        let id = try saveChunks([zeros], to: store, generator.sessionIdentity())[0]
        let loader = try store.makeLoader()
        store.clear()
        for _ in 0..<50 { #expect(try loader.load(id) == zeros) }
        #expect(store.calls.count { $0.operation == .get } == 1)
    }

    @Test func chunksOfZerosBetweenOthersComeBackWhole() throws {
        var generator = SeededGenerator(seed: 3)
        let text = generator.text(3000)
        let short = [UInt8](repeating: 0, count: 100)
        let chunks = [zeros, text, zeros, short, zeros, short]
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let loader = try store.makeLoader()
        for (id, bytes) in zip(ids, chunks) { #expect(try loader.load(id) == bytes) }
    }
}
