import FileCutting
import FileHandles
import TestSupport
import Testing

@testable import Snapshotting

/// Who may read what of large files ahead.
struct AheadBoardTests {
    private static let step = 10

    private func offer(next: UInt64, end: UInt64) -> AheadBoard.Offer {
        AheadBoard.Offer(next: next, end: end, stepInBytes: Self.step) { offset in
            .success(stretch(at: offset))
        }
    }

    private func stretch(at offset: UInt64) -> FileStretch {
        FileStretch(
            roomInBytes: 0, mostInBytes: Self.step, at: offset, markedBy: nil
        ) { $0.count }
    }

    @Test func `stretches are claimed in their order, up to the end of the offer`() {
        var board = AheadBoard(mostBorrowed: 100)
        let file = board.open()
        let nothing = board.claim()
        #expect(nothing == nil)
        board.offer(file, offer(next: 10, end: 35))
        let claimed = (0..<4).map { _ in board.claim()?.offset }
        #expect(claimed == [10, 20, 30, nil])
        let taken = [20, 10, 20, 30, 40].map { board.take(file, at: $0)?.offset }
        #expect(taken == [nil, 10, 20, 30, nil])
    }

    @Test func `a new offer takes the place of what was read ahead`() {
        var board = AheadBoard(mostBorrowed: 100)
        let file = board.open()
        board.offer(file, offer(next: 10, end: 100))
        let before = board.claim()?.offset
        board.offer(file, offer(next: 57, end: 100))
        let dropped = board.take(file, at: 10)
        let after = [board.claim()?.offset, board.claim()?.offset]
        board.close(file)
        let closed = board.claim()
        #expect(before == 10 && after == [57, 67])
        #expect(dropped == nil && closed == nil)
    }

    @Test func `the file that came first is read first, as far as there is room`() {
        var board = AheadBoard(mostBorrowed: 1)
        let (first, second) = (board.open(), board.open())
        board.offer(second, offer(next: 0, end: 1000))
        board.offer(first, offer(next: 500, end: 1000))
        let claimed = (0..<6).map { _ in board.claim()?.offset }
        #expect(claimed == [500, 510, 520, 0, 10, nil])
        // What is read may become a segment, but nothing new may be begun.
        var answers = [board.mayRead(first, having: 0)]
        answers.append(board.take(first, at: 500) != nil)
        answers.append(board.claim() == nil)
        answers.append(board.mayRead(first, having: 0))
        #expect(answers == [true, true, true, true])
        let next = board.claim()?.offset
        #expect(next == 530)
    }

    @Test func `a file alone has two pieces and all that may be borrowed`() {
        var board = AheadBoard(mostBorrowed: 3)
        let file = board.open()
        let alone = (0..<8).map { board.mayRead(file, having: $0) }
        #expect(alone == (0..<8).map { $0 < 5 })
        let other = board.open()
        // What one holds on to the other cannot have, but its own.
        let fifth = board.mayRead(file, having: 4)
        let beside = (0..<4).map { board.mayRead(other, having: $0) }
        #expect(fifth && beside == [true, true, false, false])
    }

    @Test(arguments: seeds(count: 20))
    func `pieces are bounded, and nobody waits for nothing`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let most = generator.number(in: 1...6)
        var board = AheadBoard(mostBorrowed: most)
        var files: [Int: (segments: Int, offset: UInt64, ahead: Int)] = [:]
        for _ in 0..<2000 {
            switch generator.number(in: 0...5) {
            case 0 where files.count < 4: files[board.open()] = (0, 0, 0)
            case 1:
                guard generator.oneIn(8), let number = files.keys.min() else { continue }
                board.close(number)
                files[number] = nil
            case 2:
                if let reading = board.claim() {
                    // Each file has offsets of its own.
                    files[Int(reading.offset >> 32)]?.ahead += 1
                }
            default:
                guard !files.isEmpty else { continue }
                let number = generator.pick(files.keys.sorted())
                guard var file = files[number] else { continue }
                if generator.oneIn(2), file.segments > 0 { file.segments -= 1 }
                let mayRead = board.mayRead(number, having: file.segments)
                // Who has nothing to wait for can always go on.
                #expect(mayRead || file.segments >= 2)
                if mayRead {
                    let position = UInt64(number) << 32 + file.offset
                    if board.take(number, at: position) != nil {
                        file.ahead -= 1
                    } else {
                        #expect(file.ahead == 0)
                        let next = position + UInt64(Self.step)
                        board.offer(number, offer(next: next, end: next + 500))
                    }
                    file.segments += 1
                    file.offset += UInt64(Self.step)
                }
                files[number] = file
            }
            let pieces = files.values.reduce(0) { $0 + $1.segments + $1.ahead }
            #expect(pieces <= 2 * files.count + most)
        }
    }

    @Test func `a reading gives what came of it, also an error`() throws {
        let error = SystemCallError(number: 5, call: "read", path: [0x61])
        let failing = AheadReading(at: 3) { _ in .failure(error) }
        failing.read()
        #expect(throws: SystemCallError.self) { try failing.wait().get() }
        let reading = AheadReading(at: 3) { .success(stretch(at: $0)) }
        reading.read()
        #expect(try reading.wait().get().sizeInBytes == Self.step)
    }
}
