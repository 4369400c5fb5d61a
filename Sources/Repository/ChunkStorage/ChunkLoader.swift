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
            let block: [UInt8]
            do {
                block = try plainBlock(location)
            } catch let error as StoreError where error.code == .notFound {
                failures.append("pack \(location.pack) is missing")
                continue
            } catch let error as RepositoryError where error.code == .damaged {
                failures.append(error.cause)
                continue
            }
            let range = Int(location.offset)..<Int(location.offset) + Int(location.length)
            guard range.upperBound <= block.count else {
                failures.append("the block in pack \(location.pack) is too short")
                continue
            }
            let verified = block.withUnsafeBytes { bytes in
                ChunkID(hash.digest(of: UnsafeRawBufferPointer(rebasing: bytes[range]))) == id
            }
            guard verified else {
                failures.append("its bytes in pack \(location.pack) have another hash")
                continue
            }
            return try block.withUnsafeBytes {
                let bytes = UnsafeRawBufferPointer(rebasing: $0[range])
                if bytes.isAllZero { zeros = (id, Array(bytes)) }
                return try body(bytes)
            }
        }
        throw RepositoryError(
            .damaged, "cannot read chunk \(id)",
            cause: failures.isEmpty ? "no pack has it" : failures.joined(separator: "; "),
            remedy: "varve check --read-data")
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
        let key = BlockCache.Key(pack: location.pack, offset: location.block.offset)
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
        do {
            let stored = try shared.store.get(
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
