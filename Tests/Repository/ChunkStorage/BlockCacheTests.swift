import SnapshotModel
import TestSupport
import Testing

@testable import ChunkStorage

struct BlockCacheTests {
    private let pack: PackID

    init() {
        var generator = SeededGenerator(seed: 1)
        pack = PackID(generator.digest())
    }

    private func key(_ offset: UInt32) -> BlockCache.Key { .init(pack: pack, offset: offset) }

    private func block(_ number: UInt32, _ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(number), count: count)
    }

    @Test func blocksUsedLongestAgoGiveWay() {
        let cache = BlockCache(capacityInBytes: 30)
        for number in 1...UInt32(3) { cache.insert(block(number, 10), for: key(number)) }
        #expect(cache[key(1)] == block(1, 10))
        cache.insert(block(4, 10), for: key(4))
        #expect(cache[key(2)] == nil)
        #expect(cache[key(1)] == block(1, 10))
        cache.insert(block(5, 20), for: key(5))
        #expect(cache[key(3)] == nil)
        #expect(cache[key(4)] == nil)
        #expect(cache[key(1)] == block(1, 10))
        #expect(cache[key(5)] == block(5, 20))
    }

    @Test func aBlockBeyondTheCapacityIsKeptAlone() {
        let cache = BlockCache(capacityInBytes: 10)
        cache.insert(block(1, 5), for: key(1))
        cache.insert(block(2, 100), for: key(2))
        #expect(cache[key(1)] == nil)
        #expect(cache[key(2)] == block(2, 100))
    }

    @Test func aBlockThatIsThereIsNotCountedAgain() {
        let cache = BlockCache(capacityInBytes: 20)
        for _ in 0..<5 { cache.insert(block(1, 10), for: key(1)) }
        cache.insert(block(2, 10), for: key(2))
        #expect(cache[key(1)] == block(1, 10))
        #expect(cache[key(2)] == block(2, 10))
    }

    @Test func packsDoNotShareTheirOffsets() {
        var generator = SeededGenerator(seed: 2)
        let cache = BlockCache(capacityInBytes: 20)
        cache.insert(block(1, 10), for: key(1))
        #expect(cache[.init(pack: PackID(generator.digest()), offset: 1)] == nil)
    }
}
