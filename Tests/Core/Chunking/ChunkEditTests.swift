import Chunking
import TestSupport
import Testing

struct ChunkEditTests {
    /// One edit changes the chunks it touches and those up to the next common boundary: a handful
    /// most often, of more than 200, and rarely more: each further one takes another bad chance.
    private static let mostNewChunks = 40

    enum Edit: CaseIterable {
        case insert
        case delete
        case overwrite
        case prepend
        case append
    }

    @Test(arguments: seeds(count: 6), Edit.allCases)
    func anEditChangesFewChunks(seed: UInt64, edit: Edit) {
        var generator = SeededGenerator(seed: seed)
        let cutter = cutter(average: 256)
        let bytes = generator.oneIn(2) ? generator.bytes(60_000) : generator.text(60_000)
        var edited = bytes
        let position = generator.number(in: 0...bytes.count - 100)
        let piece = generator.bytes(generator.number(in: 1...100))
        switch edit {
        case .insert: edited.insert(contentsOf: piece, at: position)
        case .delete: edited.removeSubrange(position..<position + piece.count)
        case .overwrite:
            edited.replaceSubrange(position..<position + piece.count, with: piece)
        case .prepend: edited.insert(contentsOf: piece, at: 0)
        case .append: edited += piece
        }
        let before = cut(bytes, with: cutter)
        let after = cut(edited, with: cutter)
        #expect(before.count > 100)
        #expect(Array(after.joined()) == edited)
        #expect(after.count { !Set(before).contains($0) } <= Self.mostNewChunks)
    }

    @Test(arguments: seeds(count: 4))
    func chunksBeforeAnEditStayAsTheyAre(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let cutter = cutter(average: 256)
        let bytes = generator.mixedBytes(30_000)
        let position = generator.number(in: 0...bytes.count - 1)
        var edited = bytes
        edited[position] ^= 1
        let before = cut(bytes, with: cutter)
        let untouched = before.prefix { $0.endIndex <= position }
        #expect(cut(edited, with: cutter).prefix(untouched.count) == untouched)
    }
}
