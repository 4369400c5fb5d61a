import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

struct ChunkNumbersTests {
    private func chunk(_ id: ChunkID) -> RestorePlan.Chunk {
        RestorePlan.Chunk(id: id, offset: 0, length: 1)
    }

    @Test(arguments: seeds(count: 6))
    func `finds what a dictionary finds`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var chunks: [RestorePlan.Chunk] = []
        var numbers = ChunkNumbers()
        var model: [ChunkID: Int] = [:]
        for _ in 0..<generator.number(in: 1...1500) {
            let id = generator.chunkID()
            #expect(numbers.number(of: id, in: chunks) == nil)
            model[id] = chunks.count
            chunks.append(chunk(id))
            numbers.addLast(of: chunks)
        }
        for (id, number) in model { #expect(numbers.number(of: id, in: chunks) == number) }
        for _ in 0..<100 {
            #expect(numbers.number(of: generator.chunkID(), in: chunks) == nil)
        }
    }

    @Test func `names that lead to the same slot are told apart`() {
        var generator = SeededGenerator(seed: 1)
        var chunks: [RestorePlan.Chunk] = []
        var numbers = ChunkNumbers()
        // All but the last bytes are the same.
        let digits = String(generator.digest().hexadecimal.dropLast(4))
        let ids = (0..<200).compactMap { number in
            ChunkID(hexadecimal: digits + String(0x1000 + number, radix: 16))
        }
        #expect(ids.count == 200)
        for id in ids {
            chunks.append(chunk(id))
            numbers.addLast(of: chunks)
        }
        for (number, id) in ids.enumerated() {
            #expect(numbers.number(of: id, in: chunks) == number)
        }
    }
}
