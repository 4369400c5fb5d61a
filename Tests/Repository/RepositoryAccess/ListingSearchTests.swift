import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// An entry is found without reading all of its directory's listing.
struct ListingSearchTests {
    private let store = MemoryStore()

    private func entry(_ name: String) -> Entry {
        Entry(
            name: FileName(name), kind: .fifo,
            metadata: Metadata(
                mode: 0o644, userID: 0, groupID: 0,
                modified: Timestamp(seconds: 1, nanoseconds: 0)))
    }

    private func listing(_ entries: [Entry]) -> [UInt8] {
        var writer = JSONWriter()
        for entry in entries { EntryCodec.append(entry, to: &writer) }
        return writer.bytes
    }

    /// Saves a listing whose chunks are cut anywhere.
    private func save(
        _ bytes: [UInt8], _ generator: inout SeededGenerator, largestChunk: Int
    ) throws -> RootEntry {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            pieces.append(Array(rest.prefix(generator.number(in: 1...largestChunk))))
            rest = rest.dropFirst(pieces[pieces.count - 1].count)
        }
        let identity = generator.sessionIdentity()
        let ids = try saveChunks(to: store, identity) { saver in
            let stream = try saver.makeStream(.metadata)
            defer { stream.flush() }
            return pieces.map { stream.save($0) }
        }
        return RootEntry(
            content: Content(sizeInBytes: UInt64(bytes.count), levels: 0, chunks: ids),
            metadata: entry("root").metadata)
    }

    @Test(arguments: seeds(count: 8))
    func `each name is found, and no other`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = generator.number(in: 0...400)
        let names = (0..<count).map { "name \(1000 + 2 * $0)" }
        // From many chunks within a line to many lines within a chunk.
        let largest = generator.pick([20, 200, 3_000])
        let root = try save(listing(names.map(entry)), &generator, largestChunk: largest)
        let reader = TreeReader(try store.makeLoader())
        for name in names {
            let found = try reader.entry(at: [FileName(name)], in: root)
            #expect(found == entry(name), "seed \(seed)")
        }
        for number in 0...count {
            let name = FileName("name \(999 + 2 * number)")
            #expect(throws: repositoryError(.noPath), "seed \(seed)") {
                try reader.entry(at: [name], in: root)
            }
        }
    }

    @Test func `a directory of a hundred thousand files is read in part`() throws {
        var generator = SeededGenerator(seed: 4)
        let names = (0..<100_000).map { "file \(1_000_000 + $0)" }
        let root = try save(listing(names.map(entry)), &generator, largestChunk: 32 * 1024)
        let recorder = RecordingStore(store)
        let index = try recorder.openIndex()
        for name in [names[0], names[33_333], names[99_999]] {
            recorder.clear()
            let reader = TreeReader(
                try ChunkLoader(ChunkLoader.Shared(store: recorder, index: index)))
            #expect(try reader.entry(at: [FileName(name)], in: root) == entry(name))
            // The listing has eight blocks of a mebibyte.
            #expect(recorder.calls.count <= 5)
        }
    }

    @Test func `damage elsewhere does no harm`() throws {
        var generator = SeededGenerator(seed: 5)
        var lines = listing((0..<1_000).map { entry("name \(1000 + $0)") })
        lines += Array("no line of a listing\n".utf8)
        let root = try save(lines, &generator, largestChunk: 500)
        let reader = TreeReader(try store.makeLoader())
        let found = try reader.entry(at: [FileName("name 1500")], in: root)
        #expect(found == entry("name 1500"))
        #expect(throws: repositoryError(.damaged)) {
            try reader.entry(at: [FileName("name 3")], in: root)
        }
    }
}
