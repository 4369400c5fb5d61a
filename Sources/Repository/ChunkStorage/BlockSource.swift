// Gets the plain bytes of blocks. A block comes from the shared cache, from bytes that were read
// together with its neighbours, or by a request of its own. What arrives damaged is read once more,
// because a network may have done it; what is damaged twice is, and is not asked for again.

import ObjectStore
import RepositoryFormat
import SnapshotModel
import ZstdCodec

/// Gets blocks for one thread.
final class BlockSource {
    /// Stretches of files that are read from front to back come in parts of this size, up to
    /// twice of it.
    private static let aheadInBytes = 4 * 1024 * 1024
    /// The first part is about this large, so that the first byte comes soon.
    private static let firstAheadInBytes: UInt64 = 512 * 1024
    /// Parts that are kept: a walk through a tree goes back and forth between a few.
    private static let windowsInBytes = 32 * 1024 * 1024

    private let shared: ChunkLoader.Shared
    private let decompressor: ZstdDecompressor
    private let metadataWindowInBytes: Int
    private var windows = StoredWindows(capacityInBytes: BlockSource.windowsInBytes)
    private var ahead: [(pack: PackID, range: BlockRange)] = []

    /// - Parameter metadataWindowInBytes: how much metadata to read around a block of it; 0 for
    ///   the block alone.
    init(_ shared: ChunkLoader.Shared, metadataWindowInBytes: Int) throws {
        self.shared = shared
        self.metadataWindowInBytes = metadataWindowInBytes
        // Whoever uses the bytes verifies chunks of them by their names.
        decompressor = try ZstdDecompressor(verifiesChecksums: false)
    }

    /// The plain bytes of a block.
    /// - Throws: `RepositoryError` `.damaged`; `StoreError`.
    func plainBytes(of location: ChunkLocation) throws -> [UInt8] {
        let key = BlockCache.Key(location)
        if let block = shared.cache[key] { return block }
        if let reason = shared.history.reason(key) {
            throw RepositoryError.damaged(because: reason)
        }
        let window = try windowBytes(for: location)
        do {
            let block =
                try window.map { try plainBytes(of: $0, location) } ?? fetchPlainBytes(of: location)
            shared.cache.insert(block, for: key)
            return block
        } catch let error as RepositoryError where error.code == .damaged {
            return try fetchAgain(location)
        }
    }

    /// Reads a block anew whose bytes are not the ones that they should be.
    /// - Returns: `nil` when that was done before.
    func rereadPlainBytes(of location: ChunkLocation) throws -> [UInt8]? {
        let key = BlockCache.Key(location)
        guard shared.history.noteReread(key) else { return nil }
        shared.cache.remove(key)
        return try fetchAgain(location)
    }

    /// Decodes a block whose stored bytes are at hand.
    func plainBytes(
        of stored: UnsafeRawBufferPointer, _ block: BlockRecord
    ) throws(ZstdError) -> [UInt8] {
        try PackReader.plainBytes(of: stored, block, decompressor)
    }

    /// Says which chunks will be asked for next, in order: neighbours are read together.
    /// - Parameter isStart: whether somebody waits for the first of them.
    func expect(_ locations: [ChunkLocation], isStart: Bool) {
        ahead = []
        var isFirst = isStart
        var first = 0
        while first < locations.count {
            let pack = locations[first].pack
            var blocks: [BlockRecord] = []
            var next = first
            while next < locations.count, locations[next].pack == pack {
                let block = locations[next].block
                if let last = blocks.last, block.offset < last.offset { break }
                if block != blocks.last { blocks.append(block) }
                next += 1
            }
            if isFirst {
                let start = blocks.prefix {
                    $0.end - UInt64(blocks[0].offset) <= Self.firstAheadInBytes
                }
                expect(Array(blocks.prefix(max(1, start.count))), in: pack)
                blocks.removeFirst(max(1, start.count))
                isFirst = false
            }
            expect(blocks, in: pack)
            first = next
        }
    }

    private func expect(_ blocks: [BlockRecord], in pack: PackID) {
        for range in BlockRange.join(blocks, partInBytes: Self.aheadInBytes) {
            ahead.append((pack, range))
        }
    }

    /// A part of a pack that holds a block and was read for others.
    func window(of block: BlockRecord, in pack: PackID) -> StoredBytes? {
        windows.window(of: block, in: pack)
    }

    private func plainBytes(
        of window: StoredBytes, _ location: ChunkLocation
    ) throws -> [UInt8] {
        let key = ObjectKey(ObjectNames.pack(location.pack))
        guard let stored = window.bytes(of: location.block) else {
            throw RepositoryError.damaged(
                key, in: shared.store,
                "\(key) ends within the block at \(location.block.offset)")
        }
        do {
            return try plainBytes(of: stored, location.block)
        } catch {
            throw RepositoryError.damaged(
                key, in: shared.store,
                "block at \(location.block.offset) of \(key): \(error)")
        }
    }

    private func fetchPlainBytes(of location: ChunkLocation) throws -> [UInt8] {
        let block = location.block
        let part = try shared.fetch(
            location.pack, offset: UInt64(block.offset), length: Int(block.storedLength),
            for: block.kind)
        return try plainBytes(of: part, location)
    }

    private func fetchAgain(_ location: ChunkLocation) throws -> [UInt8] {
        let key = BlockCache.Key(location)
        do {
            // Not when the pack is missing: that is no matter of bytes.
            if let reason = shared.history.reason(key) {
                throw RepositoryError.damaged(because: reason)
            }
            // What was wrong may have been a copy in a local cache only.
            _ = shared.store.distrust(ObjectKey(ObjectNames.pack(location.pack)))
            let block = try fetchPlainBytes(of: location)
            shared.cache.insert(block, for: key)
            return block
        } catch let error as RepositoryError where error.code == .damaged {
            shared.history.noteDamage(key, error.cause)
            throw error
        }
    }

    /// Bytes around a block, read now if something is known of what will be needed beside it.
    private func windowBytes(for location: ChunkLocation) throws -> StoredBytes? {
        let (pack, block) = (location.pack, location.block)
        if let window = windows.window(of: block, in: pack) { return window }
        guard let range = rangeToRead(for: location) else { return nil }
        do {
            let window = try shared.fetch(
                pack, offset: range.lowerBound, length: Int(range.upperBound - range.lowerBound),
                for: block.kind)
            windows.insert(window)
            // A pack that is cut off may still have the block itself.
            return window.bytes(of: block) == nil ? nil : window
        } catch let error as RepositoryError where error.code == .damaged {
            return nil
        }
    }

    private func rangeToRead(for location: ChunkLocation) -> Range<UInt64>? {
        if metadataWindowInBytes > 0, location.block.kind == .metadata,
            let blocks = shared.index.blocks(of: location.pack)
        {
            return metadataRange(around: UInt64(location.block.offset), blocks)
        }
        let offset = UInt64(location.block.offset)
        for (pack, range) in ahead
        where pack == location.pack && (range.offset..<range.end).contains(offset) {
            return range.offset..<range.end
        }
        return nil
    }

    private func metadataRange(
        around offset: UInt64, _ blocks: [BlockRecord]
    ) -> Range<UInt64>? {
        BlockRange.metadata(blocks, windowInBytes: metadataWindowInBytes)
            .first { ($0.offset..<$0.end).contains(offset) }.map { $0.offset..<$0.end }
    }
}
