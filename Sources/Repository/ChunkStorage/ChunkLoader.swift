// Loads chunks by name. Every chunk is verified by its ID before anybody sees a byte of it; where
// one place of a chunk fails, the others are tried.

import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel
import ZstdCodec

/// Loads chunks and content, for one thread at a time; loaders share the cache of blocks.
package final class ChunkLoader {
    /// What loaders of several threads share.
    package final class Shared: Sendable {
        let store: any ObjectStore
        /// The same store, which may keep what is read of listings.
        let listings: any ObjectStore
        let index: ChunkIndex
        let cache: BlockCache

        /// Blocks of a few dozen packs side by side; half of it serves a restore in order.
        package static let usualCacheInBytes = 48 * 1024 * 1024

        /// Loads from `store` what `index` lists.
        package init(
            store: any ObjectStore, index: ChunkIndex,
            cacheInBytes: Int = Shared.usualCacheInBytes
        ) {
            self.store = store
            listings = store.listings
            self.index = index
            cache = BlockCache(capacityInBytes: cacheInBytes)
        }
    }

    private let shared: Shared
    private var hash = SHA256()
    private let decompressor: ZstdDecompressor
    /// The chunk of zeros that was loaded last: sparse files have it many thousand times in a row.
    private var zeros: (id: ChunkID, bytes: [UInt8])?

    /// A loader for one thread.
    package init(_ shared: Shared) throws {
        self.shared = shared
        decompressor = try ZstdDecompressor()
    }

    /// Calls `body` with the plain bytes of a chunk.
    /// - Throws: `RepositoryError` `.damaged` when no place has the chunk as it was written;
    ///   `StoreError` when the store cannot be reached.
    package func load<Result>(
        _ id: ChunkID, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        if let zeros, zeros.id == id { return try zeros.bytes.withUnsafeBytes(body) }
        var failures: [String] = []
        for location in try shared.index.locations(of: id) {
            var block = try verifiedBlock(location, id)
            if case .failure = block,
                shared.store.distrust(ObjectKey(ObjectNames.pack(location.pack)))
            {
                // What was wrong may have been a copy in a local cache only.
                block = try verifiedBlock(location, id)
            }
            switch block {
            case .failure(let failure): failures.append(failure.reason)
            case .success(let block):
                return try block.withUnsafeBytes {
                    let bytes = UnsafeRawBufferPointer(rebasing: $0[location.range])
                    if bytes.isAllZero { zeros = (id, Array(bytes)) }
                    return try body(bytes)
                }
            }
        }
        throw RepositoryError(
            .damaged, "cannot read chunk \(id)",
            cause: failures.isEmpty ? "no pack has it" : failures.joined(separator: "; "),
            remedy: "varve check --read-data")
    }

    /// Why a place of a chunk does not have it.
    private struct Absence: Error {
        let reason: String
    }

    /// The block at a place, if the chunk is in it.
    private func verifiedBlock(
        _ location: ChunkLocation, _ id: ChunkID
    ) throws -> Result<[UInt8], Absence> {
        let block: [UInt8]
        do {
            block = try plainBlock(location)
        } catch let error as StoreError where error.code == .notFound {
            return .failure(Absence(reason: "pack \(location.pack) is missing"))
        } catch let error as RepositoryError where error.code == .damaged {
            return .failure(Absence(reason: error.cause))
        }
        guard location.range.upperBound <= block.count else {
            let reason = "the block in pack \(location.pack) is too short"
            return .failure(Absence(reason: reason))
        }
        let isVerified = block.withUnsafeBytes { bytes in
            let chunk = UnsafeRawBufferPointer(rebasing: bytes[location.range])
            return ChunkID(hash.digest(of: chunk)) == id
        }
        if isVerified { return .success(block) }
        shared.cache.remove(location.blockKey)
        let reason = "its bytes in pack \(location.pack) have another hash"
        return .failure(Absence(reason: reason))
    }

    /// Calls `body` with the name of each chunk of a file's or listing's data, in order.
    package func forEachChunk(of content: Content, _ body: (ChunkID) throws -> Void) throws {
        try forEach(content.chunks, level: content.levels, body)
    }

    /// Calls `body` with the bytes of a file or listing, chunk by chunk.
    /// - Throws: `RepositoryError` `.damaged` also when the chunks do not add up to the size.
    package func read(
        _ content: Content, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var size: UInt64 = 0
        try forEachChunk(of: content) { id in
            try load(id) { bytes in
                size += UInt64(bytes.count)
                try body(bytes)
            }
        }
        guard size == content.sizeInBytes else {
            throw RepositoryError(
                .damaged, "cannot read content",
                cause: "\(size) bytes, expected \(content.sizeInBytes)", remedy: "varve check")
        }
    }

    private func forEach(
        _ ids: [ChunkID], level: Int, _ body: (ChunkID) throws -> Void
    ) throws {
        for id in ids {
            guard level > 0 else {
                try body(id)
                continue
            }
            let list = try load(id) { bytes in
                do {
                    return try ContentList.decode(bytes)
                } catch {
                    throw RepositoryError(.damaged, "cannot read list \(id)", cause: "\(error)")
                }
            }
            try forEach(list, level: level - 1, body)
        }
    }

    private func plainBlock(_ location: ChunkLocation) throws -> [UInt8] {
        let key = location.blockKey
        if let block = shared.cache[key] { return block }
        let name = ObjectKey(ObjectNames.pack(location.pack))
        let stored = try readStored(name, location.block)
        do {
            let block = try PackReader.plainBytes(of: stored.bytes, location.block, decompressor)
            shared.cache.insert(block, for: key)
            return block
        } catch {
            throw RepositoryError.damaged(
                name, in: shared.store, "block at \(location.block.offset) of \(name): \(error)")
        }
    }

    private func readStored(_ name: ObjectKey, _ block: BlockRecord) throws -> ObjectBytes {
        let length = Int(block.storedLength)
        let store = block.kind == .metadata ? shared.listings : shared.store
        do {
            let stored = try store.get(
                name, .from(offset: UInt64(block.offset), length: length))
            if stored.count == length { return stored }
            throw RepositoryError.damaged(
                name, in: shared.store,
                "\(name) ends within the block at \(block.offset): \(stored.count) of \(length)")
        } catch let error as StoreError where error.code == .invalidRange {
            throw RepositoryError.damaged(
                name, in: shared.store, "\(name) ends before the block at \(block.offset)")
        }
    }
}

extension ChunkLocation {
    fileprivate var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }

    fileprivate var blockKey: BlockCache.Key {
        BlockCache.Key(pack: pack, offset: block.offset)
    }
}
