import ObjectStore
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

@testable import ChunkStorage

struct StoredWindowsTests {
    private let packs: [PackID]

    init() {
        var generator = SeededGenerator(seed: 1)
        packs = generator.array(3...3) { PackID($0.digest()) }
    }

    private func block(_ offset: UInt32, _ length: UInt32) -> BlockRecord {
        BlockRecord(
            offset: offset, storedLength: length, plainLength: length, codec: .stored, kind: .data)
    }

    /// Bytes from an offset of a pack, each the low byte of its own offset.
    private func window(_ pack: Int, _ offset: Int, _ count: Int) -> StoredBytes {
        let bytes = (offset..<offset + count).map { UInt8(truncatingIfNeeded: $0) }
        return StoredBytes(
            pack: packs[pack], offset: UInt64(offset), object: ObjectBytes(copying: bytes))
    }

    @Test func `a part gives the blocks that it holds as a whole`() throws {
        let part = window(0, 100, 50)
        for (offset, length) in [(100, 50), (100, 1), (149, 1), (120, 10)] {
            let bytes = try #require(part.bytes(of: block(UInt32(offset), UInt32(length))))
            #expect(bytes.elementsEqual((offset..<offset + length).map { UInt8($0) }))
        }
        for (offset, length) in [(99, 2), (99, 1), (100, 51), (149, 2), (150, 1), (0, 300)] {
            #expect(part.bytes(of: block(UInt32(offset), UInt32(length))) == nil)
        }
        withExtendedLifetime(part) {}
    }

    @Test func `parts of other packs are other parts`() {
        var windows = StoredWindows(capacityInBytes: 1000)
        windows.insert(window(0, 0, 10))
        #expect(windows.window(of: block(0, 5), in: packs[0]) != nil)
        #expect(windows.window(of: block(0, 5), in: packs[1]) == nil)
        #expect(windows.window(of: block(8, 5), in: packs[0]) == nil)
    }

    @Test func `parts used longest ago give way`() {
        var windows = StoredWindows(capacityInBytes: 30)
        for pack in 0..<3 { windows.insert(window(pack, 0, 10)) }
        #expect(windows.window(of: block(0, 5), in: packs[0]) != nil)
        windows.insert(window(0, 100, 10))
        #expect(windows.window(of: block(0, 5), in: packs[1]) == nil)
        #expect(windows.window(of: block(0, 5), in: packs[0]) != nil)
        #expect(windows.window(of: block(0, 5), in: packs[2]) != nil)
    }

    @Test func `a part beyond the capacity is kept alone`() {
        var windows = StoredWindows(capacityInBytes: 30)
        windows.insert(window(0, 0, 10))
        windows.insert(window(1, 0, 100))
        #expect(windows.window(of: block(0, 5), in: packs[0]) == nil)
        #expect(windows.window(of: block(0, 5), in: packs[1]) != nil)
        windows.insert(window(2, 0, 30))
        #expect(windows.window(of: block(0, 5), in: packs[1]) == nil)
        #expect(windows.window(of: block(0, 5), in: packs[2]) != nil)
    }

    @Test func `what is known against a block is told`() {
        let history = BlockHistory()
        let keys = [
            BlockCache.Key(pack: packs[0], offset: 1), BlockCache.Key(pack: packs[0], offset: 2),
            BlockCache.Key(pack: packs[1], offset: 1),
        ]
        #expect(keys.allSatisfy { history.reason($0) == nil })
        history.noteDamage(keys[0], "bent")
        #expect(keys.map { history.reason($0) } == ["bent", nil, nil])
        let missing = history.noteMissing(packs[1], looks: 0)
        #expect(missing.contains("\(packs[1])"))
        #expect(keys.map { history.reason($0) } == ["bent", nil, missing])
        #expect(history.noteReread(keys[1]))
        #expect(!history.noteReread(keys[1]))
        #expect(history.noteReread(keys[2]))
    }
}
