import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ContentListTests {
    @Test(arguments: seeds(count: 8))
    func decodingGivesTheEncodedListBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for count in [1, 2, generator.number(in: 3...255), FormatLimits.listMaximum] {
            let ids = (0..<count).map { _ in generator.chunkID() }
            let bytes = ContentList.encode(ids)
            #expect(bytes.count == count * Digest256.byteCount)
            #expect(try decode(bytes) == ids)
        }
    }

    @Test func refusesSizesThatNoListHas() {
        for count in [0, 1, 31, 33, 63, 32 * (FormatLimits.listMaximum + 1)] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(throws: refusal(.malformed)) { try decode(bytes) }
        }
    }

    @Test func endsWhereTheLastByteSaysSoFromTheMinimumOn() {
        for byte in UInt8.min...UInt8.max {
            let id = identifier(lastByte: byte)
            let isBoundary = byte & 63 == 0
            for count in [1, FormatLimits.listMinimum - 1] {
                #expect(!ContentList.ends(behind: id, count: count))
            }
            for count in [FormatLimits.listMinimum, 100, FormatLimits.listMaximum - 1] {
                #expect(ContentList.ends(behind: id, count: count) == isBoundary)
            }
            #expect(ContentList.ends(behind: id, count: FormatLimits.listMaximum))
        }
    }

    @Test(arguments: seeds(count: 4))
    func aChangeInALongListChangesFewListChunks(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ids = (0..<4000).map { _ in generator.chunkID() }
        var changed = ids
        changed[generator.number(in: 0...3999)] = generator.chunkID()
        changed.insert(generator.chunkID(), at: generator.number(in: 0...4000))
        let lists = split(ids)
        #expect(lists.flatMap { $0 } == ids)
        #expect(lists.dropLast().allSatisfy { $0.count >= FormatLimits.listMinimum })
        #expect(lists.allSatisfy { $0.count <= FormatLimits.listMaximum })
        #expect(lists.count > 4000 / FormatLimits.listMaximum)
        // Two edits, and behind each one or two lists until the boundaries meet again.
        #expect(Set(split(changed)).subtracting(lists).count <= 10)
    }

    private func split(_ ids: [ChunkID]) -> [[ChunkID]] {
        var lists: [[ChunkID]] = []
        var current: [ChunkID] = []
        for id in ids {
            current.append(id)
            if ContentList.ends(behind: id, count: current.count) {
                lists.append(current)
                current = []
            }
        }
        return current.isEmpty ? lists : lists + [current]
    }

    private func identifier(lastByte: UInt8) -> ChunkID {
        let bytes = [UInt8](repeating: 0xFF, count: 31) + [lastByte]
        return bytes.withUnsafeBytes { ChunkID(Digest256(loading: $0.baseAddress!)) }
    }

    private func decode(_ bytes: [UInt8]) throws -> [ChunkID] {
        try bytes.withUnsafeBytes { try ContentList.decode($0) }
    }
}
