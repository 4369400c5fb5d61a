import ChunkMarking
import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Listings of several chunks, however they are cut: lines may begin, end and go on anywhere.
struct LargeListingTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox(seed: 41) }

    /// A listing with a file of one chunk of its own in each line, and names of any length.
    private func makeListing(
        _ count: Int, _ generator: inout SeededGenerator
    ) throws -> (bytes: [UInt8], chunks: [ChunkID]) {
        let names = Set(
            generator.array(count...count) { generator in
                let length = generator.number(in: 1...150)
                return FileName(String(repeating: "x", count: length) + "\(generator.next())")
            }
        ).sorted()
        let chunks = names.map { Array("content of \($0.display)".utf8) }
        let ids = try saveChunks(chunks, to: sandbox.store, generator.sessionIdentity())
        let entries = zip(names, zip(ids, chunks)).map { name, chunk in
            Entry(
                name: name,
                kind: .file(
                    Content(
                        sizeInBytes: UInt64(chunk.1.count), levels: 0, chunks: [chunk.0])),
                metadata: Metadata(
                    mode: 0, userID: 0, groupID: 0,
                    modified: Timestamp(seconds: 0, nanoseconds: 0)))
        }
        return (sandbox.listing(entries), ids)
    }

    /// Cuts bytes anywhere: often within a line, so that many pieces have no end of one.
    private func cut(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + generator.number(in: 1...generator.pick([20, 600])))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    private func save(
        _ pieces: [[UInt8]], _ generator: inout SeededGenerator
    ) throws -> Content {
        let ids = try saveChunks(to: sandbox.store, generator.sessionIdentity()) { saver in
            let stream = try saver.makeStream(.metadata)
            defer { stream.flush() }
            var content = ContentBuilder(listsTo: stream)
            for piece in pieces { content.append(stream.save(piece), sizeInBytes: piece.count) }
            return content.finish()
        }
        return ids
    }

    @Test(arguments: seeds(count: 20))
    func `every line is read, wherever the listing is cut`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (bytes, chunks) = try makeListing(20, &generator)
        let content = try save(cut(bytes, &generator), &generator)
        let manifest = try sandbox.manifest(sandbox.plant(root: content))
        let index = try sandbox.store.openIndex()
        let marker = Marker(store: sandbox.store, index: index, .local)
        let report = try marker.mark([manifest])
        #expect(report.isComplete, "\(report)")
        #expect(report.entries == 20)
        #expect(chunks.allSatisfy(marker.marks.isNeeded))
    }

    @Test(arguments: seeds(count: 30))
    func `listings made of the pieces of others are read as if they were alone`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        // Few pieces, so that all neighbourhoods of two of them are met early.
        let (bytes, _) = try makeListing(4, &generator)
        var pieces = cut(bytes, &generator)
        var contents: [Content] = []
        for _ in 0..<6 {
            contents.append(try save(pieces, &generator))
            for _ in 0..<3 {
                let piece = generator.pick(pieces)
                let place = generator.number(in: 0...pieces.count - 1)
                switch generator.number(in: 0...2) {
                case 0: pieces.insert(piece, at: place)
                case 1 where pieces.count > 2: pieces.remove(at: place)
                default: pieces[place] = piece
                }
            }
        }
        let manifests = try contents.map { try sandbox.manifest(sandbox.plant(root: $0)) }
        let index = try sandbox.store.openIndex()
        let together = Marker(store: sandbox.store, index: index, .local)
        for manifest in manifests { _ = try together.mark([manifest]) }
        let atOnce = Marker(store: sandbox.store, index: index, .local)
        _ = try atOnce.mark(manifests)
        // What each needs alone is needed by all, whatever was read before it.
        for manifest in manifests {
            let alone = Marker(store: sandbox.store, index: index, .local)
            _ = try alone.mark([manifest])
            for id in try sandbox.store.packContents().flatMap({ $0.chunks.map(\.id) })
            where alone.marks.isNeeded(id) {
                #expect(together.marks.isNeeded(id))
                #expect(atOnce.marks.isNeeded(id))
            }
        }
    }

    @Test func `a large folder that changes a little costs a little`() throws {
        var generator = SeededGenerator(seed: 9)
        let recording = RecordingStore(sandbox.store)
        let (bytes, chunks) = try makeListing(400, &generator)
        var pieces = cut(bytes, &generator)
        let first = try save(pieces, &generator)
        // One more line, put where one piece ends a line and so within the listing's lines.
        let end = try #require(pieces.firstIndex { $0.last == UInt8(ascii: "\n") })
        let (line, added) = try makeListing(1, &generator)
        pieces.insert(line, at: end + 1)
        let second = try save(pieces, &generator)
        let manifests = try [first, second].map {
            try sandbox.manifest(sandbox.plant(root: $0))
        }
        let marker = Marker(store: recording, index: try sandbox.store.openIndex(), .local)
        let before = try marker.mark([manifests[0]])
        let after = try marker.mark([manifests[1]])
        #expect(after.isComplete)
        #expect(chunks.allSatisfy(marker.marks.isNeeded))
        #expect(marker.marks.isNeeded(added[0]))
        #expect(after.listingChunks - before.listingChunks <= 1)
        #expect(after.entries - before.entries <= 3)
    }
}
