import HTTPTransport
import TestSupport
import Testing

/// Pieces read as if they were one.
struct BodyCursorTests {
    /// Reads as much as there is room for.
    private func read(_ cursor: inout BodyCursor, _ room: Int) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: room)
        let count = target.withUnsafeMutableBytes { cursor.read(into: $0) }
        return Array(target[..<count])
    }

    @Test(arguments: [[], [[]], [[], [], []]] as [[[UInt8]]])
    func nothingIsAtItsEndFromTheStart(_ pieces: [[UInt8]]) {
        var cursor = BodyCursor(pieces)
        #expect(cursor.count == 0)
        #expect(cursor.remaining == 0)
        #expect(read(&cursor, 10) == [])
        let isThere = (cursor.seek(to: 0), cursor.seek(to: 1), cursor.seek(to: -1))
        #expect(isThere == (true, false, false))
    }

    @Test(arguments: seeds(count: 30))
    func anyReadsAndJumpsGiveTheBytesOfThePlace(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = generator.array(0...6) { generator in
            generator.bytes(generator.oneIn(3) ? 0 : generator.number(in: 1...40))
        }
        let whole = pieces.flatMap { $0 }
        var cursor = BodyCursor(pieces)
        var position = 0
        #expect(cursor.count == whole.count)
        for _ in 0..<60 {
            if generator.oneIn(4) {
                position = generator.number(in: 0...whole.count)
                let isThere = cursor.seek(to: position)
                #expect(isThere)
            } else {
                let room = generator.number(in: 0...50)
                let expected = whole[position...].prefix(room)
                #expect(read(&cursor, room) == Array(expected))
                position += expected.count
            }
            #expect(cursor.remaining == whole.count - position)
        }
        let isBeyond = cursor.seek(to: whole.count + 1)
        #expect(!isBeyond)
    }
}
